"""Settings of a connection in the forms that people write and other libraries' classes take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from openai_compatible.config.tables import Timeouts
from openai_compatible.errors import ConfigError
from openai_compatible.secret_mapping import SecretMapping, reveal_pairs

__all__ = ["convert_numbers", "read_timeout", "split_url"]


def split_url(settings: dict[str, Any]) -> None:
    """Move the query of a base URL into ``query``, in place: it may hold a key, and the URL is shown."""
    parts = urlsplit(settings["base_url"])
    if parts.query:
        pairs = dict(parse_qsl(parts.query, keep_blank_values=True))
        given = reveal_pairs(settings.get("query"), "query")
        settings["query"] = SecretMapping({**pairs, **given})
        settings["base_url"] = urlunsplit(parts._replace(query="", fragment=""))


def convert_numbers(value: Any) -> Any:
    """Return headers or query parameters with their numbers as text; anything else as it is.

    >>> convert_numbers({"X-Tenant": 5, "X-Team": "search"})
    {'X-Tenant': '5', 'X-Team': 'search'}
    """
    if isinstance(value, SecretMapping) or not isinstance(value, Mapping):
        return value
    return {name: str(item) if isinstance(item, int | float) else item for name, item in value.items()}


def read_timeout(value: Any) -> Any:
    """Return a number of seconds, or the fields of :class:`Timeouts`.

    Raises:
        ConfigError: The value is of no kind that says time limits.

    >>> read_timeout((1, 2))
    {'connect': 1, 'first_event': 2, 'idle': 2, 'call': 2}
    """
    if isinstance(value, int | float):
        return value
    if isinstance(value, Timeouts):
        return value.model_dump(exclude_defaults=True)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
        return _connect_and_read(*value)
    if hasattr(value, "connect") and hasattr(value, "read"):  # httpx.Timeout, httpx2.Timeout
        return _connect_and_read(value.connect, value.read)
    raise ConfigError(f"timeout cannot be {value!r}", hint="Give seconds, (connect, read) or Timeouts.")


def _connect_and_read(connect: Any, read: Any) -> dict[str, Any]:
    return {"connect": connect, "first_event": read, "idle": read, "call": read}
