"""Events and completions to LangChain messages."""

from __future__ import annotations

import pickle

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_openai_compatible.answers import ChunkMaker, result, usage_metadata
from openai_compatible.types import (
    Choice,
    Completion,
    ReasoningDelta,
    Record,
    RefusalDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)

USAGE = Usage(9, 3, 12, cached_tokens=4, reasoning_tokens=2, raw={"prompt_tokens": 9})
RECORD = Record("local", "m", "http://127.0.0.1:1/v1/chat/completions", attempts=2, retries=1)
CALL = ToolCall("c1", "add", '{"a": 1}')


def completion(*choices: Choice, **fields) -> Completion:
    choices = choices or (Choice(text="Hi", finish_reason="stop", raw_finish_reason="stop"),)
    return Completion(choices, id="chatcmpl-1", model="m", usage=USAGE, record=RECORD, **fields)


def summed(events, *, v1: bool = False) -> AIMessageChunk:
    make = ChunkMaker(v1=v1)
    chunks = [chunk for chunk in map(make, events) if chunk is not None]
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    return total.message


EVENTS = [
    TextDelta("Hi"),
    ReasoningDelta("hm"),
    RefusalDelta("No"),
    ToolCallDelta(0, "c1", "add", ""),
    ToolCallDelta(0, "c1", "add", '{"a": 1}'),
    ToolCallDelta(0, None, None, '{"a'),
    ToolCallDelta(0, None, None, '": 1}'),
    ToolCallDelta(1, None, None, "12"),
    completion(),
]


@pytest.mark.parametrize("event", EVENTS, ids=str)
@pytest.mark.parametrize("v1", [False, True])
def test_a_chunk_made_without_validators_is_what_the_validators_make(event, v1):
    chunk = ChunkMaker(v1=v1)(event)
    message = chunk.message
    fields = {
        name: getattr(message, name)
        for name in (
            "content",
            "additional_kwargs",
            "response_metadata",
            "tool_call_chunks",
            "usage_metadata",
            "chunk_position",
        )
    }
    twin = ChatGenerationChunk(message=AIMessageChunk(**fields))
    assert chunk == twin
    assert chunk.model_dump() == twin.model_dump()
    assert vars(chunk.message).keys() == vars(twin.message).keys()
    assert pickle.loads(pickle.dumps(chunk)) == twin
    assert repr(chunk) == repr(twin)


def test_chunks_share_no_container():
    make = ChunkMaker()
    first, second = make(TextDelta("a")).message, make(TextDelta("b")).message
    first.additional_kwargs["x"] = 1
    first.response_metadata["x"] = 1
    first.tool_calls.append({"name": "x", "args": {}, "id": "1"})
    assert make(TextDelta("c")).message == AIMessageChunk(content="c")
    assert second == AIMessageChunk(content="b")


def test_deltas_of_further_choices_make_no_chunk():
    assert ChunkMaker()(TextDelta("x", choice=1)) is None


WHOLE = Choice(
    text="Sum",
    reasoning="hm",
    tool_calls=(CALL,),
    finish_reason="tool_calls",
    raw_finish_reason="tool_calls",
)
STREAM = [
    ReasoningDelta("h"),
    ReasoningDelta("m"),
    TextDelta("Su"),
    TextDelta("m"),
    ToolCallDelta(0, "c1", "add", ""),
    ToolCallDelta(0, None, None, '{"a": '),
    ToolCallDelta(0, None, None, "1}"),
    completion(WHOLE),
]


@pytest.mark.parametrize("v1", [False, True])
def test_the_sum_of_a_stream_says_what_a_whole_answer_says(v1):
    whole = result(completion(WHOLE), v1=v1).generations[0].message
    total = summed(STREAM, v1=v1)
    assert total.text == whole.text == "Sum"
    assert total.tool_calls == whole.tool_calls
    assert total.usage_metadata == whole.usage_metadata
    assert total.response_metadata == whole.response_metadata
    assert total.additional_kwargs == whole.additional_kwargs
    kinds = [block["type"] for block in whole.content_blocks]
    assert (
        [block["type"] for block in total.content_blocks] == kinds == ["reasoning", "text", "tool_call"]
    )


def test_v1_content_is_a_list_of_standard_blocks():
    blocks = [
        {"type": "reasoning", "reasoning": "hm"},
        {"type": "text", "text": "Sum"},
        {"type": "tool_call", "name": "add", "args": {"a": 1}, "id": "c1"},
    ]
    total = summed(STREAM, v1=True)
    assert [{k: v for k, v in block.items() if k != "index"} for block in total.content] == blocks
    assert result(completion(WHOLE), v1=True).generations[0].message.content == blocks


def test_v1_blocks_that_alternate_stay_apart():
    events = [
        ReasoningDelta("a"),
        TextDelta("b"),
        ReasoningDelta("c"),
        TextDelta("d"),
        ToolCallDelta(0, "c1", "f", '{"x":'),
        ToolCallDelta(1, "c2", "g", '{"y":'),
        ToolCallDelta(0, None, None, "1}"),
        ToolCallDelta(1, None, None, "2}"),
        completion(),
    ]
    total = summed(events, v1=True)
    assert [block["type"] for block in total.content] == [
        "reasoning",
        "text",
        "reasoning",
        "text",
        "tool_call",
        "tool_call",
    ]
    assert [call["args"] for call in total.tool_calls] == [{"x": 1}, {"y": 2}]


def test_what_a_sum_would_repeat_comes_once():
    make = ChunkMaker()
    chunks = [make(event).message for event in STREAM]
    assert sum(chunk.usage_metadata is not None for chunk in chunks) == 1
    assert sum("model_name" in chunk.response_metadata for chunk in chunks) == 1
    assert [chunk.chunk_position for chunk in chunks] == [None] * 7 + ["last"]


def test_response_metadata_names_everything_that_happened():
    choice = Choice(
        text="Hi",
        finish_reason="stop",
        raw_finish_reason="eos",
        logprobs={"content": []},
    )
    answer = completion(
        choice, system_fingerprint="fp", service_tier="flex", extra={"timings": {"n": 1}}
    )
    assert result(answer).generations[0].message.response_metadata == {
        "model_name": "m",
        "model_provider": "openai_compatible",
        "id": "chatcmpl-1",
        "system_fingerprint": "fp",
        "service_tier": "flex",
        "finish_reason": "stop",
        "normalized_finish_reason": "stop",
        "raw_finish_reason": "eos",
        "logprobs": {"content": []},
        "token_usage": {"prompt_tokens": 9},
        "server_fields": {"timings": {"n": 1}},
        "openai_compatible": RECORD.to_dict(),
    }


def test_usage_has_the_details_the_server_gave():
    assert usage_metadata(USAGE) == {
        "input_tokens": 9,
        "output_tokens": 3,
        "total_tokens": 12,
        "input_token_details": {"cache_read": 4},
        "output_token_details": {"reasoning": 2},
    }
    every = Usage(1, 2, 3, cache_creation_tokens=4, audio_input_tokens=5, audio_output_tokens=6)
    assert usage_metadata(every)["input_token_details"] == {"cache_creation": 4, "audio": 5}
    assert usage_metadata(every)["output_token_details"] == {"audio": 6}
    assert usage_metadata(None) is None
    assert usage_metadata(Usage(1, 2, 3)) == {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


def test_the_id_of_a_message_is_left_to_langchain():
    assert result(completion()).generations[0].message.id is None
    assert ChunkMaker()(completion()).message.id is None


def test_arguments_that_are_no_object_make_an_invalid_tool_call():
    choice = Choice(tool_calls=(ToolCall("c1", "add", '{"a": 1'), ToolCall("c2", "add", "[1]")))
    message = result(completion(choice)).generations[0].message
    assert message.tool_calls == []
    assert [(call["id"], call["args"]) for call in message.invalid_tool_calls] == [
        ("c1", '{"a": 1'),
        ("c2", "[1]"),
    ]


def test_every_choice_is_a_generation_and_the_first_knows_the_others():
    answer = completion(Choice(0, "a", finish_reason="stop"), Choice(1, "b", finish_reason="length"))
    whole = result(answer)
    assert [generation.text for generation in whole.generations] == ["a", "b"]
    others = [{"index": 1, "text": "b", "finish_reason": "length"}]
    assert whole.generations[0].message.response_metadata["choices"] == others
    assert "choices" not in whole.generations[1].message.response_metadata
    assert ChunkMaker()(answer).message.response_metadata["choices"] == others


def test_keys_of_the_servers_message_are_kept():
    choice = Choice(text="Hi", extra={"annotations": [{"url": "u"}]})
    for message in (
        result(completion(choice)).generations[0].message,
        summed([TextDelta("Hi"), completion(choice)]),
    ):
        assert message.additional_kwargs == {"server_fields": {"annotations": [{"url": "u"}]}}


def test_an_answer_without_choices_is_an_empty_message():
    message = result(Completion(())).generations[0].message
    assert message == AIMessage("", response_metadata={"model_provider": "openai_compatible"})


@pytest.mark.parametrize("size", [1_000, 16_000])
def test_a_tool_call_in_pieces_costs_linear_time(size):
    import time

    make = ChunkMaker()

    def run(count):
        started = time.process_time()
        for _ in range(count):
            make(ToolCallDelta(0, None, None, "abcd"))
        return (time.process_time() - started) / count

    run(100)
    assert run(size) < 10 * run(500) + 1e-5


def test_one_large_piece_of_arguments_costs_linear_time():
    import time

    piece = '{"content": "' + "x" * 1_000_000
    started = time.process_time()
    ChunkMaker()(ToolCallDelta(0, "c", "write", piece))
    ChunkMaker()(ToolCallDelta(0, None, None, piece[1:]))
    assert time.process_time() - started < 0.5
