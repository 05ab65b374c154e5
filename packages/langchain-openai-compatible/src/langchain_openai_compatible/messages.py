"""LangChain messages -> OpenAI chat dicts. Pure; nothing is changed in place.

Text is sent as a string wherever that loses nothing: many servers take lists of parts for
users only, and join the parts with a newline themselves. Reasoning of earlier answers goes along
under a neutral key, for the core to send back where the server wants it, and nowhere else.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.messages import convert_to_openai_messages as core_convert
from langchain_core.messages.block_translators.openai import convert_to_openai_data_block

from langchain_openai_compatible.core_keys import without_core_keys
from langchain_openai_compatible.invalid_calls import unseal
from langchain_openai_compatible.reasoning import MEMORY, memory
from openai_compatible.errors import ConfigError

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
_CALLS = frozenset({
    "tool_call",
    "tool_call_chunk",
    "invalid_tool_call",
    "tool_use",
    "function_call",
    "input_json_delta",
})  # fmt: skip


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
        elif isinstance(message.content, list) and _has(message.content, "tool_result"):
            out.extend(_delegated(message))
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
    out: dict[str, Any] = {"role": role, "content": _content(message.content)}
    if role == "tool":
        call_id = getattr(message, "tool_call_id", None) or message.additional_kwargs.get("tool_call_id")
        if call_id is not None:
            out["tool_call_id"] = call_id
    elif message.name:
        out["name"] = message.name
    return out


def _assistant(message: BaseMessage) -> dict[str, Any]:
    content = message.content
    text = content if isinstance(content, str) else _assistant_text(content)
    out: dict[str, Any] = {"role": "assistant", "content": text or _refusal(message)}
    if message.name:
        out["name"] = message.name
    calls = _tool_calls(message)
    if calls:
        out["tool_calls"] = calls
        # OpenAI's own form; some servers read "" here as "text, no calls" (TGI).
        out["content"] = out["content"] or None
    elif "function_call" in message.additional_kwargs:
        out["function_call"] = message.additional_kwargs["function_call"]
        out["content"] = out["content"] or None
    remembered = memory(message)
    if remembered is not None:
        out[MEMORY] = remembered
    return out


def _assistant_text(blocks: Sequence[str | Mapping[str, Any]]) -> str | list[Any]:
    """Text of an answer in one piece; parts only if an answer held more than text."""
    kept = [b for b in blocks if isinstance(b, str) or b.get("type") not in _NOT_SENT | _CALLS]
    texts = [b if isinstance(b, str) else b.get("text") or b.get("refusal") for b in kept]
    if all(isinstance(text, str) or text is None for text in texts) and not _has_media(kept):
        return "".join(text or "" for text in texts)
    return _parts(kept)


def _has_media(blocks: Sequence[Any]) -> bool:
    return any(isinstance(b, Mapping) and b.get("type") not in {"text", "refusal", None} for b in blocks)


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
        calls = [
            _call(b.get("id"), b.get("name"), json.dumps(b.get("input") or {}, ensure_ascii=False))
            for b in message.content
            if isinstance(b, dict) and b.get("type") == "tool_use"
        ]
    return calls or list(message.additional_kwargs.get("tool_calls") or ())


def _call(call_id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    function = {"name": name or "", "arguments": arguments}
    return {"id": call_id or "", "type": "function", "function": function}


def _content(content: str | list[Any]) -> str | list[Any]:
    if isinstance(content, str):
        return content
    parts = _parts(content)
    if all(part.keys() == {"type", "text"} for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _has(content: Sequence[Any], kind: str) -> bool:
    return any(isinstance(block, dict) and block.get("type") == kind for block in content)


def _parts(blocks: Sequence[Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for block in blocks:
        if isinstance(block, str):
            parts.append({"type": "text", "text": block})
        elif isinstance(block, dict):
            kind = block.get("type")
            if kind not in _NOT_SENT and kind not in _CALLS:
                parts.extend(_part(block, kind))
        else:
            parts.append({"type": "text", "text": str(block)})
    return parts


def _part(block: dict[str, Any], kind: Any) -> list[dict[str, Any]]:
    """Parts for one content block of any format LangChain knows."""
    if kind in {"text", "text-plain"} or (kind is None and isinstance(block.get("text"), str)):
        part = {"type": "text", "text": str(block.get("text") or "")}
        if "cache_control" in block:
            part["cache_control"] = block["cache_control"]
        return [part]
    if _is_openai_part(block, kind):
        return [block]
    if kind == "image_url":
        return [_image_url(block)]
    convert = _STANDARD.get(kind)
    if convert is not None and not block.keys() & {"source", kind}:
        return [convert(block)]
    if kind is None and not block.keys() & {"json", "image", "guard_content"}:
        return [{"type": "text", "text": json.dumps(block, ensure_ascii=False, default=str)}]
    content = _delegated(HumanMessage([block]))[0]["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _is_openai_part(block: Mapping[str, Any], kind: Any) -> bool:
    if kind in {"image_url", "file"}:
        return isinstance(block.get(kind), Mapping)
    return kind in {"input_audio", "video_url", "audio_url"}


def _image_url(block: Mapping[str, Any]) -> dict[str, Any]:
    """``image_url`` with the URL in the place of the object, as some examples write it."""
    return {"type": "image_url", "image_url": {"url": block.get("image_url") or ""}}


def _non_standard(block: Mapping[str, Any]) -> dict[str, Any]:
    """What LangChain wraps because it does not know it is sent as it was."""
    value = block.get("value")
    return dict(value) if isinstance(value, Mapping) else {"type": "text", "text": str(value)}


def _data(block: dict[str, Any]) -> dict[str, Any]:
    """An image, audio or file block of LangChain's standard formats, v0 and v1."""
    if block["type"] == "file" and not _filename(block):
        extension = mimetypes.guess_extension(str(block.get("mime_type") or "")) or ".bin"
        block = {**block, "filename": f"file{extension}"}
    try:
        return convert_to_openai_data_block(block)
    except (ValueError, KeyError) as error:
        raise ConfigError(
            f"a content block of type {block['type']!r} cannot be sent: {error}",
            hint="Give images as url or base64, audio and files as base64, each with mime_type.",
        ) from error


def _filename(block: Mapping[str, Any]) -> Any:
    holders = (block, block.get("extras") or {}, block.get("metadata") or {})
    return next((h["filename"] for h in holders if isinstance(h, Mapping) and h.get("filename")), None)


def _video(block: Mapping[str, Any]) -> dict[str, Any]:
    """A v1 video block as the ``video_url`` part vLLM and others take; OpenAI has no such part."""
    url = block.get("url")
    data = block.get("base64") or block.get("data")
    if not url and data:
        url = f"data:{block.get('mime_type') or 'video/mp4'};base64,{data}"
    if not url:
        raise ConfigError("a video block needs a url or base64")
    return {"type": "video_url", "video_url": {"url": url}}


_STANDARD: dict[Any, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "image": _data,
    "audio": _data,
    "file": _data,
    "video": _video,
    "non_standard": _non_standard,
}


def _delegated(message: BaseMessage) -> list[dict[str, Any]]:
    """Formats of other services (Anthropic, Bedrock, Vertex) by langchain_core's own converter."""
    try:
        converted = core_convert([message])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"a content block cannot be sent: {error}") from error
    return list(converted) if isinstance(converted, list) else [converted]
