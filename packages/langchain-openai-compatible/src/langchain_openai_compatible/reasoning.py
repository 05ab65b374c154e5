"""Reasoning in LangChain messages: how an answer's is stored, and how it is found again. Pure.

Stored in an :class:`AIMessage`, whole or summed from chunks
    =================================================  ==========================================
    ``additional_kwargs["reasoning_content"]``         the text
    ``additional_kwargs["reasoning_field"]``           where it came in, if elsewhere
    ``additional_kwargs["reasoning_details"]``,        the server's own items, with signatures and
    ``["thinking_blocks"]``, ``["content_parts"]``     encrypted data
    ``additional_kwargs["tool_call_extras"]``          further keys of tool calls, by call id:
                                                       ``{"c1": {"extra_content": {...}}}``
    ``additional_kwargs["server_fields"]``             every other field of the message and its choice
    ``response_metadata["openai_compatible"]``         the record: ``url`` and ``model``
    =================================================  ==========================================

With ``output_version="v1"`` the content says the same: ``{"type": "reasoning", "reasoning": "hm",
"extras": {"signature": ..., "reasoning_details": [...]}}``, and ``extras`` of tool calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from langchain_core.messages import BaseMessage

from openai_compatible.types import Choice
from openai_compatible.urls import origin
from openai_compatible.wire.server_fields import split_fields

__all__ = ["MEMORY", "block_extras", "call_extras", "memory", "stored"]

MEMORY = "reasoning_memory"
"""Key of an assistant's chat dict under which the core takes reasoning; never sent as such."""

_FIELD = "reasoning_content"
_DETAILS = ("reasoning_details", "thinking_blocks")
_PARTS = frozenset({"thinking", "redacted_thinking", "reasoning", "reasoning.text", "reasoning.summary"})


def stored(choice: Choice) -> dict[str, Any]:
    """``additional_kwargs`` of an answer, but for the texts that a stream brings in pieces."""
    found = split_fields(choice.extra, (*_DETAILS, "content_parts"))
    if choice.reasoning_field not in (None, _FIELD):
        found["reasoning_field"] = choice.reasoning_field
    extras = call_extras(choice)
    if extras:
        found["tool_call_extras"] = extras
    return found


def call_extras(choice: Choice) -> dict[str, dict[str, Any]]:
    """Keys of tool calls that have no place in LangChain's, by call id.

    Gemini's ``{"extra_content": {"google": {"thought_signature": "..."}}}`` must come back
    (gemini-thought-signature).
    """
    return {call.id: dict(call.extra) for call in choice.tool_calls if call.extra}


def block_extras(choice: Choice) -> dict[str, Any]:
    """``extras`` of the v1 reasoning block, ``{}`` if the text is all there is.

    >>> block_extras(Choice(reasoning="hm", reasoning_field="reasoning"))
    {'field': 'reasoning'}
    """
    found: dict[str, Any] = {}
    if choice.reasoning_field not in (None, _FIELD):
        found["field"] = choice.reasoning_field
    raw = {name: items for name in _DETAILS if (items := _items(choice.extra.get(name)))}
    parts = _reasoning_parts(choice.extra.get("content_parts"))
    if parts:
        raw["content_parts"] = parts
    signature = _signature(item for items in raw.values() for item in items)
    if signature is not None:
        found["signature"] = signature
    return {**found, **raw}


def memory(message: BaseMessage) -> dict[str, Any] | None:
    """The reasoning of an earlier answer in the core's neutral form, ``None`` if it has none.

    Only with ``origin`` and ``model`` in it may reasoning go back to a server: they are those of
    the call that made the answer, and are missing where another class made it.

    Wire:
        ``AIMessage("", additional_kwargs={"reasoning_content": "hm"}, response_metadata={
        "openai_compatible": {"url": "https://h/v1/chat/completions", "model": "m"}})`` ->
        ``{"text": "hm", "field": "reasoning_content", "origin": "https://h", "model": "m"}``
    """
    given = message.additional_kwargs
    blocks = _blocks(message, "reasoning")
    extras = {key: value for block in blocks for key, value in _mapping(block.get("extras")).items()}
    found: dict[str, Any] = {}
    text = given.get(_FIELD)
    if not isinstance(text, str) or not text:
        text = "".join(b["reasoning"] for b in blocks if isinstance(b.get("reasoning"), str))
    if text:
        field = given.get("reasoning_field") or extras.get("field")
        found["text"] = text
        found["field"] = field if isinstance(field, str) else _FIELD
    for name in _DETAILS:
        items = _items(given.get(name)) or _items(extras.get(name))
        if items:
            found["details"], found["detail_field"] = items, name
            break
    parts = _reasoning_parts(given.get("content_parts")) or _reasoning_parts(extras.get("content_parts"))
    if parts:
        found["parts"] = parts
    calls = _found_call_extras(message)
    if calls:
        found["calls"] = calls
    return {**found, **_source(message)} if found else None


def _source(message: BaseMessage) -> dict[str, str]:
    """Origin and model of the call that made a message, ``{}`` if they are not known."""
    record = _mapping(message.response_metadata.get("openai_compatible"))
    url, model = record.get("url"), record.get("model")
    if not isinstance(url, str) or not isinstance(model, str):
        return {}
    try:
        return {"origin": origin(url), "model": model}
    except ValueError:
        return {}


def _found_call_extras(message: BaseMessage) -> dict[str, dict[str, Any]]:
    given = _mapping(message.additional_kwargs.get("tool_call_extras"))
    if not given:
        calls = (*_blocks(message, "tool_call"), *_blocks(message, "tool_call_chunk"))
        given = {call["id"]: call.get("extras") for call in calls if isinstance(call.get("id"), str)}
    return {call_id: dict(extra) for call_id, extra in given.items() if _mapping(extra)}


def _blocks(message: BaseMessage, kind: str) -> list[dict[str, Any]]:
    content = message.content
    if not isinstance(content, list):
        return []
    return [block for block in content if isinstance(block, dict) and block.get("type") == kind]


def _reasoning_parts(parts: Any) -> list[Any]:
    """Of the content parts that were kept whole, those that are reasoning."""
    return [part for part in _items(parts) if _mapping(part).get("type") in _PARTS]


def _signature(items: Iterable[Any]) -> str | None:
    """The last signature among the server's own items."""
    found = [_mapping(item).get("signature") for item in items]
    return next((each for each in reversed(found) if isinstance(each, str) and each), None)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
