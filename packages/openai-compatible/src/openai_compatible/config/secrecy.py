"""What of the settings is secret, and what stands in its place when they leave the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr

from openai_compatible.config.placeholders import is_harmless
from openai_compatible.errors import MissingKeyError
from openai_compatible.secret_mapping import is_harmless_name

__all__ = ["SOURCES", "Key", "KeyCallable", "LostKey", "without_key", "without_secrets"]

KeyCallable = Callable[[], str | Awaitable[str]]
"""Returns a key, or an awaitable of one (async clients only). Called once per attempt."""

SOURCES = ("api_key", "api_key_env", "api_key_keyring", "api_key_command", "api_key_file")
"""Fields of a provider or model that say where a key comes from."""


class LostKey:
    """Stands where a literal key or a callable was before pickling."""

    def __call__(self) -> str:
        """Say what to do, at the moment the key is needed."""
        raise MissingKeyError(
            "the key was left behind when this object was pickled",
            hint="Set api_key_env (a variable that also exists where it is unpickled) instead of "
            "api_key, or pass api_key again.",
        )

    def __repr__(self) -> str:
        return "LostKey()"


def without_secrets(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Headers or query parameters fit for a pickle, and the names of those left out.

    Any value may be a secret, whatever its name; few are known not to be.

    >>> without_secrets({"api-version": "2024-10-21", "X-Own": "s3cret"})
    ({'api-version': '2024-10-21'}, ['X-Own'])
    """
    kept = {name: value for name, value in given.items() if is_harmless_name(name)}
    return kept, [name for name in given if name not in kept]


def without_key(state: dict[Any, Any]) -> dict[Any, Any]:
    """State for a pickle, with a marker in the place of a literal key or a callable."""
    values = dict(state["__dict__"])
    if values["api_key"] is not None and not is_harmless(values["api_key"]):
        values["api_key"] = LostKey()
    return {**state, "__dict__": values}


def _read(value: Any) -> Any:
    """A key as the settings hold it: text is a secret, and nothing but white space is no key."""
    if isinstance(value, str):
        return SecretStr(value) if value.strip() else None
    if isinstance(value, SecretStr) and not value.get_secret_value().strip():
        return None
    return value


Key = Annotated[SecretStr | KeyCallable | None, BeforeValidator(_read)]
"""A key as a setting: text is wrapped, a callable kept."""
