"""Keys that are written in a file themselves: whose, and who sees them, without the key."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from openai_compatible.config.placeholders import is_placeholder
from openai_compatible.config.provider import Provider

__all__ = ["Exposed", "exposed"]


class Exposed(NamedTuple):
    """A key that is written in a file."""

    text: str
    """Whose, where, and why the file is no place for it, without the key."""
    hint: str
    public: bool
    """Whether others see it: all accounts, or a git work tree's readers."""


def exposed(path: str | os.PathLike[str], providers: Iterable[Provider]) -> list[Exposed]:
    """Each key that a file holds itself; none where it holds references. Placeholders are no keys.

    Others see a file that their accounts may read (not judged on Windows), or that lies in a git work
    tree, from where it is published sooner or later.

    Args:
        path: The file.
        providers: What was read from it.
    """
    holders = [holder for provider in providers for holder in _with_literal(provider)]
    if not holders:
        return []
    file = Path(path)
    why = list(_seen_by_others(file))
    seen = f", which {' and '.join(text for text, _ in why)}" if why else ""
    return [
        Exposed(
            f"{file}: the key of {who} is written in this file{seen}",
            f'Name its source there instead: api_key_env = "NAME", or api_key_keyring after '
            f"'openai-compatible keys set {name}'. If it is meant, write allow_plain_keys = true at the "
            "top of the file.",
            any(public for _, public in why),
        )
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


def _seen_by_others(file: Path) -> Iterator[tuple[str, bool]]:
    """Why a file is no place for a key, and whether everybody sees it."""
    try:
        real = file.resolve()
        mode = stat.S_IMODE(real.stat().st_mode)
    except OSError:
        return
    if os.name == "posix" and mode & 0o077:
        who = "others" if mode & 0o007 else "its group"
        yield f"{who} may read (mode {mode:04o}; chmod 600 ends that)", bool(mode & 0o007)
    for folder in real.parents:
        if (folder / ".git").exists():
            yield f"lies in the git work tree {folder}", True
            return
