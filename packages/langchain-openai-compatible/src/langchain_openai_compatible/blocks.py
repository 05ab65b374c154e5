"""``content_blocks`` of this package's answers: LangChain's block translator for our ``model_provider``.

With ``output_version="v1"`` the content is these blocks already; ``"v0"``, whose content is text, gets
them from ``additional_kwargs`` and its ``server_fields``:

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

from collections.abc import Iterator, Mapping
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages import content as types
from langchain_core.messages.block_translators import register_translator

from openai_compatible.wire.media import iter_images, sniff_type
from openai_compatible.wire.server_fields import server_fields

__all__ = ["MODEL_PROVIDER", "build_citations", "build_media", "refusal_of", "register_blocks"]

MODEL_PROVIDER = "openai_compatible"
"""``response_metadata["model_provider"]`` of every answer."""

_CITED = {"url": str, "title": str, "start_index": int, "end_index": int}


def register_blocks() -> None:
    """Make LangChain use this module for ``content_blocks``."""
    register_translator(MODEL_PROVIDER, _blocks, _chunk_blocks)


def refusal_of(message: BaseMessage) -> str | None:
    """What the model said when it refused, ``None`` if it did not."""
    found = message.additional_kwargs.get("refusal")
    if isinstance(found, str) and found:
        return found
    for block in message.content if isinstance(message.content, list) else ():
        if isinstance(block, Mapping) and block.get("type") == "refusal":
            return str(block.get("refusal") or "") or None
    return None


def _blocks(message: AIMessage) -> list[types.ContentBlock]:
    blocks: list[Any] = list(_plain(message).content_blocks)
    citations = build_citations(server_fields(message.additional_kwargs))
    texts = [place for place, block in enumerate(blocks) if block.get("type") == "text"]
    if citations and texts:
        blocks[texts[0]] = {**blocks[texts[0]], "annotations": citations}
    at = texts[-1] + 1 if texts else _after_reasoning(blocks)
    blocks[at:at] = [*_refusals(message), *build_media(message.additional_kwargs)]
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


def _after_reasoning(blocks: list[Any]) -> int:
    return next((n for n, block in enumerate(blocks) if block.get("type") != "reasoning"), len(blocks))


def _refusals(message: AIMessage) -> Iterator[dict[str, Any]]:
    found = message.additional_kwargs.get("refusal")
    if isinstance(found, str) and found:
        yield {"type": "refusal", "refusal": found}


def build_media(kwargs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Standard blocks of the pictures and the sound among an answer's ``additional_kwargs``.

    The format of sound is what the request asked for and is not in the answer: its first bytes say it,
    or there is no ``mime_type``.
    """
    fields = server_fields(kwargs)
    blocks: list[dict[str, Any]] = []
    for image in iter_images(fields, kwargs.get("content_parts")):
        if image.url is not None:
            blocks.append({"type": "image", "url": image.url})
        else:
            blocks.append({"type": "image", "base64": image.base64, "mime_type": image.mime_type})
    audio = fields.get("audio")
    if isinstance(audio, Mapping) and isinstance(data := audio.get("data"), str) and data:
        kind = sniff_type(data)
        mime_type = {"mime_type": kind} if kind else {}
        extras = {key: value for key, value in audio.items() if key != "data" and value is not None}
        further = {"extras": extras} if extras else {}
        blocks.append({"type": "audio", "base64": data, **mime_type, **further})
    return blocks


def build_citations(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Standard annotations of a text, from ``annotations`` among an answer's server fields."""
    return list(_citations(fields.get("annotations")))


def _citations(annotations: Any) -> Iterator[dict[str, Any]]:
    for annotation in annotations if isinstance(annotations, list) else ():
        if not isinstance(annotation, Mapping):
            continue
        inner = annotation.get("url_citation")
        if annotation.get("type") != "url_citation" or not isinstance(inner, Mapping):
            yield {"type": "non_standard_annotation", "value": dict(annotation)}
            continue
        known = {name: inner[name] for name, kind in _CITED.items() if type(inner.get(name)) is kind}
        cited = {"cited_text": inner["content"]} if isinstance(inner.get("content"), str) else {}
        yield {"type": "citation", **known, **cited}
