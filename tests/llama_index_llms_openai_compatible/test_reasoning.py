"""Reasoning in LlamaIndex: blocks with all that sending it back takes."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, TextBlock, ThinkingBlock

from llama_index.llms.openai_compatible.answers import ResponseMaker, response
from llama_index.llms.openai_compatible.messages import to_wire
from llama_index.llms.openai_compatible.reasoning import memory
from openai_compatible.types import Choice, Completion, Record, ToolCall

RECORD = Record("p", "m", "https://host/v1/chat/completions")
SOURCE = {"origin": "https://host", "model": "m"}
DETAILS = [{"type": "reasoning.encrypted", "data": "x"}]


def answered(record: Record | None = RECORD, **choice: Any) -> ChatMessage:
    return response(Completion((Choice(**choice),), record=record)).message


def block(message: ChatMessage) -> ThinkingBlock:
    (found,) = [each for each in message.blocks if isinstance(each, ThinkingBlock)]
    return found


def test_a_block_says_where_it_came_from() -> None:
    message = answered(text="Hi", reasoning="hm", reasoning_field="reasoning")
    assert block(message).content == "hm"
    assert block(message).additional_information == {"field": "reasoning", **SOURCE}
    assert to_wire([message])[0]["reasoning_memory"] == {"text": "hm", "field": "reasoning", **SOURCE}


@pytest.mark.parametrize("name", ["reasoning_details", "thinking_blocks"])
def test_encrypted_reasoning_is_a_block_without_text(name: str) -> None:
    message = answered(text="Hi", extra={name: DETAILS})
    assert block(message).content is None
    assert memory(message) == {"details": DETAILS, "detail_field": name, **SOURCE}
    assert message.content == "Hi"


def test_parts_of_a_content_array_are_kept() -> None:
    parts = [{"type": "thinking", "thinking": [], "signature": "s"}]
    message = answered(reasoning="hm", reasoning_field="content", extra={"content_parts": parts})
    assert memory(message) == {"text": "hm", "field": "content", "parts": parts, **SOURCE}


def test_thought_signatures_are_kept_with_their_origin() -> None:
    """gemini-thought-signature"""
    extra = {"extra_content": {"google": {"thought_signature": "s"}}}
    message = answered(tool_calls=(ToolCall("c1", "f", "{}", extra),))
    (wire,) = to_wire([message])
    assert wire["reasoning_memory"] == {"calls": {"c1": extra}, **SOURCE}
    assert wire["tool_calls"][0].keys() == {"id", "type", "function"}
    only_kwargs = ChatMessage(role="assistant", additional_kwargs=message.additional_kwargs)
    assert to_wire([only_kwargs])[0]["tool_calls"][0].keys() == {"id", "type", "function"}


def test_without_a_record_nothing_says_where_it_may_go() -> None:
    assert memory(answered(None, reasoning="hm")) == {"text": "hm", "field": "reasoning_content"}
    foreign = ChatMessage(role="assistant", blocks=[ThinkingBlock(content="hm"), TextBlock(text="Hi")])
    assert memory(foreign) == {"text": "hm", "field": "reasoning_content"}


def test_a_message_without_reasoning_has_no_memory() -> None:
    assert memory(answered(text="Hi")) is None
    assert "reasoning_memory" not in to_wire([answered(text="Hi")])[0]


def test_the_last_response_of_a_stream_is_the_whole_answer() -> None:
    whole = Completion((Choice(reasoning="hm", extra={"reasoning_details": DETAILS}),), record=RECORD)
    streamed = ResponseMaker()(whole)
    assert streamed is not None
    assert streamed.message == response(whole).message


def test_json_keeps_everything() -> None:
    message = answered(reasoning="hm", extra={"reasoning_details": DETAILS})
    again = ChatMessage.model_validate_json(message.model_dump_json())
    assert memory(again) == memory(message)
