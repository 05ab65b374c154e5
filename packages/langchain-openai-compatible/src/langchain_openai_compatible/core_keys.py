"""Keys that LangChain puts into messages and runs for itself. None is sent to a server. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["is_internal_call", "without_core_keys"]

_PREFIX = "lc_"
"""Of LangChain's own keys (``lc_source`` and ``lc_data`` of notifications, ``lc_gateway_metadata``), and
of the ids and indexes that it makes for content blocks."""
_MADE_BY_CORE = ("id", "index")
_DEPTH = 3
"""A part, its ``image_url`` or ``extras``, and what those hold. LangChain writes no deeper."""

_INTERNAL_CALL = ("lc_internal_call", "lc_source")


def is_internal_call(config: Mapping[str, Any]) -> bool:
    """Return whether one of LangChain's own parts makes a call, by the metadata that it marks it with.

    Source:
        ``langchain.agents.middleware.internal_call_transformer`` (langchain 1.4.7 and 1.5.0).
    """
    metadata = config.get("metadata") or {}
    return any(metadata.get(key) for key in _INTERNAL_CALL)


def without_core_keys(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as sent, without LangChain's own keys in its content parts.

    What a user or model wrote is left alone: texts, URLs, data, and the arguments of tool calls.

    >>> without_core_keys({"role": "user", "content": [{"type": "text", "text": "x", "lc_source": "y"}]})
    {'role': 'user', 'content': [{'type': 'text', 'text': 'x'}]}
    """
    content = message.get("content")
    if not isinstance(content, list):
        return message
    return {**message, "content": [_clean(part, _DEPTH) for part in content]}


def _clean(value: Any, depth: int) -> Any:
    if depth == 0 or not isinstance(value, Mapping):
        return value
    return {key: _clean(each, depth - 1) for key, each in value.items() if not _is_core_key(key, each)}


def _is_core_key(key: Any, value: Any) -> bool:
    if not isinstance(key, str):
        return False
    made = key in _MADE_BY_CORE and isinstance(value, str) and value.startswith(_PREFIX)
    return made or key.startswith(_PREFIX)
