"""Places outside this process that hold a key: a keyring, a program that prints it, a file."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Protocol

from openai_compatible.config.concealed import Secret, sealed
from openai_compatible.config.key_store import get_key
from openai_compatible.config.misplaced import shown_name
from openai_compatible.errors import MissingKeyError

__all__ = ["KeyCommand", "KeyFile", "KeyPlace", "KeyRing"]

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
    def reference(self) -> str:
        """What tells this place from others; never shown."""
        ...

    def get(self) -> str:
        """The key; raises :class:`MissingKeyError` where there is none."""
        ...

    def renew(self) -> bool:
        """Forget a key that was refused; whether asking again may give another one."""
        ...


class KeyRing:
    """The password of a provider in a service of the system's keyring.

    Args:
        service: Of the keyring.
        provider: Name of the provider.
        base_url: Where the key is sent; one that was saved for another origin is not given out.
    """

    def __init__(self, service: str, provider: str, base_url: str) -> None:
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

    def renew(self) -> bool:
        """It holds what it holds."""
        return False

    @sealed
    def get(self) -> str:
        """The key.

        Raises:
            MissingKeyError: The package is not installed, there is no keyring, or no key for that origin
                is in it.
        """
        return get_key(self._service, self._provider, base_url=self._base_url)


class KeyCommand:
    """A program whose first line of output is a key. Its answer is kept until it is refused."""

    def __init__(self, argv: tuple[str, ...], provider: str) -> None:
        self._argv = argv
        self._provider = provider
        self._key: Secret | None = None

    def __getstate__(self) -> dict[str, object]:
        return {"_argv": self._argv, "_provider": self._provider, "_key": None}

    def describe(self) -> str:
        """``command 'PROGRAM'``, without its arguments."""
        return f"command {shown_name(self._argv[0])!r}"

    @property
    def reference(self) -> str:
        """The program with its arguments."""
        return repr(("command", *self._argv))

    def renew(self) -> bool:
        """Run the program again for the next key."""
        self._key = None
        return True

    @sealed
    def get(self) -> str:
        """The key.

        Raises:
            MissingKeyError: The program is not there, fails, takes more than 30 s or prints nothing.
                What it printed is not repeated: it may be a secret.
        """
        key = self._key
        if key is None:
            key = self._key = self._run()
        return key

    def _run(self) -> Secret:
        try:
            done = subprocess.run(  # noqa: S603 - the program the user named, without a shell
                self._argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
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

    def _failed(self, what: str) -> MissingKeyError:
        return MissingKeyError(
            f"the program {shown_name(self._argv[0])!r} that prints the key {what}",
            provider=self._provider,
            hint="Run it in a terminal: api_key_command must print the key on its first line.",
        )


class KeyFile:
    """A file whose first line is a key, read each time; ``~`` is the home folder."""

    def __init__(self, path: str, provider: str) -> None:
        self._path = path
        self._provider = provider

    def describe(self) -> str:
        """``file 'PATH'``."""
        return f"file {shown_name(self._path)!r}"

    @property
    def reference(self) -> str:
        """The path, as it is written."""
        return repr(("file", self._path))

    def renew(self) -> bool:
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
