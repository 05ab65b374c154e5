"""One HTTP request, ready to send, and what keeps a key in it from being shown or sent in the open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import openai

from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError
from openai_compatible.urls import is_private_host

__all__ = [
    "FIXED_HEADERS",
    "Exchange",
    "Secret",
    "encode",
    "refuse_clear_text",
    "secret",
    "set_header",
]

_OMIT = openai.Omit()
FIXED_HEADERS: dict[str, Any] = {
    "Authorization": _OMIT,
    "X-Stainless-Retry-Count": _OMIT,
    "X-Stainless-Read-Timeout": _OMIT,
}


class Secret(str):
    """A header or query value that its own repr does not show, as in tracebacks with locals."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def secret(key: str | None) -> Secret | None:
    """A key in the form that repr does not show."""
    return None if key is None else Secret(key)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request, ready to send."""

    method: str
    url: str
    content: Mapping[str, bytes] = field(repr=False)
    """Keyword argument of the SDK's call: ``{}`` or ``{"content": ...}``."""
    headers: Mapping[str, Any] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)

    def options(self, timeout: openai.Timeout) -> Any:
        """``options`` of the SDK's call."""
        return {
            "headers": self.headers,
            "params": self.query,
            "timeout": timeout,
            "follow_redirects": False,
        }


def encode(body: Mapping[str, Any], provider: str) -> bytes:
    """JSON as UTF-8; half surrogates, which UTF-8 lacks, as escapes.

    Raises:
        ConfigError: A value has no JSON form, e.g. ``set``, ``nan``.
    """
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        try:
            return text.encode()
        except UnicodeEncodeError:
            return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"the request cannot be written as JSON: {error}",
            provider=provider,
            hint="Use only text, numbers, booleans, None, lists and dicts in messages, tools and "
            "parameters.",
        ) from error


def set_header(headers: dict[str, Any], name: str, value: str) -> None:
    """Set a header whatever the case of its name; later values win."""
    if name not in headers:
        low = name.lower()
        name = next((known for known in headers if known.lower() == low), name)
    headers[name] = value


def refuse_clear_text(url: str, provider: Provider) -> None:
    """Raise where a key would travel over a public network without TLS.

    Raises:
        ConfigError: It would; the hint names the setting that permits it.
    """
    host = _public_clear_text(url)
    if host is not None:
        raise ConfigError(
            f"a key would travel unencrypted to {host}",
            provider=provider.name,
            hint="Use https://, or set allow_insecure = true if the network between is yours.",
        )


@lru_cache(maxsize=256)
def _public_clear_text(url: str) -> str | None:
    """The host that is reached over a public network without TLS."""
    parts = urlsplit(url)
    exposed = parts.scheme == "http" and not is_private_host(parts.hostname or "")
    return parts.hostname or "" if exposed else None
