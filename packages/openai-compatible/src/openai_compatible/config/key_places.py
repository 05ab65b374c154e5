"""Places outside this process that hold a key: a keyring, a program that prints it, a file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from openai_compatible.config.concealed import Secret, sealed
from openai_compatible.config.key_cache import CachedKeyPlace
from openai_compatible.config.key_store import get_key
from openai_compatible.config.misplaced import shown_name
from openai_compatible.errors import MissingKeyError

__all__ = ["KeyCommand", "KeyFile", "KeyPlace", "KeyRing", "resolve_program"]

_SECONDS = 30.0
"""How long a program may take: some ask a service."""


_MOST = 100_000
"""Bytes of a file that are looked at for its first line; no key is that long."""


class KeyPlace(Protocol):
    """Holds a key. Two of the same reference are the same place, also in another process."""

    def describe(self) -> str:
        """The place, never what it holds."""
        ...

    @property
    def kept(self) -> str | None:
        """The key, if the next :meth:`get` gives it without reading the place."""
        ...

    @property
    def reference(self) -> str:
        """What tells this place from others; never shown, and never the key."""
        ...

    def get(self) -> str:
        """The key; raises :class:`MissingKeyError` where there is none."""
        ...

    def renew(self, refused: str | None = None) -> bool:
        """Forget a key that was refused; whether asking again may give another one."""
        ...


class KeyRing(CachedKeyPlace):
    """The password of a provider in a service of the system's keyring, kept until it is refused.

    Args:
        service: Of the keyring.
        provider: Name of the provider.
        base_url: Where the key is sent; one that was saved for another origin is not given out.
    """

    def __init__(self, service: str, provider: str, base_url: str) -> None:
        super().__init__()
        self._service = service
        self._provider = provider
        self._base_url = base_url

    def describe(self) -> str:
        """``keyring 'SERVICE'``."""
        return f"keyring {shown_name(self._service)!r}"

    @property
    def reference(self) -> str:
        """Service, provider and address."""
        return repr(("keyring", self._service, self._provider, self._base_url))

    def _read(self) -> Secret:
        return get_key(self._service, self._provider, base_url=self._base_url)


class KeyCommand(CachedKeyPlace):
    """A program whose first line of output is a key, kept until it is refused.

    Asking it raises :class:`MissingKeyError` where the program is not there, fails, takes more than
    30 s or prints nothing. What it printed is not repeated: it may be a secret.
    """

    def __init__(self, argv: tuple[str, ...], provider: str) -> None:
        super().__init__()
        self._argv = argv
        self._provider = provider

    def describe(self) -> str:
        """``command 'PROGRAM'``, without its arguments."""
        return f"command {shown_name(self._argv[0])!r}"

    @property
    def reference(self) -> str:
        """The program with its arguments."""
        return repr(("command", *self._argv))

    def _read(self) -> Secret:
        program = resolve_program(self._argv[0])
        if program is None:
            raise self._not_found()
        try:
            done = subprocess.run(  # noqa: S603 - the program the user named, without a shell
                (program, *self._argv[1:]),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._failed(f"took longer than {_SECONDS:g} s") from None
        except (OSError, ValueError) as error:
            raise self._failed(f"cannot be run ({type(error).__name__})") from None
        if done.returncode != 0:
            raise self._failed(f"ended with code {done.returncode}")
        key = _first_line(done.stdout)
        if not key:
            raise self._failed("printed no key")
        return key

    def _not_found(self) -> MissingKeyError:
        name = self._argv[0]
        if not os.path.dirname(name):
            why = "it is in no folder of PATH"
        elif os.path.isfile(name):
            why = "it is not executable"
        else:
            why = "there is no such file"
        return self._failed(
            f"cannot be run: {why}",
            "Install it, or write the whole path of an executable file in api_key_command.",
        )

    def _failed(
        self,
        what: str,
        hint: str = "Run it in a terminal: api_key_command must print the key on its first line.",
    ) -> MissingKeyError:
        return MissingKeyError(
            f"the program {shown_name(self._argv[0])!r} that prints the key {what}",
            provider=self._provider,
            hint=hint,
        )


def resolve_program(name: str, which: Callable[[str], str | None] | None = None) -> str | None:
    """Return the path of the file that a program's name starts, ``None`` where there is none.

    Windows starts ``gcloud.exe`` by the name ``gcloud``, and finds ``gcloud.cmd`` only by its whole
    name: CreateProcess looks at no extension of ``PATHEXT`` but ``.exe``. ``shutil.which`` looks at all.

    Args:
        name: As in ``api_key_command``: a name that is looked for in ``PATH``, or a path.
        which: Looks for it; ``shutil.which`` where none is given.

    >>> resolve_program("gcloud", {"gcloud": r"C:\\sdk\\bin\\gcloud.cmd"}.get)
    'C:\\\\sdk\\\\bin\\\\gcloud.cmd'
    """
    return (which or shutil.which)(name)


class KeyFile:
    """A file whose first line is a key, read each time; ``~`` is the home folder."""

    def __init__(self, path: str, provider: str) -> None:
        self._path = path
        self._provider = provider

    def describe(self) -> str:
        """``file 'PATH'``."""
        return f"file {shown_name(self._path)!r}"

    @property
    def kept(self) -> None:
        """Nothing: the file is read each time."""
        return None

    @property
    def reference(self) -> str:
        """The path, as it is written."""
        return repr(("file", self._path))

    def renew(self, refused: str | None = None) -> bool:
        """Somebody may have written another key into it."""
        return True

    @sealed
    def get(self) -> str:
        """The key.

        Raises:
            MissingKeyError: The file cannot be read, or its first line is empty.
        """
        try:
            with Path(self._path).expanduser().open("rb") as file:  # a device may have no end
                key = _first_line(file.read(_MOST))
        except (OSError, RuntimeError, ValueError) as error:
            raise MissingKeyError(
                f"the file {shown_name(self._path)!r} that holds the key cannot be read "
                f"({type(error).__name__})",
                provider=self._provider,
                hint="Check api_key_file and who may read it.",
            ) from None
        if not key:
            raise MissingKeyError(
                f"the file {shown_name(self._path)!r} holds no key",
                provider=self._provider,
                hint="Its first line must be the key.",
            )
        return key


def _first_line(data: bytes) -> Secret:
    return Secret(data.decode("utf-8-sig", "replace").strip().partition("\n")[0].strip())
