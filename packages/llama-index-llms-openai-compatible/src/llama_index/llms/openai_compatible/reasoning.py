"""Reasoning in LlamaIndex messages: how an answer's is stored, and how it is found again. Pure.

An answer's reasoning is a ``ThinkingBlock``. Its ``additional_information`` holds what sending it back
takes: ``field`` (where it came in), ``origin`` and ``model`` (of the call that made it), and the
server's own items with signatures and encrypted data (``reasoning_details``, ``thinking_blocks``,
``content_parts``). Further keys of tool calls, such as Gemini's thought signatures, are in
``ChatMessage.additional_kwargs["reasoning_memory"]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ThinkingBlock

from openai_compatible.types import Choice, Completion
from openai_compatible.urls import origin

__all__ = ["MEMORY", "memory", "stored_calls", "thinking"]

MEMORY = "reasoning_memory"
"""Key of an assistant's chat dict under which the core takes reasoning; never sent as such."""

_DETAILS = ("reasoning_details", "thinking_blocks")
_ITEMS = (*_DETAILS, "content_parts")


def thinking(completion: Completion, choice: Choice) -> ThinkingBlock | None:
    """The block of an answer's reasoning; ``None`` if there is none, not even encrypted."""
    items = {name: choice.extra[name] for name in _ITEMS if isinstance(choice.extra.get(name), list)}
    if not choice.reasoning and not any(name in items for name in _DETAILS):
        return None
    about = {"field": choice.reasoning_field} if choice.reasoning_field else {}
    tokens = None if completion.usage is None else completion.usage.reasoning_tokens
    return ThinkingBlock(
        content=choice.reasoning or None,
        num_tokens=tokens,
        additional_information={**about, **source(completion), **items},
    )


def source(completion: Completion) -> dict[str, str]:
    """Origin and model of the call that made an answer."""
    record = completion.record
    return {} if record is None else {"origin": origin(record.url), "model": record.model}


def stored_calls(completion: Completion, choice: Choice) -> dict[str, Any]:
    """Further keys of tool calls by call id, with their origin; ``{}`` if there are none.

    Wire:
        ``{"id": "c1", "function": {...}, "extra_content": {"google": {"thought_signature": "s"}}}`` ->
        ``{"reasoning_memory": {"calls": {"c1": {"extra_content": {...}}}, "origin": "https://h",
        "model": "m"}}``
    """
    calls = {call.id: dict(call.extra) for call in choice.tool_calls if call.extra}
    return {MEMORY: {"calls": calls, **source(completion)}} if calls else {}


def memory(message: ChatMessage) -> dict[str, Any] | None:
    """The reasoning of an earlier answer in the core's neutral form, ``None`` if it has none.

    Wire:
        ``ThinkingBlock(content="hm", additional_information={"field": "reasoning", "origin":
        "https://h", "model": "m"})`` -> ``{"text": "hm", "field": "reasoning", "origin":
        "https://h", "model": "m"}``
    """
    blocks = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    about: dict[str, Any] = {}
    for block in blocks:
        about.update(block.additional_information or {})
    kept = message.additional_kwargs.get(MEMORY)
    found: dict[str, Any] = dict(kept) if isinstance(kept, Mapping) else {}
    text = "".join(block.content or "" for block in blocks)
    if text:
        found["text"] = text
        found["field"] = about.get("field") or "reasoning_content"
    for name in _DETAILS:
        if isinstance(about.get(name), list):
            found["details"], found["detail_field"] = about[name], name
            break
    if isinstance(about.get("content_parts"), list):
        found["parts"] = about["content_parts"]
    if not found:
        return None
    return {**found, **{name: about[name] for name in ("origin", "model") if name in about}}
