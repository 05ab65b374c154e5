"""Keys that are written in a file others may read: a sentence about each, without the key."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import SecretStr

from openai_compatible.config.placeholders import is_placeholder
from openai_compatible.config.provider import Provider

__all__ = ["warnings_about"]


def warnings_about(path: str | os.PathLike[str], providers: Iterable[Provider]) -> list[str]:
    """A sentence for each key that a file holds and shows to others; none where it holds references.

    Others see a file that their accounts may read (not judged on Windows), or that lies in a git work
    tree, from where it is published sooner or later. Placeholders are no keys.

    Args:
        path: The file.
        providers: What was read from it.
    """
    holders = [holder for provider in providers for holder in _with_literal(provider)]
    if not holders:
        return []
    file = Path(path)
    why = list(_seen_by_others(file))
    if not why:
        return []
    return [
        f"{file}: the key of {who} is written in this file, which {' and '.join(why)}. Name its source "
        f'there instead: api_key_env = "NAME", or api_key_keyring after \'openai-compatible keys set '
        f"{name}'."
        for who, name in holders
    ]


def _with_literal(provider: Provider) -> Iterator[tuple[str, str]]:
    """Who has a key of its own in the file: the provider, and each such model."""
    if _is_literal(provider.api_key) and not provider.origin("api_key").startswith("$"):
        yield f"provider {provider.name!r}", provider.name
    for alias, model in provider.models.items():
        if _is_literal(model.api_key):
            yield f"model {alias!r} of provider {provider.name!r}", provider.name


def _is_literal(key: object) -> bool:
    return isinstance(key, SecretStr) and not is_placeholder(key.get_secret_value())


def _seen_by_others(file: Path) -> Iterator[str]:
    """Why a file is no place for a key."""
    try:
        real = file.resolve()
        mode = stat.S_IMODE(real.stat().st_mode)
    except OSError:
        return
    if os.name == "posix" and mode & 0o077:
        yield f"others may read (mode {mode:04o}; chmod 600 ends that)"
    for folder in real.parents:
        if (folder / ".git").exists():
            yield f"lies in the git work tree {folder}"
            return
