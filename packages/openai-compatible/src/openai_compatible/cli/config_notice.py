"""Say once what a provider file named by ``OPENAI_COMPATIBLE_CONFIG`` sends where.

Such a file may come from somebody else. The user's own file, and ``load_config`` in Python, are silent.
What was said is remembered in the state folder; a folder that cannot be written only means that it is
said again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from openai_compatible.cli.screen import Screen
from openai_compatible.errors import ConfigError

__all__ = ["announce_file"]

_MOST_BYTES = 10_000_000
_MOST_FILES = 200
"""Files that are remembered; the oldest are forgotten."""


def announce_file(path: Path) -> None:
    """Print to standard error what a file sends where, the first time and whenever that changes.

    A file that cannot be read, or is no provider file, is left to the command, which says so.
    """
    data = _read(path)
    if data is None:
        return
    state, name = _state_file(), os.path.realpath(path.expanduser())
    known = _known(state)
    before, of_bytes = known.get(name), hashlib.sha256(data).hexdigest()
    if isinstance(before, dict) and before.get("file") == of_bytes:
        return
    found = _disclosures(data)
    if found is None:
        return
    from openai_compatible.cli.disclosed import show_disclosures, to_json

    of_lines = hashlib.sha256(json.dumps(to_json(found)).encode()).hexdigest()
    if to_json(found) and not (isinstance(before, dict) and before.get("sends") == of_lines):
        screen = Screen()
        screen.note(f"{path} is used for the first time in this form.")
        show_disclosures(screen, found, note=True)
    _remember(state, name, {"file": of_bytes, "sends": of_lines})


def _read(path: Path) -> bytes | None:
    """The bytes of a regular file; a pipe could be read only once, and the command needs it."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        source = path.expanduser()
        if stat.S_ISREG(source.stat().st_mode):
            with open(source, "rb") as file:
                data = file.read(_MOST_BYTES + 1)
            return data if len(data) <= _MOST_BYTES else None
    return None


def _disclosures(data: bytes) -> list[Any] | None:
    """What the providers in a file send; ``None`` if it is none."""
    import tomllib

    from openai_compatible.cli.disclosed import secret_folders
    from openai_compatible.config.disclosures import find_disclosures
    from openai_compatible.config.toml_data import refuse_long_keys

    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        refuse_long_keys(text, "")
        tables = tomllib.loads(text).get("providers")
        if not isinstance(tables, list):
            return None
        found = [one for one in tables if isinstance(one, dict) and one.get("enabled") is not False]
        sent = find_disclosures(found, secret_folders=secret_folders())
        return [one for one in sent if one.refusal or not _is_shipped_service(one.field)]
    except (ValueError, RecursionError):  # errors of TOML, of UTF-8 and ours are ValueErrors
        return None


def _is_shipped_service(field: str) -> bool:
    """Whether a service that this package ships brings it along, to its own host."""
    from openai_compatible.presets.registry import is_shipped

    return is_shipped(field.rpartition(" of the service ")[2])


def _state_file() -> Path:
    import platformdirs

    folder = platformdirs.user_state_dir("openai-compatible", appauthor=False)
    return Path(folder) / "announced-files.json"


def _known(state: Path) -> dict[str, Any]:
    """What was announced, by path; nothing where that cannot be read."""
    data = _read(state)
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(data or b"{}")
        return found if isinstance(found, dict) else {}
    return {}


def _remember(state: Path, name: str, digests: dict[str, str]) -> None:
    from openai_compatible.config.atomic import rewrite

    def change(_: str | None) -> str:
        found = {path: one for path, one in _known(state).items() if path != name}
        kept = list(found.items())[1 - _MOST_FILES :]
        return json.dumps({**dict(kept), name: digests}, indent=1)

    with contextlib.suppress(ConfigError):
        rewrite(state, change)
