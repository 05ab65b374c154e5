"""LangChain content blocks -> OpenAI content parts. Pure.

Each key of a block goes into its part, under ``extras`` and ``metadata`` too (``extras: {"detail":
"high"}`` is ``image_url.detail``), or the block is an error. Only LangChain's own bookkeeping stays
behind (``id``, ``index``), what a MIME type says of a URL, and in answers what their maker noted.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.messages import convert_to_openai_messages as core_convert

from openai_compatible.errors import ConfigError
from openai_compatible.wire.media import audio_format, decode_base64, parse_data_url, sniff_type

__all__ = ["is_plain", "to_parts"]

_BOOKKEEPING = frozenset({"type", "id", "index"})
_OF_ANSWERS = frozenset({
    "annotations", "citations", "signature", "thought_signature", "phase", "logprobs",
})  # fmt: skip
"""Keys that services write beside the texts of their answers, for readers and not for a next request."""
_SOURCES = {"url": "url", "base64": "base64", "data": "base64", "file_id": "file_id", "text": "text"}
_FOREIGN = frozenset({"source", "image", "json", "guard_content", "mime_type", "data", "media"})
_HINT = "Give url, base64 or file_id, one of them, and for base64 the mime_type."


def is_plain(part: Mapping[str, Any]) -> bool:
    """Whether a part is nothing but its text."""
    return part.keys() == {"type", "text"}


def to_parts(block: Any, *, answer: bool = False) -> list[dict[str, Any]]:
    """Parts for one content block of any format LangChain knows.

    Args:
        block: A text, a block of LangChain's formats v0 and v1, an OpenAI part, or a block of another
            service (Anthropic, Bedrock, Vertex).
        answer: It stands in an assistant's message.

    Raises:
        ConfigError: The block has no form in the chat completions protocol.

    >>> to_parts({"type": "image", "url": "https://x.org/a.png", "extras": {"detail": "low"}})
    [{'type': 'image_url', 'image_url': {'url': 'https://x.org/a.png', 'detail': 'low'}}]
    """
    if not isinstance(block, Mapping):
        return [{"type": "text", "text": block if isinstance(block, str) else str(block)}]
    kind = block.get("type")
    if kind == "text" or (kind is None and "text" in block):
        return [_text(block, answer=answer)]
    if _is_openai_part(block, kind):
        return [dict(block)]
    convert = _CONVERTERS.get(kind) if isinstance(kind, str) else None
    if convert is not None and not (kind == "image" and "image" in block):
        return convert(_Keys(block))
    if kind is None and not block.keys() & {"json", "image", "guard_content"}:
        return [{"type": "text", "text": json.dumps(block, ensure_ascii=False, default=str)}]
    return _foreign(block)


class _Keys:
    """The keys of a block that no part holds yet."""

    def __init__(self, block: Mapping[str, Any]) -> None:
        self.kind = str(block.get("type"))
        self._left = {key: value for key, value in block.items() if value is not None}
        source = self._left.get("source")
        if isinstance(source, Mapping):  # Anthropic
            del self._left["source"]
            named: dict[Any, str] = {"media_type": "mime_type", "type": "source_type"}
            self._left.update({named.get(key, str(key)): value for key, value in source.items()})
        if self._left.get("source_type") in ("id", "file"):
            self._left.setdefault("file_id", self._left.pop("id", None))
        self._left.pop("source_type", None)
        for name in ("extras", "metadata"):
            if isinstance(self._left.get(name), Mapping):
                self._left = {**self._left.pop(name), **self._left}
        for name in _BOOKKEEPING:
            self._left.pop(name, None)

    def take(self, name: str) -> Any:
        return self._left.pop(name, None)

    def take_source(self, *allowed: str) -> tuple[str, str]:
        """The one place a block takes its data from, and what stands there."""
        found = [(name, self._left.pop(name)) for name in _SOURCES if self._left.get(name) is not None]
        if len(found) != 1:
            named = " and ".join(name for name, _ in found) or "no data"
            raise self.error(f"it has {named}")
        name, value = found[0]
        place = _SOURCES[name]
        if not isinstance(value, str) or not (value or place == "text"):
            raise self.error(f"its {name} is {'empty' if value == '' else 'no text'}")
        held = parse_data_url(value) if place in ("url", "base64") else None
        if held is not None:
            place, value = "base64", held[1]
            if held[0]:
                self._left["mime_type"] = held[0]
        if place not in allowed:
            raise self.error(f"chat completions take no {name} here")
        return place, value

    def rest(self) -> dict[str, Any]:
        """What else the block says, for the part to carry."""
        left, self._left = self._left, {}
        return left

    def take_inner(self, prefix: str) -> dict[str, Any]:
        """Keys of an OpenAI part's inner object: LangChain writes them into ``extras`` with a prefix."""
        found = [key for key in self._left if isinstance(key, str) and key.startswith(prefix)]
        return {key.removeprefix(prefix): self._left.pop(key) for key in found}

    def error(self, why: str) -> ConfigError:
        return ConfigError(f"a content block of type {self.kind!r} cannot be sent: {why}", hint=_HINT)

    def mime_type(self, data: str) -> str:
        """The MIME type that the block or its first bytes say.

        Raises:
            ConfigError: Neither says it.
        """
        named = self.take("mime_type")
        kind = named if isinstance(named, str) and named else sniff_type(data)
        if not kind:
            raise self.error("it has no mime_type, and its first bytes say none")
        return kind


def _text(block: Mapping[str, Any], *, answer: bool) -> dict[str, Any]:
    keys = _Keys(block)
    text = keys.take("text")
    rest = keys.rest()
    if answer:
        rest = {key: value for key, value in rest.items() if key not in _OF_ANSWERS}
    text = "" if text is None else text if isinstance(text, str) else str(text)
    return {"type": "text", "text": text, **rest}


def _plain_text(keys: _Keys) -> list[dict[str, Any]]:
    """A text document: its text, behind title and context if it has them."""
    place, value = keys.take_source("text", "base64", "file_id")
    title, context = keys.take("title"), keys.take("context")
    keys.take("mime_type")
    if place == "file_id":
        name = {"filename": title} if title else {}
        before = [{"type": "text", "text": str(context)}] if context else []
        return [*before, {"type": "file", "file": {"file_id": value, **name}, **keys.rest()}]
    if place == "base64":
        data = decode_base64(value)
        try:
            value = "" if data is None else data.decode()
        except UnicodeDecodeError:
            data = None
        if data is None:
            raise keys.error("its base64 is no UTF-8 text")
    text = "\n".join(str(each) for each in (title, context, value) if each)
    return [{"type": "text", "text": text, **keys.rest()}]


def _image(keys: _Keys) -> list[dict[str, Any]]:
    place, value = keys.take_source("url", "base64")
    if place == "base64":
        value = f"data:{keys.mime_type(value)};base64,{value}"
    keys.take("mime_type")
    image = {"url": value, **keys.take_inner("image_url_")}
    detail = keys.take("detail")
    if detail is not None:
        image["detail"] = detail
    return [{"type": "image_url", "image_url": image, **keys.rest()}]


def _audio(keys: _Keys) -> list[dict[str, Any]]:
    _, data = keys.take_source("base64")
    named = keys.take("format")
    kind = named if isinstance(named, str) and named else keys.mime_type(data)
    keys.take("mime_type")
    sound = {**keys.take_inner("audio_"), "data": data, "format": audio_format(kind)}
    return [{"type": "input_audio", "input_audio": sound, **keys.rest()}]


def _file(keys: _Keys) -> list[dict[str, Any]]:
    place, value = keys.take_source("base64", "file_id", "text")
    if place == "text":
        keys.take("mime_type")
        name = keys.take("filename")
        return [{"type": "text", "text": f"{name}\n{value}" if name else value, **keys.rest()}]
    inner = keys.take_inner("file_")
    name = keys.take("filename") or inner.pop("filename", None)
    if place == "file_id":
        keys.take("mime_type")
        file = {**inner, "file_id": value, **({"filename": name} if name else {})}
        return [{"type": "file", "file": file, **keys.rest()}]
    kind = keys.mime_type(value)
    name = name or f"file{mimetypes.guess_extension(kind) or '.bin'}"
    file = {**inner, "file_data": f"data:{kind};base64,{value}", "filename": name}
    return [{"type": "file", "file": file, **keys.rest()}]


def _video(keys: _Keys) -> list[dict[str, Any]]:
    """A video block as the ``video_url`` part vLLM and others take; OpenAI has no such part."""
    place, value = keys.take_source("url", "base64")
    kind = keys.take("mime_type") or "video/mp4"
    url = value if place == "url" else f"data:{kind};base64,{value}"
    return [{"type": "video_url", "video_url": {"url": url}, **keys.rest()}]


def _image_url(keys: _Keys) -> list[dict[str, Any]]:
    """``image_url`` with the URL in the place of the object, as some examples write it."""
    url = keys.take("image_url")
    if not isinstance(url, str) or not url:
        raise keys.error("its image_url is no URL")
    detail = keys.take("detail")
    image = {"url": url, **({} if detail is None else {"detail": detail})}
    return [{"type": "image_url", "image_url": image, **keys.rest()}]


def _non_standard(keys: _Keys) -> list[dict[str, Any]]:
    """What LangChain wraps because it does not know it is sent as it was."""
    value = keys.take("value")
    if value is None:
        raise keys.error("it has no value")
    part = dict(value) if isinstance(value, Mapping) else {"type": "text", "text": str(value)}
    return [{**keys.rest(), **part}]


def _is_openai_part(block: Mapping[str, Any], kind: Any) -> bool:
    if kind in ("image_url", "file"):
        return isinstance(block.get(kind), Mapping)
    return kind in ("input_audio", "video_url", "audio_url")


def _foreign(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Formats of other services (Bedrock, Vertex) by langchain_core's own converter."""
    try:
        (converted,) = core_convert([HumanMessage([dict(block)])])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"a content block cannot be sent: {error}") from error
    content = converted["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    rest = {k: v for k, v in block.items() if k not in _FOREIGN | _BOOKKEEPING and v is not None}
    return [*parts[:-1], {**parts[-1], **rest}] if parts and rest else parts


_CONVERTERS: dict[str, Callable[[_Keys], list[dict[str, Any]]]] = {
    "text-plain": _plain_text,
    "image": _image,
    "audio": _audio,
    "file": _file,
    "video": _video,
    "image_url": _image_url,
    "non_standard": _non_standard,
}
