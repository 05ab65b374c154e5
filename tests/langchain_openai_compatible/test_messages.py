"""LangChain messages to OpenAI chat dicts."""

from __future__ import annotations

import copy

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_openai_compatible.messages import to_wire
from openai_compatible.errors import ConfigError

PIXEL = "iVBORw0KGgo="


def one(message):
    (wire,) = to_wire([message])
    return wire


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (HumanMessage("Hi"), {"role": "user", "content": "Hi"}),
        (HumanMessage("Hi", name="ada"), {"role": "user", "content": "Hi", "name": "ada"}),
        (SystemMessage("Be brief"), {"role": "system", "content": "Be brief"}),
        (
            SystemMessage("Be brief", additional_kwargs={"__openai_role__": "developer"}),
            {"role": "developer", "content": "Be brief"},
        ),
        (AIMessage("Hello"), {"role": "assistant", "content": "Hello"}),
        (AIMessageChunk(content="Hello"), {"role": "assistant", "content": "Hello"}),
        (ChatMessage("Hi", role="critic"), {"role": "critic", "content": "Hi"}),
        (ChatMessage("Hi", role="assistant"), {"role": "assistant", "content": "Hi"}),
        (FunctionMessage("3", name="add"), {"role": "function", "content": "3", "name": "add"}),
        (
            ToolMessage("3", tool_call_id="c1", name="add", status="error", artifact=object()),
            {"role": "tool", "content": "3", "tool_call_id": "c1"},
        ),
    ],
)
def test_each_kind_of_message_has_its_role(message, wire):
    assert one(message) == wire


def test_the_tool_calls_of_an_answer_travel_with_null_content():
    message = AIMessage("", tool_calls=[{"name": "add", "args": {"s": "é"}, "id": "c1"}])
    assert one(message) == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"s": "é"}'}}
        ],
    }


def test_a_tool_call_that_could_not_be_read_goes_back_as_the_model_wrote_it():
    bad = {"name": "add", "args": '{"a": 1', "id": "c1", "error": "no JSON"}
    wire = one(AIMessage("", invalid_tool_calls=[bad]))
    assert wire["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a": 1'}


def test_text_beside_tool_calls_is_kept():
    message = AIMessage("Let me add.", tool_calls=[{"name": "add", "args": {}, "id": "c1"}])
    assert one(message)["content"] == "Let me add."


def test_tool_calls_in_the_wire_form_are_kept():
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    message = ChatMessage("", role="assistant", additional_kwargs={"tool_calls": [call]})
    assert one(message)["tool_calls"] == [call]


def test_a_legacy_function_call_is_kept():
    call = {"name": "add", "arguments": "{}"}
    wire = one(AIMessage("", additional_kwargs={"function_call": call}, name="ada"))
    expected = {"role": "assistant", "content": None, "name": "ada", "function_call": call}
    assert wire == expected


def test_an_answer_with_a_picture_keeps_its_parts():
    message = AIMessage([{"type": "text", "text": "See"}, IMAGE])
    assert one(message)["content"] == [{"type": "text", "text": "See"}, IMAGE]


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ({"type": "json", "json": {"a": 1}}, '{"a": 1}'),
        ({"type": "text-plain", "text": "notes", "mime_type": "text/plain"}, "notes"),
        ({"text": "legacy"}, "legacy"),
        ({"type": "non_standard", "value": 3}, "3"),
    ],
)
def test_other_text_blocks_are_text(block, text):
    assert one(HumanMessage([block]))["content"] == text


def test_reasoning_stands_apart_from_what_is_sent_and_names_no_origin_if_none_is_known():
    v0 = AIMessage("4", additional_kwargs={"reasoning_content": "2+2"})
    v1 = AIMessage(
        [{"type": "reasoning", "reasoning": "2+2"}, {"type": "text", "text": "4"}],
        response_metadata={"output_version": "v1"},
    )
    for message in (v0, v1):
        wire = one(message)
        assert wire.pop("reasoning_memory") == {"text": "2+2", "field": "reasoning_content"}
        assert wire == {"role": "assistant", "content": "4"}


def test_thinking_blocks_of_another_service_are_not_sent():
    anthropic = AIMessage([{"type": "thinking", "thinking": "2+2"}, {"type": "text", "text": "4"}])
    assert one(anthropic) == {"role": "assistant", "content": "4"}


def test_a_v1_answer_with_calls_goes_back_like_a_v0_one():
    call = {"type": "tool_call", "name": "add", "args": {"a": 1}, "id": "c1"}
    v1 = AIMessage(content_blocks=[{"type": "text", "text": "So"}, call])
    v0 = AIMessage("So", tool_calls=[call])
    assert to_wire([v1]) == to_wire([v0])


def test_the_text_blocks_of_one_answer_are_one_text():
    message = AIMessage([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}, "!"])
    assert one(message)["content"] == "Hello!"


def test_an_answer_that_is_only_reasoning_is_empty_text():
    assert one(AIMessage([{"type": "reasoning", "reasoning": "hm"}]))["content"] == ""


def test_a_refusal_goes_back_as_text():
    assert one(AIMessage("", additional_kwargs={"refusal": "No."}))["content"] == "No."


def test_lists_of_text_become_one_string():
    blocks = [{"type": "text", "text": "a"}, "b"]
    assert one(HumanMessage(blocks))["content"] == "a\nb"
    assert one(ToolMessage(blocks, tool_call_id="c"))["content"] == "a\nb"
    assert one(SystemMessage(blocks))["content"] == "a\nb"


def test_cache_control_survives_as_a_part():
    block = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}
    assert one(SystemMessage([block]))["content"] == [block]


IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}


@pytest.mark.parametrize(
    "block",
    [
        IMAGE,
        {"type": "image", "base64": PIXEL, "mime_type": "image/png"},
        {"type": "image", "source_type": "base64", "data": PIXEL, "mime_type": "image/png"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
    ],
    ids=["openai", "v1", "v0", "anthropic"],
)
def test_an_image_of_every_format_becomes_an_image_url(block):
    content = one(HumanMessage([{"type": "text", "text": "What?"}, block]))["content"]
    assert content == [{"type": "text", "text": "What?"}, IMAGE]
    assert one(ToolMessage([block], tool_call_id="c"))["content"] == [IMAGE]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "url": "https://x.org/a.png"},
        {"type": "image", "source_type": "url", "url": "https://x.org/a.png"},
        {"type": "image_url", "image_url": "https://x.org/a.png"},
    ],
)
def test_an_image_by_url_stays_a_url(block):
    part = {"type": "image_url", "image_url": {"url": "https://x.org/a.png"}}
    assert one(HumanMessage([block]))["content"] == [part]


def test_audio_becomes_input_audio():
    part = {"type": "input_audio", "input_audio": {"data": "AAA=", "format": "wav"}}
    for block in (
        {"type": "audio", "base64": "AAA=", "mime_type": "audio/wav"},
        {"type": "audio", "source_type": "base64", "data": "AAA=", "mime_type": "audio/wav"},
        part,
    ):
        assert one(HumanMessage([block]))["content"] == [part]


def test_a_file_has_a_name_even_if_none_was_given():
    block = {"type": "file", "base64": "AAA=", "mime_type": "application/pdf"}
    (part,) = one(HumanMessage([block]))["content"]
    file = {"file_data": "data:application/pdf;base64,AAA=", "filename": "file.pdf"}
    assert part == {"type": "file", "file": file}
    (named,) = one(HumanMessage([{**block, "filename": "a.pdf"}]))["content"]
    assert named["file"]["filename"] == "a.pdf"


def test_video_becomes_the_part_that_servers_with_video_take():
    (part,) = one(HumanMessage([{"type": "video", "base64": "AAA=", "mime_type": "video/mp4"}]))[
        "content"
    ]
    assert part == {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAA="}}


def test_what_langchain_wraps_as_unknown_is_sent_as_it_was():
    block = {"type": "non_standard", "value": {"type": "video_url", "video_url": {"url": "u"}}}
    assert one(HumanMessage([block]))["content"] == [block["value"]]


def test_data_without_a_type_is_sent_as_json_text():
    assert one(ToolMessage([{"a": 1}], tool_call_id="c"))["content"] == '{"a": 1}'


def test_anthropic_tool_use_and_results_become_calls_and_tool_messages():
    use = {"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "3"}
    asked, told = to_wire([AIMessage([use]), HumanMessage([result])])
    assert asked["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a": 1}'}
    assert told["role"] == "tool"
    assert told["tool_call_id"] == "t1"
    assert told["content"] == "3"


@pytest.mark.parametrize(
    "message",
    [
        RemoveMessage(id="x"),
        HumanMessage([{"type": "file", "url": "https://x.org/a.pdf"}]),
        HumanMessage([{"type": "audio", "url": "https://x.org/a.wav"}]),
        HumanMessage([{"type": "image", "base64": PIXEL}]),
        HumanMessage([{"type": "video"}]),
        HumanMessage([{"type": "image"}]),
    ],
)
def test_what_the_protocol_has_no_form_for_is_a_clear_error(message):
    with pytest.raises(ConfigError):
        to_wire([message])


def test_converting_changes_nothing_in_the_messages():
    messages = [
        HumanMessage([{"type": "file", "base64": "AAA=", "mime_type": "application/pdf"}, "x"]),
        AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1}, "id": "c1"}]),
    ]
    before = copy.deepcopy(messages)
    to_wire(messages)
    assert messages == before
