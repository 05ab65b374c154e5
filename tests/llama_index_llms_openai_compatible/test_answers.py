"""Completions and events -> LlamaIndex responses."""

from __future__ import annotations

import json

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from llama_index.llms.openai_compatible.answers import ResponseMaker, response
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

CALL = ToolCall("c1", "add", '{"a": 1}')


def completion(choice=None, **fields):
    return Completion((choice or Choice(text="Hi", finish_reason="stop"),), **fields)


def test_a_whole_answer_has_reasoning_text_and_calls_as_blocks():
    choice = Choice(text="Hi", reasoning="Hm", tool_calls=(CALL,), finish_reason="tool_calls")
    made = response(completion(choice, usage=Usage(9, 3, 12, reasoning_tokens=2)))
    thinking, text, call = made.message.blocks
    assert isinstance(thinking, ThinkingBlock)
    assert (thinking.content, thinking.num_tokens) == ("Hm", 2)
    assert isinstance(text, TextBlock)
    assert isinstance(call, ToolCallBlock)
    assert (call.tool_call_id, call.tool_name, call.tool_kwargs) == ("c1", "add", {"a": 1})
    assert made.message.content == "Hi"
    assert made.message.additional_kwargs["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    ]


def test_an_answer_of_calls_alone_has_no_text_block():
    made = response(completion(Choice(tool_calls=(CALL,))))
    assert [type(block) for block in made.message.blocks] == [ToolCallBlock]


def test_an_empty_answer_has_empty_text():
    assert response(completion(Choice())).message.content == ""
    assert response(Completion(())).message.content == ""


def test_arguments_that_are_no_object_stay_as_the_server_wrote_them():
    made = response(completion(Choice(tool_calls=(ToolCall("c1", "add", '{"a": '),))))
    assert made.message.blocks[0].tool_kwargs == '{"a": '


def test_counts_finish_reason_and_record_are_in_additional_kwargs():
    record = Record("p", "m", "http://127.0.0.1:1/v1/chat/completions", attempts=2)
    choice = Choice(text="Hi", finish_reason="length", raw_finish_reason="max_tokens")
    usage = Usage(9, 3, 12, cached_tokens=4)
    assert response(completion(choice, usage=usage, record=record)).additional_kwargs == {
        "prompt_tokens": 9,
        "completion_tokens": 3,
        "total_tokens": 12,
        "cached_tokens": 4,
        "finish_reason": "length",
        "raw_finish_reason": "max_tokens",
        "openai_compatible": record.to_dict(),
    }


def test_unknown_message_keys_are_kept():
    made = response(completion(Choice(text="Hi", extra={"annotations": [1]}, refusal="no")))
    assert made.message.additional_kwargs == {
        "server_fields": {"annotations": [1]},
        "refusal": "no",
    }


@pytest.mark.parametrize(
    ("usage", "raw", "expected"),
    [
        (Usage(9, 3, 12), {"prompt_tokens": 9, "cost": 1}, {"prompt_tokens": 9, "cost": 1}),
        (Usage(9, 3, 12), {"prompt_tokens": "9"}, {"prompt_tokens": 9}),
        (Usage(9, 3, 12), {"input_tokens": 9}, {"input_tokens": 9, "prompt_tokens": 9}),
        (Usage(9, 3, 12), [], {"prompt_tokens": 9}),
        (Usage(9, 3, 12), None, {"prompt_tokens": 9}),
    ],
)
def test_raw_usage_holds_numbers_under_openai_names(usage, raw, expected):
    made = response(completion(usage=usage, raw={"choices": [], "usage": raw}))
    assert made.raw["usage"] == {**expected, "completion_tokens": 3, "total_tokens": 12}


def test_raw_usage_that_cannot_be_read_is_left_out():
    assert response(completion(raw={"choices": [], "usage": "many"})).raw["usage"] is None
    assert response(completion(raw={"choices": []})).raw == {"choices": []}


def test_logprobs_have_the_alternatives_of_each_token():
    alternatives = [{"token": "Hi", "logprob": -0.1, "bytes": [72]}, {"token": "Ho", "logprob": -2}]
    content = [
        {"token": "Hi", "logprob": -0.1, "top_logprobs": alternatives},
        {"token": "!", "logprob": -0.5, "bytes": None, "top_logprobs": []},
        {"token": 3, "logprob": None},
    ]
    made = response(completion(Choice(text="Hi!", logprobs={"content": content})))
    found = [[(each.token, each.logprob, each.bytes) for each in token] for token in made.logprobs]
    assert found == [
        [("Hi", -0.1, [72]), ("Ho", -2.0, [])],
        [("!", -0.5, [])],
        [("", 0.0, [])],
    ]


@pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, {"content": [None, 1]}])
def test_odd_logprobs_are_no_error(logprobs):
    assert not response(completion(Choice(text="Hi", logprobs=logprobs))).logprobs


def all_of(events):
    made = ResponseMaker()
    return [answer for answer in map(made, events) if answer is not None]


EVENTS = [
    ReasoningDelta("Hm"),
    ReasoningDelta("m."),
    TextDelta("He"),
    TextDelta("llo"),
    ToolCallDelta(0, "c1", "add", ""),
    ToolCallDelta(0, None, None, '{"a"'),
    ToolCallDelta(1, "c2", "sub", "{}"),
    ToolCallDelta(0, None, None, ": 1}"),
    completion(
        Choice(
            text="Hello",
            reasoning="Hmm.",
            tool_calls=(CALL, ToolCall("c2", "sub", "{}")),
            finish_reason="tool_calls",
            raw_finish_reason="tool_calls",
        ),
        usage=Usage(9, 3, 12, raw={"prompt_tokens": 9, "completion_tokens": 3}),
        id="x",
        model="m",
    ),
]


def test_deltas_add_up_to_the_last_message():
    made = all_of(EVENTS)
    assert len(made) == len(EVENTS)
    assert "".join(each.delta for each in made) == made[-1].message.content == "Hello"
    thinking = "".join(each.additional_kwargs.get("thinking_delta", "") for each in made)
    assert thinking == made[-1].message.blocks[0].content == "Hmm."


def test_calls_grow_in_blocks_and_in_additional_kwargs():
    grown = all_of(EVENTS)[4:]
    seen = [[block.tool_kwargs for block in each.message.blocks[2:]] for each in grown]
    assert seen == [[""], ['{"a"'], ['{"a"', "{}"], ['{"a": 1}', "{}"], [{"a": 1}, {}]]
    for each in grown:
        calls = each.message.additional_kwargs["tool_calls"]
        assert [call["id"] for call in calls] == ["c1", "c2"][: len(calls)]
        assert [call["function"]["name"] for call in calls] == ["add", "sub"][: len(calls)]
    arguments = [
        each.message.additional_kwargs["tool_calls"][0]["function"]["arguments"] for each in grown
    ]
    assert arguments == ["", '{"a"', '{"a"', '{"a": 1}', '{"a": 1}']


def test_earlier_responses_stay_as_they_were():
    made = ResponseMaker()
    first = made(TextDelta("a"))
    call = made(ToolCallDelta(0, "c1", "f", "{"))
    made(TextDelta("b"))
    made(ToolCallDelta(0, None, None, "}"))
    assert first.message.content == "a"
    assert call.message.blocks[-1].tool_kwargs == "{"
    assert call.message.additional_kwargs["tool_calls"][0]["function"]["arguments"] == "{"


def test_the_last_response_of_a_stream_has_a_raw_body():
    assert all_of(EVENTS)[-1].raw == {
        "id": "x",
        "object": "chat.completion",
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Hello",
                    "reasoning_content": "Hmm.",
                    "tool_calls": [
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "add", "arguments": '{"a": 1}'},
                        },
                        {
                            "id": "c2",
                            "type": "function",
                            "function": {"name": "sub", "arguments": "{}"},
                        },
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
    }


def test_a_refusal_is_kept_apart_from_the_text():
    made = all_of([RefusalDelta("I will not."), completion(Choice(refusal="I will not."))])
    assert made[0].additional_kwargs == {"refusal_delta": "I will not."}
    assert made[0].message.content == made[1].message.content == ""
    assert made[1].message.additional_kwargs["refusal"] == "I will not."


def test_further_choices_are_in_raw_only():
    choices = (Choice(text="a"), Choice(index=1, text="b"))
    made = all_of([TextDelta("a"), TextDelta("b", choice=1), Completion(choices)])
    assert [each.delta for each in made] == ["a", ""]
    assert [choice["message"]["content"] for choice in made[-1].raw["choices"]] == ["a", "b"]


@pytest.mark.parametrize("made", all_of(EVENTS), ids=range(len(EVENTS)))
def test_responses_made_without_validation_are_as_validated_ones(made):
    again = ChatResponse(
        message=ChatMessage(
            role=made.message.role,
            blocks=[type(b)(**b.model_dump()) for b in made.message.blocks],
            additional_kwargs=made.message.additional_kwargs,
        ),
        delta=made.delta,
        raw=made.raw,
        logprobs=made.logprobs,
        additional_kwargs=made.additional_kwargs,
    )
    assert made == again
    assert json.loads(made.model_dump_json()) == json.loads(again.model_dump_json())
    assert made.model_copy(deep=True) == again
    assert repr(made) == repr(again)
