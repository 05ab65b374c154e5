"""The provider file as one text: read, checked and replaced as somebody edited it by hand."""

from __future__ import annotations

from pathlib import Path

from openai_compatible.config.atomic import rewrite
from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import read
from openai_compatible.config.texts import read_text
from openai_compatible.config.written import holds_secret
from openai_compatible.errors import ConfigError, MissingKeyError

__all__ = ["checked", "current", "replace", "text_of"]


def current(path: Path, name: str) -> str:
    """The text of the file, in which there is a provider of that name.

    Raises:
        ConfigError: It cannot be read.
        UnknownProviderError: It has no provider of that name.
    """
    text = text_of(path)
    ProviderFile(text, path).fields(name)
    return text


def text_of(path: Path) -> str:
    """The text of the file; nothing where there is none yet."""
    try:
        path.expanduser().stat()
    except FileNotFoundError:
        return ""
    except (OSError, RuntimeError, ValueError):  # told when it is read
        pass
    return read_text(path)


def checked(text: str, path: Path) -> list[str]:
    """Notes on a text that is a provider file.

    Raises:
        ConfigError: It is none; the message has file and line.
    """
    try:
        read(text, path)
    except MissingKeyError as error:  # a variable may be set elsewhere
        return [str(error)]
    return []


def replace(path: Path, before: str, text: str) -> None:
    """Write a text in the place of another one, which must still be there.

    Raises:
        ConfigError: Another program saved the file meanwhile, or it cannot be written.
    """

    def change(now: str | None) -> str:
        if (now or "").removeprefix("\ufeff") != before:
            raise ConfigError(
                f"{path} was changed by another program meanwhile",
                hint="Nothing was written. Try again.",
            )
        return text

    def private(new: str) -> bool:
        import tomllib

        return holds_secret(tomllib.loads(new.replace("\r\n", "\n")))

    rewrite(path, change, private=private)
