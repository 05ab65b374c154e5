"""Whole bodies go through the same parser as streams."""

import json
from typing import Any

import pytest

from openai_compatible.errors import (
    MalformedResponseError,
    QuotaExceededError,
    ServerError,
    StreamInterruptedError,
)
from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.chat import fold

P = Profile(name="generic")


def test_a_minimal_body_is_enough() -> None:
    done = fold(b'{"choices":[{"message":{"role":"assistant","content":"hi"}}]}', P)
    assert (done.text, done.finish_reason, done.id, done.usage) == ("hi", None, None, None)
    assert done.raw == {"choices": [{"message": {"role": "assistant", "content": "hi"}}]}


def test_an_event_stream_where_json_was_asked_for_is_read(wire: Any) -> None:
    data = wire.sse(wire.delta({"content": "Hel"}), wire.delta({"content": "lo"}, "stop"), "[DONE]")
    done = fold(data, P, content_type="text/event-stream")
    assert (done.text, done.raw) == ("Hello", None)
    with pytest.raises(StreamInterruptedError):
        fold(wire.sse(wire.delta({"content": "Hel"})), P)


def test_choices_without_index_or_with_one_index_for_all_are_numbered_by_place() -> None:
    indexes: list[dict[str, Any]] = [{}, {"index": 0}, {"index": None}, {"index": "x"}]
    for index in indexes:
        body = {"choices": [{"message": {"content": t}, "finish_reason": "stop", **index} for t in "ab"]}
        done = fold(json.dumps(body).encode(), P)
        assert [(c.index, c.text) for c in done.choices] == [(0, "a"), (1, "b")]
    body = {"choices": [{"message": {"content": t}, "index": i} for t, i in (("b", "1"), ("a", 0.0))]}
    assert [c.text for c in fold(json.dumps(body).encode(), P).choices] == ["a", "b"]


@pytest.mark.parametrize(
    "body",
    [
        {
            "error": {
                "message": "Provider returned error",
                "code": 502,
                "metadata": {"raw": "insufficient balance"},
            }
        },
        {"error": "insufficient_quota"},
    ],
)
def test_an_error_with_status_200_is_raised(body: Any) -> None:
    with pytest.raises(QuotaExceededError):
        fold(json.dumps(body).encode(), P)


def test_a_finish_reason_error_in_a_whole_body_is_raised(body: Any) -> None:
    with pytest.raises(ServerError):
        fold(body({"content": ""}, "error"), P)


def test_blank_lines_before_the_json_are_skipped_and_alone_are_malformed(body: Any) -> None:
    assert fold(b"\n\n\n" + body({"content": "a"}), P).text == "a"
    with pytest.raises(MalformedResponseError, match="empty"):
        fold(b"\n\n\n\n", P)


def test_reasoning_without_content_is_visible_as_such(body: Any) -> None:
    done = fold(body({"role": "assistant", "content": None, "reasoning": "Hello.", "tool_calls": []}), P)
    assert (done.text, done.reasoning, done.choices[0].reasoning_field) == ("", "Hello.", "reasoning")


def test_damaged_json_that_can_be_read_is_read() -> None:
    text = b'"a\nb\\ud83d \\ud83d\\ude00"'
    body = b'\xef\xbb\xbf {"choices":[{"message":{"content":' + text + b"}}]} \n"
    assert fold(body, P).text == "a\nb\ufffd \U0001f600"


@pytest.mark.parametrize(
    "value",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"choices":[{"message":{"content":"\\ud800","x":' + b"[" * 5_000 + b"]" * 5_000 + b"}}]}",
        b'{"choices":[{"message":{"content":"\\ud800","x":' + b"[" * 300 + b"]" * 300 + b"}}]}",
        b'{"choices":[{"message":{"content":' + b"1" * 5_000 + b"}}]}",
    ],
)
def test_hostile_json_is_malformed(value: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        fold(value, P)


def test_a_body_of_another_kind_says_so() -> None:
    with pytest.raises(MalformedResponseError) as caught:
        fold(b'{"object":"response","output":[]}', P, content_type="application/json")
    assert "application/json" in str(caught.value)
    assert caught.value.body == '{"object":"response","output":[]}'


def test_tool_call_arguments_are_kept_as_written(body: Any) -> None:
    message = {
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x" : 1}'}}
        ]
    }
    done = fold(body(message), P)
    assert done.tool_calls[0].arguments == '{"x" : 1}'
    assert (done.finish_reason, done.choices[0].raw_finish_reason) == ("tool_calls", "stop")
