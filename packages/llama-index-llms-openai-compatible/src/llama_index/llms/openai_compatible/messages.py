"""LlamaIndex chat messages -> OpenAI chat dicts. Pure; nothing is changed in place.

Text is sent as a string wherever that loses nothing: many servers take lists of parts for users
only. Reasoning travels under a neutral key; the server's profile decides whether it is sent back.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from io import IOBase
from typing import Any

from llama_index.core.base.llms.types import (
    AudioBlock,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from llama_index.llms.openai_compatible.reasoning import MEMORY, memory
from openai_compatible.errors import ConfigError

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
    parts = [part for block in message.blocks for part in _parts(block)]
    wire: dict[str, Any] = {"role": role, "content": _content(parts)}
    if told.get("name"):
        wire["name"] = told["name"]
    if role in ("tool", "function"):
        if told.get("tool_call_id") is not None:
            wire["tool_call_id"] = told["tool_call_id"]
    elif role == "assistant":
        _add_calls(wire, message)
        remembered = memory(message)
        if remembered is not None:
            wire[MEMORY] = remembered
    return wire


def _content(parts: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """One string when there is only text; LlamaIndex joins text blocks with a newline, so do we."""
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _add_calls(wire: dict[str, Any], message: ChatMessage) -> None:
    """Tool calls from blocks, else from ``additional_kwargs``, where older code keeps them."""
    calls = [_call(block) for block in message.blocks if isinstance(block, ToolCallBlock)]
    told = message.additional_kwargs
    if not calls:
        calls = [_foreign_call(call, signed=MEMORY in told) for call in told.get("tool_calls") or ()]
    if calls:
        wire["tool_calls"] = calls
        # OpenAI's own form; some servers read "" here as "text, no calls" (TGI).
        wire["content"] = wire["content"] or None
    elif told.get("function_call"):
        wire["function_call"] = told["function_call"]
        wire["content"] = wire["content"] or None
    elif told.get("refusal") and not wire["content"]:
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


def _parts(block: Any) -> list[dict[str, Any]]:
    """The content parts of one block; none for what is not sent."""
    for kind, convert in _CONVERTERS.items():
        if isinstance(block, kind):
            return convert(block)
    raise ConfigError(
        f"a block of type {type(block).__name__} cannot be sent to a chat model",
        hint="Send text, image, audio, video or document blocks.",
    )


def _text(block: TextBlock) -> list[dict[str, Any]]:
    return [{"type": "text", "text": block.text}]


def _nothing(block: object) -> list[dict[str, Any]]:
    return []


def _image(block: ImageBlock) -> list[dict[str, Any]]:
    url = (
        str(block.url)
        if block.url
        else f"data:{block.image_mimetype or 'image/png'};base64,{_base64(block)}"
    )
    image = {"url": url}
    if block.detail:
        image["detail"] = block.detail
    return [{"type": "image_url", "image_url": image}]


def _audio(block: AudioBlock) -> list[dict[str, Any]]:
    sound = {"data": _base64(block), "format": block.format or "wav"}
    return [{"type": "input_audio", "input_audio": sound}]


def _video(block: VideoBlock) -> list[dict[str, Any]]:
    """The ``video_url`` part that vLLM and others take; OpenAI has no such part."""
    url = (
        str(block.url)
        if block.url
        else f"data:{block.video_mimetype or 'video/mp4'};base64,{_base64(block)}"
    )
    return [{"type": "video_url", "video_url": {"url": url}}]


def _document(block: DocumentBlock) -> list[dict[str, Any]]:
    kind = block.document_mimetype or "application/pdf"
    if kind.startswith("text/"):
        return [{"type": "text", "text": _bytes(block).decode("utf-8", "replace")}]
    data = f"data:{kind};base64,{_base64(block)}"
    return [{"type": "file", "file": {"filename": block.title or "document", "file_data": data}}]


def _citable(block: CitableBlock) -> list[dict[str, Any]]:
    return [part for inner in block.content for part in _parts(inner)]


def _citation(block: CitationBlock) -> list[dict[str, Any]]:
    return _parts(block.cited_content)


def _base64(block: ImageBlock | AudioBlock | VideoBlock | DocumentBlock) -> str:
    """What a block holds, in base64."""
    return base64.b64encode(_bytes(block)).decode("ascii")


def _bytes(block: ImageBlock | AudioBlock | VideoBlock | DocumentBlock) -> bytes:
    """What a block holds; LlamaIndex reads it from memory, an open file, a path or a URL."""
    name = type(block).__name__.removesuffix("Block").lower()
    held = block.data if isinstance(block, DocumentBlock) else getattr(block, name)
    try:
        if isinstance(held, IOBase) and held.seekable():
            held.seek(0)  # read before: llama-index-core 0.14.16 takes what is left
        data: bytes = getattr(block, f"resolve_{name}")().read()
    except Exception as error:
        raise ConfigError(
            f"the {name} of a message cannot be read: {type(error).__name__}: {error}",
            hint="Give the bytes, a path that exists, or a URL.",
        ) from error
    return data


_CONVERTERS: dict[type, Callable[[Any], list[dict[str, Any]]]] = {
    TextBlock: _text,
    ThinkingBlock: _nothing,
    ToolCallBlock: _nothing,
    CachePoint: _nothing,
    ImageBlock: _image,
    AudioBlock: _audio,
    VideoBlock: _video,
    DocumentBlock: _document,
    CitableBlock: _citable,
    CitationBlock: _citation,
}
