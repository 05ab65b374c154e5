"""Pictures and files keep their MIME type on their way through LangChain.

LangChain converts the pictures of every message for its callbacks before a model is asked, and raises a
``ValueError`` for base64 without ``mime_type``. It also rewrites OpenAI's file parts as its own blocks
and calls every file ``application/pdf``: others go through it in a ``non_standard`` block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.prompt_values import ChatPromptValue, PromptValue

from langchain_openai_compatible.parts import to_parts
from openai_compatible.wire.media import parse_data_url

__all__ = ["TypedImages", "add_image_types"]


class TypedImages(BaseChatModel):
    """A chat model that reads the type of a picture from its first bytes where none is given.

    Raises:
        ConfigError: The first bytes of a picture say no type.
    """

    def _convert_input(self, model_input: LanguageModelInput) -> PromptValue:
        prompt = super()._convert_input(model_input)
        messages = prompt.to_messages()
        typed = add_image_types(messages)
        return prompt if typed is messages else ChatPromptValue(messages=typed)

    def generate(self, messages: list[list[BaseMessage]], *args: Any, **kwargs: Any) -> LLMResult:
        """As LangChain's own."""
        return super().generate([add_image_types(each) for each in messages], *args, **kwargs)

    async def agenerate(self, messages: list[list[BaseMessage]], *args: Any, **kwargs: Any) -> LLMResult:
        """As LangChain's own."""
        return await super().agenerate([add_image_types(each) for each in messages], *args, **kwargs)


def add_image_types(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages, the same list if LangChain keeps the type of every picture and file."""
    given = messages if isinstance(messages, list) else list(messages)
    if not any(_lacks_type(block) for message in given for block in _blocks(message)):
        return given
    return [
        message.model_copy(update={"content": [_typed(block) for block in message.content]})
        if any(map(_lacks_type, _blocks(message)))
        else message
        for message in given
    ]


def _blocks(message: BaseMessage) -> Sequence[Any]:
    return message.content if isinstance(message.content, list) else ()


def _lacks_type(block: Any) -> bool:
    """Whether LangChain would refuse a picture, or change the type of a file."""
    return _is_other_file(block) or (
        isinstance(block, Mapping)
        and block.get("type") == "image"
        and ("base64" in block or block.get("source_type") == "base64")
        and not (block.get("mime_type") and (block.get("base64") or block.get("data")))
    )


def _typed(block: Any) -> Any:
    if not _lacks_type(block):
        return block
    if _is_other_file(block):
        return {"type": "non_standard", "value": block}
    (part,) = to_parts(block)
    held = parse_data_url(part["image_url"]["url"])
    return block if held is None else {**block, "mime_type": held[0]}


def _is_other_file(block: Any) -> bool:
    """Whether it is OpenAI's part of a file that is no PDF."""
    file = block.get("file") if isinstance(block, Mapping) and block.get("type") == "file" else None
    data = file.get("file_data") if isinstance(file, Mapping) else None
    return isinstance(data, str) and not data.lower().startswith("data:application/pdf;")
