"""LangChain messages -> OpenAI chat dicts. Pure; nothing is changed in place.

Text is sent as a string wherever that loses nothing: many servers take lists of parts for
users only, and join the parts with a newline themselves. Reasoning of earlier answers goes along
under a neutral key, for the core to send back where the server wants it, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from langchain_openai_compatible.blocks import build_media
from langchain_openai_compatible.core_keys import without_core_keys
from langchain_openai_compatible.invalid_calls import unseal
from langchain_openai_compatible.parts import is_plain, to_parts
from langchain_openai_compatible.reasoning import MEMORY, memory
from openai_compatible.errors import ConfigError
from openai_compatible.wire.dialect.omissions import OMISSIONS
from openai_compatible.wire.media import AUDIO_MEMORY, audio_memory
from openai_compatible.wire.server_fields import server_fields

__all__ = ["to_wire"]

_ROLES = {
    "human": "user",
    "HumanMessageChunk": "user",
    "ai": "assistant",
    "AIMessageChunk": "assistant",
    "system": "system",
    "SystemMessageChunk": "system",
    "tool": "tool",
    "ToolMessageChunk": "tool",
    "function": "function",
    "FunctionMessageChunk": "function",
}
_NOT_SENT = frozenset({
    "reasoning",
    "thinking",
    "redacted_thinking",
    "reasoning_content",
    "server_tool_call",
    "server_tool_call_chunk",
    "server_tool_result",
})  # fmt: skip
_OF_SERVERS = frozenset({"server_tool_call", "server_tool_call_chunk", "server_tool_result"})
_CALLS = frozenset({
    "tool_call",
    "tool_call_chunk",
    "invalid_tool_call",
    "tool_use",
    "function_call",
    "input_json_delta",
})  # fmt: skip
_ARGUMENTS = {
    "tool_use": "input",
    "tool_call": "args",
    "invalid_tool_call": "args",
    "function_call": "arguments",
}
_CACHE_MARKS = frozenset({"cache_control", "prompt_cache_breakpoint"})
"""Keys that callers put beside any block; reasoning, sound and calls have no part to carry them."""
_RESULT = frozenset({"type", "id", "index", "tool_use_id", "content", "is_error"})


def to_wire(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """OpenAI chat dicts for LangChain messages.

    Wire:
        ``[AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1}, "id": "c1"}])]`` becomes
        ``[{"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type":
        "function", "function": {"name": "add", "arguments": "{\\"a\\": 1}"}}]}]``

        The reasoning of an assistant's message is under ``"reasoning_memory"``, a key for the core
        that is never sent: see :func:`langchain_openai_compatible.reasoning.memory`.

    Raises:
        ConfigError: a message or content block has no form in the chat completions protocol.

    >>> to_wire([HumanMessage("Hi")])
    [{'role': 'user', 'content': 'Hi'}]
    """
    out: list[dict[str, Any]] = []
    for message in messages:
        role = _role(message)
        if role == "assistant":
            out.append(_assistant(message))
        elif any(_kind(block) == "tool_result" for block in message.content):
            out.extend(_with_tool_results(message, role))
        else:
            out.append(_plain(message, role))
    return [without_core_keys(message) for message in out]


def _role(message: BaseMessage) -> str:
    role = _ROLES.get(message.type)
    if role == "system":
        return str(message.additional_kwargs.get("__openai_role__") or "system")
    if role is not None:
        return role
    own = getattr(message, "role", None)  # ChatMessage says its role itself
    if isinstance(own, str) and own:
        return own
    raise ConfigError(
        f"a {type(message).__name__} cannot be sent to a chat model",
        hint="Send human, ai, system, tool or chat messages.",
    )


def _plain(message: BaseMessage, role: str) -> dict[str, Any]:
    """Any message but an assistant's."""
    content, omissions = _content(message.content, role)
    out: dict[str, Any] = {"role": role, "content": content}
    if role == "tool":
        call_id = getattr(message, "tool_call_id", None) or message.additional_kwargs.get("tool_call_id")
        if call_id is not None:
            out["tool_call_id"] = call_id
    elif message.name:
        out["name"] = message.name
    return _with_omissions(out, omissions)


def _content(content: str | list[Any], role: str) -> tuple[str | list[Any], list[str]]:
    """Content of a message that is no answer, and what of it is not sent."""
    if isinstance(content, str):
        return content, []
    parts: list[dict[str, Any]] = []
    omissions = []
    for block in content:
        kind = _kind(block)
        if kind in _NOT_SENT or kind in _CALLS:
            omissions.append(f"a block of type {kind!r} in a message of role {role!r}")
        else:
            parts += to_parts(block)
    return _shorten(parts, "\n"), omissions


def _shorten(parts: list[dict[str, Any]], joint: str) -> str | list[Any]:
    """Parts of nothing but text as one text."""
    return joint.join(part["text"] for part in parts) if all(map(is_plain, parts)) else parts


def _with_omissions(out: dict[str, Any], omissions: list[str]) -> dict[str, Any]:
    return {**out, OMISSIONS: omissions} if omissions else out


def _kind(block: Any) -> str | None:
    kind = block.get("type") if isinstance(block, Mapping) else None
    return kind if isinstance(kind, str) else None


def _with_tool_results(message: BaseMessage, role: str) -> list[dict[str, Any]]:
    """Anthropic's results of tools as tool messages, and the rest of the message behind them."""
    out, rest = [], []
    for block in message.content:
        if _kind(block) != "tool_result" or not isinstance(block, dict):
            rest.append(block)
            continue
        content, omissions = _content(block.get("content") or "", "tool")
        beside = {key: value for key, value in block.items() if key not in _RESULT and value is not None}
        if beside:
            parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
            content = [*parts[:-1], {**parts[-1], **beside}]
        if block.get("is_error"):
            omissions.append("is_error of a tool result")
        result = {"role": "tool", "content": content, "tool_call_id": block.get("tool_use_id")}
        out.append(_with_omissions(result, omissions))
    if rest:
        out.append(_plain(message.model_copy(update={"content": rest}), role))
    return out


def _assistant(message: BaseMessage) -> dict[str, Any]:
    content, omissions = _answer(message)
    out: dict[str, Any] = {"role": "assistant", "content": content or _refusal(message)}
    name = message.name or server_fields(message.additional_kwargs).get("name")
    if name and isinstance(name, str):
        out["name"] = name
    calls = _tool_calls(message)
    if calls:
        out["tool_calls"] = calls
        # OpenAI's own form; some servers read "" here as "text, no calls" (TGI).
        out["content"] = out["content"] or None
    elif "function_call" in message.additional_kwargs:
        out["function_call"] = message.additional_kwargs["function_call"]
        out["content"] = out["content"] or None
    for key, remembered in ((MEMORY, memory(message)), (AUDIO_MEMORY, _audio(message))):
        if remembered is not None:
            out[key] = remembered
    return _with_omissions(out, omissions)


def _answer(message: BaseMessage) -> tuple[str | list[Any], list[str]]:
    """Text of an answer in one piece, or parts if it held more than text; and what is not sent."""
    content = message.content
    parts: list[dict[str, Any]] = []
    omissions = []
    for block in [content] if isinstance(content, str) else content:
        kind = _kind(block)
        if kind == "refusal" and isinstance(block, dict):
            text = {"type": "text", "text": str(block.get("refusal") or "")}
            parts += to_parts({**block, **text, "refusal": None}, answer=True)
        elif kind in _OF_SERVERS:
            omissions.append(f"a block of type {kind!r} in an earlier answer")
        elif kind not in _NOT_SENT | _CALLS and kind != "audio":
            parts += to_parts(block, answer=True)
        elif isinstance(block, dict):
            marks = _CACHE_MARKS & block.keys()
            omissions += [f"{mark} of a block of type {kind!r}" for mark in sorted(marks)]
    pictures = [block for block in build_media(message.additional_kwargs) if block["type"] == "image"]
    if pictures and all(map(is_plain, parts)):  # else they are blocks of the content (v1)
        parts = [part for part in parts if part["text"]]
        parts += [part for picture in pictures for part in to_parts(picture)]
    return _shorten(parts, ""), omissions


def _audio(message: BaseMessage) -> dict[str, Any] | None:
    """The sound of an answer, for the core to send back where the server takes it."""
    if isinstance(message.content, list):
        for block in message.content:
            if _kind(block) == "audio" and isinstance(block, dict):
                return audio_memory(block.get("extras")) or {}
    audio = server_fields(message.additional_kwargs).get("audio")
    return (audio_memory(audio) or {}) if isinstance(audio, Mapping) else None


def _refusal(message: BaseMessage) -> str:
    refusal = message.additional_kwargs.get("refusal")
    return refusal if isinstance(refusal, str) else ""


def _tool_calls(message: BaseMessage) -> list[dict[str, Any]]:
    """Calls of an answer, the unreadable ones with their text as the model wrote it."""
    if not isinstance(message, AIMessage):  # ChatMessage(role="assistant")
        return list(message.additional_kwargs.get("tool_calls") or ())
    calls = [
        _call(call["id"], call["name"], json.dumps(call["args"], ensure_ascii=False))
        for call in message.tool_calls
    ]
    calls += [
        _call(bad["id"], bad["name"], unseal(bad["args"] or "")) for bad in message.invalid_tool_calls
    ]
    if calls:
        return calls
    if isinstance(message.content, list):
        calls = [call for block in message.content if (call := _block_call(block)) is not None]
    given = message.additional_kwargs.get("tool_calls")
    return calls or (list(given) if isinstance(given, list) else [])


def _block_call(block: Any) -> dict[str, Any] | None:
    """The call of a block that LangChain made no tool call of."""
    place = _ARGUMENTS.get(_kind(block) or "")
    if place is None:
        return None
    arguments = block.get(place) or {}
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return _call(block.get("call_id") or block.get("id"), block.get("name"), text)


def _call(call_id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    function = {"name": name or "", "arguments": arguments}
    return {"id": call_id or "", "type": "function", "function": function}
