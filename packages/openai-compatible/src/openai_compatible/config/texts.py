"""Text files that a command is given or asked to write, and the editor that somebody likes."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from openai_compatible.config.byte_files import read_bytes
from openai_compatible.errors import ConfigError

__all__ = ["edited", "editor", "is_there", "read_text", "variables", "write_text"]

_MOST = 10_000_000
"""Bytes of a file; no configuration is that long."""


def variables() -> Mapping[str, str]:
    """The environment."""
    return os.environ


def is_there(path: Path) -> bool:
    """Whether something has that path. One that cannot be is told by whoever reads or writes it."""
    try:
        return path.expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # too long, a home folder of nobody, a null byte
        return False


def read_text(path: Path) -> str:
    """The text of a file; of standard input for ``-``.

    Raises:
        ConfigError: It cannot be read, or is no UTF-8 text.
    """
    name = "standard input" if str(path) == "-" else str(path)
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(_MOST + 1)
        else:
            data = read_bytes(path.expanduser(), _MOST + 1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"cannot read {name}: {reason}", hint="Check the path.") from None
    if len(data) > _MOST:
        raise ConfigError(f"{name} is longer than any configuration", hint="Check the path.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"cannot read {name}: it is no UTF-8 text", hint="Save it as UTF-8.") from None


def write_text(path: Path, text: str, *, replace: bool = False) -> None:
    """Write a text file that others may read.

    Raises:
        ConfigError: It is there already and is not to be replaced, or cannot be written. One that was
            not there before is not there then.
    """
    new = not is_there(path)
    try:
        with open(path.expanduser(), "w" if replace else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path} is there already", hint="Use --yes to replace it.") from None
    except (OSError, RuntimeError, ValueError) as error:
        if new and is_there(path):
            with contextlib.suppress(OSError):
                path.expanduser().unlink()
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"cannot write {path}: {reason}", hint="Check the folder.") from None


def editor() -> list[str]:
    """The words of ``$VISUAL`` or ``$EDITOR``, or what a system has."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if named:
        with contextlib.suppress(ValueError):  # a quote that is not closed
            return [word.strip('"') for word in shlex.split(named, posix=os.name != "nt")] or [named]
        return [named]
    return ["notepad" if os.name == "nt" else "vi"]


def edited(text: str) -> str:
    """What somebody makes of a text in the editor. The copy is readable by nobody else, and goes.

    Raises:
        ConfigError: The editor cannot be run, or failed.
    """
    folder = tempfile.mkdtemp(prefix="openai-compatible-")  # only the owner may enter it
    copy = Path(folder) / "providers.toml"
    words = editor()
    try:
        with open(copy, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        done = subprocess.run([*words, str(copy)], check=False)  # noqa: S603 - the user's own editor
        if done.returncode != 0:
            raise ConfigError(f"the editor {words[0]!r} ended with code {done.returncode}")
        return read_text(copy)
    except OSError as error:
        raise ConfigError(
            f"the editor {words[0]!r} cannot be run ({type(error).__name__})",
            hint="Set $EDITOR, or use --set field=value.",
        ) from None
    finally:
        for left in Path(folder).iterdir():  # editors leave copies of their own
            with contextlib.suppress(OSError):
                left.unlink()
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
