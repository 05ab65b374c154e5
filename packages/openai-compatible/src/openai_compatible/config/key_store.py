"""Keys in the system's keyring: the one place that knows the package ``keyring`` (extra ``keyring``).

An entry is the password of a provider's name in a service; ``api_key_keyring`` names the service. It is
JSON, ``{"origin": "https://api.example.com", "key": "..."}``: a key is given out for the origin (scheme,
host and port) that it was saved for, whatever a provider file says under the same name. Errors name the
keyring and never the key, and hold no frame of the package: those have the key in them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, TypeVar

from pydantic import SecretStr

from openai_compatible.config.concealed import Secret, sealed
from openai_compatible.config.misplaced import shown_name
from openai_compatible.errors import ConfigError, MissingKeyError
from openai_compatible.urls import base_url as read_base_url
from openai_compatible.urls import origin

__all__ = [
    "SERVICE",
    "get_key",
    "has_key",
    "keyring_name",
    "read_entry",
    "restore_entry",
    "saved_for",
    "set_key",
    "unset_key",
]

SERVICE = "openai-compatible"
"""The service that keys are kept in where no other is named."""

_ELSEWHERE = (
    "keep the key in a variable and name it as api_key_env, or in a file only you may read and name "
    "that as api_key_file."
)
_INSTEAD = f"Machines without a desktop often have none: {_ELSEWHERE}"
T = TypeVar("T")


class _Entry(NamedTuple):
    """What an entry of the keyring says; without an origin it was not written by this package."""

    origin: str | None = None
    key: Secret = Secret("")


@sealed
def set_key(service: str, provider: str, key: str | SecretStr, *, base_url: str) -> None:
    """Keep a key in the keyring, instead of the one that is there.

    Args:
        service: Of the keyring; :data:`SERVICE` is the usual one.
        provider: Name of the provider whose key it is.
        key: White space around it is dropped.
        base_url: Of the server that the key is for. It is given out for this origin alone.

    Raises:
        ConfigError: The key is empty or no single line, the base URL is none, the package is not
            installed, there is no keyring, or it did not keep the key.
    """
    key = Secret((key.get_secret_value() if isinstance(key, SecretStr) else key).strip())
    if not key or not key.isprintable():
        problem = "contains a line break or another invisible character" if key else "is empty"
        raise ConfigError(f"the key {problem}", provider=provider, hint="Give the key, in one line.")
    restore_entry(service, provider, Secret(json.dumps({"origin": _origin(base_url), "key": key})))


@sealed
def restore_entry(service: str, provider: str, entry: Secret) -> None:
    """Write an entry as :func:`read_entry` returned it.

    Raises:
        ConfigError: As of :func:`set_key`.
    """
    ring = _opened(provider, ConfigError)
    _ask(ring, provider, ConfigError, lambda: ring.set_password(service, provider, str(entry)))
    kept = _ask(ring, provider, ConfigError, lambda: ring.get_password(service, provider) == entry)
    if not kept:
        raise ConfigError(
            f"the keyring {_name(ring)!r} did not keep the key", provider=provider, hint=_INSTEAD
        )


@sealed
def unset_key(service: str, provider: str) -> bool:
    """Remove a key from the keyring; ``False`` when there is none.

    Raises:
        ConfigError: The package is not installed, there is no keyring, or it cannot be changed.
    """
    ring = _opened(provider, ConfigError)
    if _ask(ring, provider, ConfigError, lambda: ring.get_password(service, provider) is None):
        return False
    _ask(ring, provider, ConfigError, lambda: ring.delete_password(service, provider))
    return True


@sealed
def has_key(service: str, provider: str) -> bool:
    """Whether the keyring holds a key, for whatever host.

    Raises:
        ConfigError: The package is not installed, there is no keyring, or it cannot be read.
    """
    return read_entry(service, provider) is not None


@sealed
def saved_for(service: str, provider: str) -> str | None:
    """Return the origin that the key in the keyring was saved for; ``None`` where that is not known.

    Raises:
        ConfigError: As of :func:`has_key`.
    """
    entry = read_entry(service, provider)
    return None if entry is None else _parse(entry).origin


@sealed
def read_entry(service: str, provider: str) -> Secret | None:
    """Return a whole entry of the keyring, ``None`` where there is none.

    Raises:
        ConfigError: As of :func:`has_key`.
    """
    ring = _opened(provider, ConfigError)
    found = _ask(ring, provider, ConfigError, lambda: Secret(ring.get_password(service, provider) or ""))
    return found or None


@sealed
def get_key(service: str, provider: str, *, base_url: str) -> Secret:
    """The key that the keyring holds for a server.

    Args:
        service: Of the keyring.
        provider: Name of the provider.
        base_url: Where the key is to be sent.

    Raises:
        MissingKeyError: The package is not installed, there is no keyring, it cannot be read, no key
            is in it, or the key was saved for another origin.
    """
    ring = _opened(provider, MissingKeyError)
    found = _ask(
        ring, provider, MissingKeyError, lambda: Secret(ring.get_password(service, provider) or "")
    )
    entry, wanted = _parse(found), _origin(base_url)
    if entry.key and entry.origin == wanted:
        return entry.key
    whose = f"service {shown_name(service)!r}, user {provider!r}"
    command = f"openai-compatible keys set {provider} {_options(service)}".strip()
    if not found:
        problem, hint = f"the keyring holds no key for {whose}", f"Run: {command} (it asks for the key)"
    elif entry.origin is None:
        problem = f"the keyring entry of {whose} names no host, so its key is sent to none"
        hint = f"Run: {command} (it stores the key with the host of the provider)"
    else:
        problem = f"the key in the keyring ({whose}) was saved for {entry.origin}, not for {wanted}"
        hint = (
            f"It was not sent. If {wanted} is to have a key, run: {command} (for a model with a "
            "base_url of its own: --model ALIAS)"
        )
    del found, entry
    raise MissingKeyError(problem, provider=provider, hint=hint)


def _origin(base_url: str) -> str:
    return origin(read_base_url(base_url).url)


def _parse(entry: Secret) -> _Entry:
    """Read the JSON of an entry; any other text is a key whose host is not known."""
    try:
        value = json.loads(entry)
    except (ValueError, RecursionError):
        return _Entry(key=entry)
    if isinstance(value, dict) and all(isinstance(value.get(one), str) for one in ("origin", "key")):
        return _Entry(value["origin"], Secret(value["key"]))
    return _Entry(key=entry)


def _options(service: str) -> str:
    """Return the options with which ``keys set`` writes to a service."""
    if service == SERVICE:
        return ""
    alias = service.removeprefix(f"{SERVICE}/")
    return f"--service {shown_name(service)}" if alias == service else f"--model {shown_name(alias)}"


def keyring_name() -> str:
    """What the keyring in use is called, such as ``SecretService Keyring``.

    Raises:
        ConfigError: The package is not installed, or there is no keyring.
    """
    return _name(_opened(None, ConfigError))


def _opened(provider: str | None, error: type[ConfigError]) -> Any:
    """The keyring in use."""
    try:
        keyring: Any = import_module("keyring")
    except ImportError:
        keyring = None
    if keyring is None:
        raise error(
            "the key is to be in the keyring, and the package for it is not installed",
            provider=provider,
            hint='Run: pip install "openai-compatible[keyring]"',
        )
    try:
        ring, failed = keyring.get_keyring(), None
    except Exception as failure:  # noqa: BLE001 - of whatever class $PYTHON_KEYRING_BACKEND names
        ring, failed = None, type(failure).__name__
    if failed is not None:
        raise error(
            f"the keyring cannot be opened: {failed}",
            provider=provider,
            hint="Check $PYTHON_KEYRING_BACKEND and keyringrc.cfg, or use api_key_env or api_key_file.",
        )
    if not _usable(ring):
        raise error("this machine has no keyring that could be used", provider=provider, hint=_INSTEAD)
    return ring


def _usable(ring: Any) -> bool:
    """Whether a keyring is one: the package has some that fail, or forget."""
    if type(ring).__module__ in ("keyring.backends.fail", "keyring.backends.null"):
        return False
    return bool(getattr(ring, "backends", True))  # a chain of none


def _name(ring: Any) -> str:
    return str(getattr(ring, "name", type(ring).__name__))


def _ask(ring: Any, provider: str, error: type[ConfigError], ask: Callable[[], T]) -> T:
    """What the keyring answers; its failure as an error of ours, which holds nothing of its text."""
    try:
        return ask()
    except Exception as failure:  # noqa: BLE001 - each has its own: D-Bus, Windows, files
        failed = type(failure).__name__
    raise error(
        f"the keyring {_name(ring)!r} cannot be used: {failed}", provider=provider, hint=_INSTEAD
    )
