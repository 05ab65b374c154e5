"""Keys in the system's keyring: the one place that knows the package ``keyring`` (extra ``keyring``).

A key is the password of a provider's name in a service; ``api_key_keyring`` names the service. Errors
name the keyring and never the key, and hold no frame of the package: those have the key in them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from pydantic import SecretStr

from openai_compatible.config.concealed import Secret, sealed
from openai_compatible.config.misplaced import shown_name
from openai_compatible.errors import ConfigError, MissingKeyError

__all__ = ["SERVICE", "get_key", "has_key", "keyring_name", "set_key", "unset_key"]

SERVICE = "openai-compatible"
"""The service that keys are kept in where no other is named."""

_ELSEWHERE = (
    "keep the key in a variable and name it as api_key_env, or in a file only you may read and name "
    "that as api_key_file."
)
_INSTEAD = f"Machines without a desktop often have none: {_ELSEWHERE}"
T = TypeVar("T")


@sealed
def set_key(service: str, provider: str, key: str | SecretStr) -> None:
    """Keep a key in the keyring, instead of the one that is there.

    Args:
        service: Of the keyring; :data:`SERVICE` is the usual one.
        provider: Name of the provider whose key it is.
        key: White space around it is dropped.

    Raises:
        ConfigError: The key is empty or no single line, the package is not installed, there is no
            keyring, or it did not keep the key.
    """
    key = Secret((key.get_secret_value() if isinstance(key, SecretStr) else key).strip())
    if not key or not key.isprintable():
        problem = "contains a line break or another invisible character" if key else "is empty"
        raise ConfigError(f"the key {problem}", provider=provider, hint="Give the key, in one line.")
    ring = _opened(provider, ConfigError)
    _ask(ring, provider, ConfigError, lambda: ring.set_password(service, provider, str(key)))
    kept = _ask(ring, provider, ConfigError, lambda: ring.get_password(service, provider) == key)
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
    """Whether the keyring holds a key.

    Raises:
        ConfigError: The package is not installed, there is no keyring, or it cannot be read.
    """
    ring = _opened(provider, ConfigError)
    return bool(_ask(ring, provider, ConfigError, lambda: ring.get_password(service, provider)))


@sealed
def get_key(service: str, provider: str) -> Secret:
    """The key that the keyring holds.

    Raises:
        MissingKeyError: The package is not installed, there is no keyring, it cannot be read, or no
            key is in it.
    """
    ring = _opened(provider, MissingKeyError)
    found = _ask(
        ring, provider, MissingKeyError, lambda: Secret(ring.get_password(service, provider) or "")
    )
    if found:
        return found
    shown = shown_name(service)
    raise MissingKeyError(
        f"the keyring holds no key for service {shown!r}, user {provider!r}",
        provider=provider,
        hint=f"Run: openai-compatible keys set {provider} (or: keyring set {shown} {provider})",
    )


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
