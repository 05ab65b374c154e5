"""Pictures, sound and files: their types, and those that an answer brings. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

__all__ = [
    "AUDIO_MEMORY",
    "AnswerImage",
    "audio_format",
    "audio_memory",
    "decode_base64",
    "iter_images",
    "parse_data_url",
    "sniff_type",
]

AUDIO_MEMORY = "audio_memory"
"""Key of an assistant's chat dict for the sound of its answer: ``{"id": ..., "transcript": ...}``.
The dialect says whether it is sent back (``assistant_media``); never sent as such."""

_DATA_URL = re.compile(
    r"\Adata:([^;,]*+)(?:;(?!base64,)[^;,]*+)*+;base64,(.*)", re.DOTALL | re.IGNORECASE
)
_FORMATS = {
    **dict.fromkeys(("mpeg", "mp3", "mpeg3", "mpga", "mpg"), "mp3"),
    **dict.fromkeys(("wav", "wave", "pn-wav", "vnd.wave"), "wav"),
    **dict.fromkeys(("mp4", "m4a", "mp4a-latm"), "m4a"),
    **dict.fromkeys(("aac", "aacp"), "aac"),
    **dict.fromkeys(("aiff", "aif"), "aiff"),
    **dict.fromkeys(("l16", "pcm"), "pcm16"),
}
"""Subtypes of ``audio/...`` -> ``input_audio.format``. OpenAI takes ``wav`` and ``mp3``; OpenRouter and
others moreover ``aiff``, ``aac``, ``ogg``, ``flac``, ``m4a``, ``pcm16``, ``webm``."""
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftypM4A", "audio/mp4"),
    (0, b"%PDF-", "application/pdf"),
)
_SNIFFED = 64
"""Characters of base64 that hold every mark of :data:`_MAGIC`; a multiple of four."""


class AnswerImage(NamedTuple):
    """A picture of an answer: either ``url``, or ``base64`` with its ``mime_type``."""

    url: str | None
    base64: str | None = None
    mime_type: str | None = None


def audio_format(mime_type: str) -> str:
    """``input_audio.format`` of a MIME type, a format or a file extension.

    >>> [audio_format(name) for name in ("audio/mpeg", "audio/x-wav", "audio/ogg; codecs=opus", ".MP3")]
    ['mp3', 'wav', 'ogg', 'mp3']
    """
    name = mime_type.split(";", 1)[0].strip().lower().rpartition("/")[2].lstrip(".").removeprefix("x-")
    return _FORMATS.get(name, name)


def decode_base64(text: str) -> bytes | None:
    """The bytes of a base64 text with or without line ends, ``None`` if it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def sniff_type(data: str | bytes) -> str | None:
    """The MIME type that the first bytes say, given as bytes or in base64; ``None`` if they say none.

    >>> sniff_type("iVBORw0KGgoAAAANSUhEUg==")
    'image/png'
    """
    head = data[:_SNIFFED] if isinstance(data, bytes) else decode_base64(data[:_SNIFFED])
    if not head:
        return None
    return next((kind for at, mark, kind in _MAGIC if head[at:].startswith(mark)), None)


def parse_data_url(url: str) -> tuple[str, str] | None:
    """MIME type (maybe empty) and base64 text of a ``data:`` URL, ``None`` if it is none."""
    found = _DATA_URL.match(url)
    return None if found is None else (found.group(1), found.group(2))


def iter_images(fields: Mapping[str, Any], parts: Any = None) -> Iterator[AnswerImage]:
    """The pictures of an answer: its ``images``, and ``image_url`` parts of its content.

    What cannot be read as a picture is passed over; it stays in the message's server fields.

    Wire:
        ``{"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,..."}}]}``
        (OpenRouter), an item as a URL, or as ``{"b64_json": ...}``
    """
    images = fields.get("images")
    for image in images if isinstance(images, list) else [images]:
        yield from _read_image(image)
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, Mapping) and part.get("type") == "image_url":
            yield from _read_image(part)


def _read_image(image: Any) -> Iterator[AnswerImage]:
    inner = image.get("image_url") or image if isinstance(image, Mapping) else image
    if isinstance(inner, Mapping) and isinstance(inner.get("b64_json"), str):
        inner = {"url": f"data:;base64,{inner['b64_json']}"}
    url = inner.get("url") if isinstance(inner, Mapping) else inner
    if not isinstance(url, str) or not url:
        return
    held = parse_data_url(url)
    if held is None:
        if url.lower().startswith(("https://", "http://")):
            yield AnswerImage(url)
    elif decode_base64(held[1]):
        yield AnswerImage(None, held[1], held[0] or sniff_type(held[1]) or "image/png")


def audio_memory(audio: Any) -> dict[str, Any] | None:
    """What of an answer's sound may be sent back: its id, or what was said in it."""
    if not isinstance(audio, Mapping):
        return None
    found = {
        name: audio[name]
        for name in ("id", "transcript")
        if isinstance(audio.get(name), str) and audio[name]
    }
    return found or None
