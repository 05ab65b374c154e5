"""Calls that stand in the text, in whole answers and in streams (tool-call-in-text)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_compatible.errors import StreamInterruptedError
from openai_compatible.profiles.profile import Profile
from openai_compatible.types import TextDelta, ToolCallDelta
from openai_compatible.wire.chat import ChatStream, fold

CALL = '<tool_call>{"name": "add", "arguments": {"x": 1}}</tool_call>'
TOOLS = {"add": {"properties": {"x": {"type": "integer"}}}}
P = Profile(name="p")


def stream(*deltas: Any, finish: str | None = "stop", profile: Profile = P, tools: Any = TOOLS) -> Any:
    """Events, and the completion or the error."""
    reader = ChatStream(profile, tools=tools)
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if finish:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    events: list[Any] = []
    for chunk in chunks:
        events += reader.feed(f"data: {json.dumps(chunk)}\n\n".encode())
    events += reader.flush()
    return events, reader.close()


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_stream_gives_a_call_and_says_so(size: int) -> None:
    text = f"Sure.\n{CALL}"
    events, done = stream(*({"content": text[at : at + size]} for at in range(0, len(text), size)))
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Sure.\n"
    (call,) = [event for event in events if isinstance(event, ToolCallDelta)]
    assert (call.name, call.arguments) == ("add", '{"x": 1}')
    assert done.text == "Sure.\n"
    assert [(one.id, one.name) for one in done.tool_calls] == [(call.id, "add")]
    assert (done.finish_reason, done.choices[0].raw_finish_reason) == ("tool_calls", "stop")
    assert done.choices[0].extra == {"recovered_tool_calls": "hermes"}


def test_a_whole_answer_gives_the_same() -> None:
    body = {"choices": [{"message": {"content": CALL}, "finish_reason": "stop"}]}
    done = fold(json.dumps(body).encode(), P, tools=TOOLS)
    assert done.text == ""
    assert [call.name for call in done.tool_calls] == ["add"]


def test_reasoning_before_a_call_is_reasoning() -> None:
    _, done = stream({"content": "<think>hm</think>"}, {"content": CALL})
    assert (done.reasoning, done.text) == ("hm", "")
    assert len(done.tool_calls) == 1


def test_real_calls_beside_the_text_win() -> None:
    real = {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "add", "arguments": "{}"}}]}
    _, done = stream({"content": CALL}, real)
    assert done.text == CALL
    assert [call.id for call in done.tool_calls] == ["a"]


def test_a_call_cut_by_the_limit_is_text() -> None:
    _, done = stream({"content": CALL[:40]}, finish="length")
    assert (done.text, done.tool_calls, done.finish_reason) == (CALL[:40], (), "length")


def test_a_stream_that_breaks_off_gives_no_call() -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        stream({"content": CALL}, finish=None)
    assert caught.value.partial is not None
    assert caught.value.partial.text == CALL
    assert caught.value.partial.tool_calls == ()


@pytest.mark.parametrize(
    ("profile", "tools"),
    [(Profile(name="p", calls_in_text=False), TOOLS), (P, ()), (P, {"other": None})],
)
def test_it_stays_text_where_it_may_not_be_a_call(profile: Profile, tools: Any) -> None:
    _, done = stream({"content": CALL}, profile=profile, tools=tools)
    assert (done.text, done.tool_calls) == (CALL, ())


def test_plain_text_streams_at_once_beside_tools() -> None:
    events, _ = stream({"content": "Hel"}, {"content": "lo"}, {"content": " [1]"})
    assert [event.text for event in events] == ["Hel", "lo", " [1]"]


def test_marks_cut_at_the_end_are_text_or_reasoning() -> None:
    _, done = stream({"content": "<thi"}, tools=())
    assert done.text == "<thi"
    _, done = stream({"content": "<think>hm </thi"}, tools=())
    assert (done.text, done.reasoning) == ("", "hm </thi")


@pytest.mark.parametrize("again", ["", "{}", '{"x": 1}'])
def test_arguments_that_come_again_give_no_event(again: str) -> None:
    """tool-arguments-cumulative"""

    def piece(arguments: str, name: str | None = None, call_id: str | None = None) -> dict[str, Any]:
        function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
        head = {} if call_id is None else {"id": call_id, "type": "function"}
        return {"tool_calls": [{"index": 0, **head, "function": function}]}

    events, done = stream(piece('{"x": 1}', "add", "a"), piece(again), tools=())
    assert [call.arguments for call in done.tool_calls] == ['{"x": 1}']
    assert "".join(event.arguments for event in events) == '{"x": 1}'
