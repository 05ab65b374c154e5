"""LlamaIndex chat messages -> OpenAI chat dicts. Pure; nothing is changed in place.

Text is sent as a string wherever that loses nothing: many servers take lists of parts for users
only. Reasoning travels under a neutral key; the server's profile decides whether it is sent back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import AudioBlock, ChatMessage, ToolCallBlock

from llama_index.llms.openai_compatible.parts import is_plain, to_parts
from llama_index.llms.openai_compatible.reasoning import MEMORY, memory
from openai_compatible.errors import ConfigError
from openai_compatible.wire.dialect.omissions import OMISSIONS
from openai_compatible.wire.media import AUDIO_MEMORY, audio_memory
from openai_compatible.wire.server_fields import server_fields

__all__ = ["to_wire"]

_ROLES = {"chatbot": "assistant", "model": "assistant"}


def to_wire(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """OpenAI chat dicts for LlamaIndex messages.

    Wire:
        ``[ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "c1"})]`` becomes
        ``[{"role": "tool", "content": "3", "tool_call_id": "c1"}]``

    Raises:
        ConfigError: A block cannot be read, or has no form in the chat completions protocol.

    >>> to_wire([ChatMessage(role="user", content="Hi")])
    [{'role': 'user', 'content': 'Hi'}]
    """
    return [_message(message) for message in messages]


def _message(message: ChatMessage) -> dict[str, Any]:
    role = _ROLES.get(message.role.value, message.role.value)
    told = message.additional_kwargs
    parts, omissions = to_parts(message.blocks, role)
    if parts and "cache_control" in told:  # as in messages to LlamaIndex's Anthropic
        parts[-1] = {"cache_control": told["cache_control"], **parts[-1]}
    wire: dict[str, Any] = {"role": role, "content": _content(parts)}
    if omissions:
        wire[OMISSIONS] = omissions
    name = told.get("name") or server_fields(told).get("name")
    if name and isinstance(name, str):
        wire["name"] = name
    if role in ("tool", "function"):
        if told.get("tool_call_id") is not None:
            wire["tool_call_id"] = told["tool_call_id"]
    elif role == "assistant":
        _add_calls(wire, message)
        for key, remembered in ((MEMORY, memory(message)), (AUDIO_MEMORY, _audio(message))):
            if remembered is not None:
                wire[key] = remembered
    return wire


def _content(parts: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """One string when there is only text; LlamaIndex joins text blocks with a newline, so do we."""
    if all(map(is_plain, parts)):
        return "\n".join(part["text"] for part in parts)
    return parts


def _audio(message: ChatMessage) -> dict[str, Any] | None:
    """The sound of an answer, for the core to send back where the server takes it."""
    audio = server_fields(message.additional_kwargs).get("audio")
    if isinstance(audio, Mapping):
        return audio_memory(audio) or {}
    return {} if any(isinstance(block, AudioBlock) for block in message.blocks) else None


def _add_calls(wire: dict[str, Any], message: ChatMessage) -> None:
    """Tool calls from blocks, else from ``additional_kwargs``, where older code keeps them."""
    calls = [_call(block) for block in message.blocks if isinstance(block, ToolCallBlock)]
    told = message.additional_kwargs
    if not calls:
        given = told.get("tool_calls")
        listed = given if isinstance(given, list | tuple) else []
        calls = [_foreign_call(call, signed=MEMORY in told) for call in listed]
    if calls:
        wire["tool_calls"] = calls
        # OpenAI's own form; some servers read "" here as "text, no calls" (TGI).
        wire["content"] = wire["content"] or None
    elif told.get("function_call"):
        wire["function_call"] = told["function_call"]
        wire["content"] = wire["content"] or None
    elif isinstance(told.get("refusal"), str) and not wire["content"]:
        wire["content"] = told["refusal"]


def _call(block: ToolCallBlock) -> dict[str, Any]:
    arguments = block.tool_kwargs
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {
        "id": block.tool_call_id or "",
        "type": "function",
        "function": {"name": block.tool_name, "arguments": text},
    }


def _foreign_call(call: Any, *, signed: bool) -> dict[str, Any]:
    """A tool call as a dict, or as an object of the openai SDK.

    ``signed``: its further keys are remembered with their origin, and are added back from there.
    """
    if not isinstance(call, Mapping) and hasattr(call, "model_dump"):
        call = call.model_dump(exclude_none=True)
    if not isinstance(call, Mapping):
        raise ConfigError(
            f"a tool call of type {type(call).__name__} cannot be sent",
            hint="Give additional_kwargs['tool_calls'] as OpenAI's dicts, or use ToolCallBlock.",
        )
    kept = ("id", "type", "function")
    wire = {key: value for key, value in call.items() if key in kept or not (signed or key == "index")}
    function = wire.get("function")
    if isinstance(function, Mapping) and not isinstance(function.get("arguments", ""), str):
        arguments = json.dumps(function["arguments"], ensure_ascii=False)
        wire["function"] = {**function, "arguments": arguments}
    return {"type": "function", **wire}
