"""``content_blocks`` of this package's answers: LangChain's block translator for our ``model_provider``.

With ``output_version="v1"`` the content is blocks already; this is for ``"v0"``, whose content is text:

================================================  ===================================================
in the answer                                     standard block
================================================  ===================================================
``refusal``                                       ``{"type": "refusal", "refusal": "..."}``
``images``, as OpenRouter sends them              ``{"type": "image", "url" or "base64": ...}``
``audio``                                         ``{"type": "audio", "base64": ..., "extras": ...}``
``annotations`` of kind ``url_citation``          ``annotations`` of the text block
text, reasoning, tool calls                       as LangChain makes them for any provider
================================================  ===================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages import content as types
from langchain_core.messages.block_translators import register_translator

__all__ = ["MODEL_PROVIDER", "refusal_of", "register_blocks"]

MODEL_PROVIDER = "openai_compatible"
"""``response_metadata["model_provider"]`` of every answer."""

_OURS = "openai_compatible"
"""Key of ``additional_kwargs`` for fields of a server that have no place in LangChain."""
_CITED = ("url", "title", "start_index", "end_index")
_DATA_URL = re.compile(r"data:([^;,]*)(?:;[^;,]*)*;base64,(.*)", re.DOTALL)


def register_blocks() -> None:
    """Make LangChain use this module for ``content_blocks``."""
    register_translator(MODEL_PROVIDER, _blocks, _chunk_blocks)


def refusal_of(message: BaseMessage) -> str | None:
    """What the model said when it refused, ``None`` if it did not."""
    found = _field(message, "refusal")
    if isinstance(found, str) and found:
        return found
    for block in message.content if isinstance(message.content, list) else ():
        if isinstance(block, Mapping) and block.get("type") == "refusal":
            return str(block.get("refusal") or "") or None
    return None


def _blocks(message: AIMessage) -> list[types.ContentBlock]:
    blocks: list[Any] = list(_plain(message).content_blocks)
    citations = list(_citations(_field(message, "annotations")))
    texts = [place for place, block in enumerate(blocks) if block.get("type") == "text"]
    if citations and texts:
        blocks[texts[0]] = {**blocks[texts[0]], "annotations": citations}
    at = texts[-1] + 1 if texts else _after_reasoning(blocks)
    blocks[at:at] = [*_refusals(message), *_images(_field(message, "images")), *_audio(message)]
    return cast("list[types.ContentBlock]", blocks)


def _chunk_blocks(message: AIMessageChunk) -> list[types.ContentBlock]:
    blocks: list[Any] = _blocks(message)
    if message.chunk_position == "last":
        # LangChain leaves pieces of calls out of a last chunk. In one that is not summed yet they are
        # what makes a call invalid: see invalid_calls.
        for piece in message.tool_call_chunks:
            if piece.get("id") is None:
                blocks.append({**piece, "type": "tool_call_chunk"})
    return cast("list[types.ContentBlock]", blocks)


def _plain(message: AIMessage) -> AIMessage:
    """The message as one of no provider, whose blocks LangChain makes itself."""
    metadata = {key: each for key, each in message.response_metadata.items() if key != "model_provider"}
    return message.model_copy(update={"response_metadata": metadata})


def _field(message: BaseMessage, name: str) -> Any:
    found = message.additional_kwargs.get(name)
    ours = message.additional_kwargs.get(_OURS)
    return ours.get(name) if found is None and isinstance(ours, Mapping) else found


def _after_reasoning(blocks: list[Any]) -> int:
    return next((n for n, block in enumerate(blocks) if block.get("type") != "reasoning"), len(blocks))


def _refusals(message: AIMessage) -> Iterator[dict[str, Any]]:
    found = _field(message, "refusal")
    if isinstance(found, str) and found:
        yield {"type": "refusal", "refusal": found}


def _images(images: Any) -> Iterator[dict[str, Any]]:
    """Blocks of ``[{"type": "image_url", "image_url": {"url": "data:image/png;base64,..."}}]``."""
    for image in images if isinstance(images, list) else ():
        inner = image.get("image_url") if isinstance(image, Mapping) else image
        url = inner.get("url") if isinstance(inner, Mapping) else inner
        if not isinstance(url, str) or not url:
            continue
        data = _DATA_URL.match(url)
        if data is None:
            yield {"type": "image", "url": url}
        else:
            mime_type = data.group(1) or "image/png"
            yield {"type": "image", "base64": data.group(2), "mime_type": mime_type}


def _audio(message: AIMessage) -> Iterator[dict[str, Any]]:
    """The block of ``{"id": ..., "data": base64, "transcript": ..., "expires_at": ...}``.

    Its format is what the request asked for and is not in the answer, so there is no ``mime_type``.
    """
    audio = _field(message, "audio")
    if not isinstance(audio, Mapping) or not audio.get("data"):
        return
    extras = {key: value for key, value in audio.items() if key != "data" and value is not None}
    yield {"type": "audio", "base64": audio["data"], **({"extras": extras} if extras else {})}


def _citations(annotations: Any) -> Iterator[dict[str, Any]]:
    for annotation in annotations if isinstance(annotations, list) else ():
        if not isinstance(annotation, Mapping):
            continue
        inner = annotation.get("url_citation")
        if annotation.get("type") != "url_citation" or not isinstance(inner, Mapping):
            yield {"type": "non_standard_annotation", "value": dict(annotation)}
            continue
        known = {
            name: inner[name] for name in ("url", "title", "start_index", "end_index") if name in inner
        }
        cited = {"cited_text": inner["content"]} if isinstance(inner.get("content"), str) else {}
        yield {"type": "citation", **known, **cited}
