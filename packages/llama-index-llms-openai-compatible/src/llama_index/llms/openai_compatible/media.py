"""Pictures and sound of an answer as LlamaIndex blocks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.base.llms.types import AudioBlock, ContentBlock, ImageBlock

from openai_compatible.wire.media import AnswerImage, decode_base64, iter_images
from openai_compatible.wire.server_fields import server_fields

__all__ = ["RemoteImageBlock", "build_media"]


class RemoteImageBlock(ImageBlock):
    """A picture that an answer names by its URL. Counting its tokens does not fetch it.

    LlamaIndex fetches a picture to count its tokens, which would let a server choose what this process
    connects to.
    """

    async def aestimate_tokens(self, *args: Any, **kwargs: Any) -> int:
        """As for every picture of LlamaIndex."""
        return 2125


def build_media(kwargs: Mapping[str, Any]) -> list[ContentBlock]:
    """Blocks of what the server fields among a message's ``additional_kwargs`` show or play.

    What cannot be read makes no block and stays where it is.

    Wire:
        ``{"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,..."}}]}``,
        ``{"audio": {"id": "a1", "data": "<base64>", "transcript": "Hi"}}``
    """
    fields = server_fields(kwargs)
    blocks: list[ContentBlock] = []
    for image in iter_images(fields, fields.get("content_parts")):
        block = _build_image(image)
        if block is not None:
            blocks.append(block)
    audio = fields.get("audio")
    data = audio.get("data") if isinstance(audio, Mapping) else None
    if isinstance(data, str) and decode_base64(data):
        blocks.append(AudioBlock(audio="".join(data.split()).encode()))
    return blocks


def _build_image(image: AnswerImage) -> ImageBlock | None:
    if image.base64 is not None:
        # In base64: LlamaIndex would take bytes that happen to be base64 for encoded ones.
        data = "".join(image.base64.split()).encode()
        return ImageBlock(image=data, image_mimetype=image.mime_type)
    try:
        return RemoteImageBlock(url=image.url)
    except ValueError:  # not a URL for pydantic
        return None
