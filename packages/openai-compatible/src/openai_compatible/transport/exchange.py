"""One HTTP request, ready to send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import openai

from openai_compatible.errors import ConfigError
from openai_compatible.transport.confided import Confided

__all__ = ["Exchange", "encode"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request, ready to send."""

    method: str
    url: str
    content: Mapping[str, bytes] = field(repr=False)
    """Keyword argument of the SDK's call: ``{}`` or ``{"content": ...}``."""
    carried: Confided

    def arguments(self, timeout: openai.Timeout) -> dict[str, Any]:
        """Keyword arguments of the SDK's call. Never kept in a variable: the key is in them."""
        headers = self.carried.headers
        if self.content:
            headers = {**headers, "Content-Type": "application/json"}
        options = {
            "headers": headers,
            "params": self.carried.query,
            "timeout": timeout,
            "follow_redirects": False,
        }
        return {"cast_to": object, "options": options, **self.content}


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
