"""LlamaIndex blocks -> OpenAI content parts. Pure but for the files and URLs that blocks name.

All that a block says goes into its part, is an error, or is named among the omissions of its message.
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Sequence
from io import IOBase
from typing import Any

from llama_index.core.base.llms.types import (
    AudioBlock,
    CachePoint,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from openai_compatible.errors import ConfigError
from openai_compatible.wire.media import audio_format, sniff_type

__all__ = ["is_plain", "to_parts"]

_DEFAULT_TITLE = "input_document"
"""What LlamaIndex calls a document without a title."""

Parts = list[dict[str, Any]]


def is_plain(part: dict[str, Any]) -> bool:
    """Whether a part is nothing but its text."""
    return part.keys() == {"type", "text"}


def to_parts(blocks: Sequence[Any], role: str) -> tuple[Parts, list[str]]:
    """The content parts of a message, and what of it is not sent.

    Raises:
        ConfigError: A block cannot be read, or has no form in the chat completions protocol.

    >>> to_parts([TextBlock(text="Hi")], "user")
    ([{'type': 'text', 'text': 'Hi'}], [])
    """
    parts: Parts = []
    omissions: list[str] = []
    for block in blocks:
        answer = role == "assistant"
        if isinstance(block, CachePoint):
            if parts:
                parts[-1] = {**parts[-1], "cache_control": block.cache_control.model_dump()}
            else:
                omissions.append("a CachePoint with no content before it")
        elif isinstance(block, ThinkingBlock | ToolCallBlock):
            if not answer:
                omissions.append(f"a {type(block).__name__} in a message of role {role!r}")
        elif not (answer and isinstance(block, AudioBlock)):  # goes back by its id, if at all
            parts += _convert(block)
            omissions += _list_omissions(block)
    return parts, omissions


def _convert(block: Any) -> Parts:
    for kind, convert in _CONVERTERS.items():
        if isinstance(block, kind):
            return convert(block)
    raise ConfigError(
        f"a block of type {type(block).__name__} cannot be sent to a chat model",
        hint="Send text, image, audio, video or document blocks.",
    )


def _list_omissions(block: Any) -> list[str]:
    """What chat completions have no place for."""
    if isinstance(block, CitableBlock):
        return ["title and source of a CitableBlock"]
    if isinstance(block, CitationBlock):
        return ["title, source and place of a CitationBlock"]
    return []


def _text(block: TextBlock) -> Parts:
    return [{"type": "text", "text": block.text}]


def _image(block: ImageBlock) -> Parts:
    image = {"url": str(block.url) if block.url else _inline(block)}
    if block.detail:
        image["detail"] = block.detail
    return [{"type": "image_url", "image_url": image}]


def _inline(block: ImageBlock) -> str:
    data = _bytes(block)
    kind = block.image_mimetype or sniff_type(data)
    if not kind:
        raise ConfigError(
            "a picture cannot be sent: it names no MIME type, and its first bytes say none",
            hint="Give ImageBlock(..., image_mimetype='image/png') or another type.",
        )
    return f"data:{kind};base64,{_encode(data)}"


def _audio(block: AudioBlock) -> Parts:
    data = _bytes(block)
    kind = block.format or sniff_type(data)
    if not kind:
        raise ConfigError(
            "sound cannot be sent: it names no format, and its first bytes say none",
            hint="Give AudioBlock(..., format='wav') or another format.",
        )
    sound = {"data": _encode(data), "format": audio_format(kind)}
    return [{"type": "input_audio", "input_audio": sound}]


def _video(block: VideoBlock) -> Parts:
    """The ``video_url`` part that vLLM and others take; OpenAI has no such part.

    ``fps`` and ``detail`` stand beside it, where DashScope reads ``fps``.
    """
    kind = block.video_mimetype or "video/mp4"
    url = str(block.url) if block.url else f"data:{kind};base64,{_encode(_bytes(block))}"
    beside = {"detail": block.detail, "fps": block.fps}
    further = {name: value for name, value in beside.items() if value is not None}
    return [{"type": "video_url", "video_url": {"url": url}, **further}]


def _document(block: DocumentBlock) -> Parts:
    data = _bytes(block)
    kind = block.document_mimetype or _guess_document(block, data)
    if not kind.startswith("text/"):
        file = {
            "filename": block.title or "document",
            "file_data": f"data:{kind};base64,{_encode(data)}",
        }
        return [{"type": "file", "file": file}]
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"a document of type {kind} cannot be sent: it is no UTF-8 text ({error.reason})",
            hint="Give its bytes in UTF-8, or another document_mimetype.",
        ) from None
    title = block.title if block.title not in (None, "", _DEFAULT_TITLE) else None
    return [{"type": "text", "text": f"{title}\n{text}" if title else text}]


def _guess_document(block: DocumentBlock, data: bytes) -> str:
    """The MIME type of a document by its name, its first bytes, or because it is text."""
    named, _ = mimetypes.guess_type(str(block.path or block.url or block.title or ""))
    kind = named or sniff_type(data)
    if kind:
        return kind
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return "text/plain"
    raise ConfigError(
        "a document cannot be sent: neither its name nor its first bytes say what it is",
        hint="Give DocumentBlock(..., document_mimetype='application/pdf') or another type.",
    )


def _citable(block: CitableBlock) -> Parts:
    return [part for inner in block.content for part in _convert(inner)]


def _citation(block: CitationBlock) -> Parts:
    return _convert(block.cited_content)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(block: ImageBlock | AudioBlock | VideoBlock | DocumentBlock) -> bytes:
    """What a block holds; LlamaIndex reads it from memory, an open file, a path or a URL."""
    name = next(
        name
        for kind, name in (
            (ImageBlock, "image"),
            (AudioBlock, "audio"),
            (VideoBlock, "video"),
            (DocumentBlock, "document"),
        )
        if isinstance(block, kind)
    )
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


_CONVERTERS: dict[type, Callable[[Any], Parts]] = {
    TextBlock: _text,
    ImageBlock: _image,
    AudioBlock: _audio,
    VideoBlock: _video,
    DocumentBlock: _document,
    CitableBlock: _citable,
    CitationBlock: _citation,
}
