"""Answers whose text holds marks of reasoning, whole and streamed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.chat import ChatStream, fold

P = Profile(name="p")


def whole(text: str, profile: Profile = P) -> Any:
    body = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    return fold(json.dumps(body).encode(), profile).choices[0]


def streamed(*texts: str, profile: Profile = P) -> Any:
    reader = ChatStream(profile)
    for text in texts:
        chunk = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
        reader.feed(f"data: {json.dumps(chunk)}\n\n".encode())
    reader.feed(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n')
    return reader.close().choices[0]


@pytest.mark.parametrize(
    ("text", "reasoning", "rest"),
    [("hm</think>\n\nHi", "hm", "Hi"), ("</think>Hi", "", "Hi"), ("<think>hm</think>Hi", "hm", "Hi")],
)
def test_a_whole_answer_is_split_without_its_opening_mark(text: str, reasoning: str, rest: str) -> None:
    """think-open-tag-missing"""
    choice = whole(text)
    assert (choice.reasoning, choice.text) == (reasoning, rest)
    assert choice.reasoning_field == ("<think>" if reasoning else None)


def test_a_stream_says_that_it_may_hold_reasoning() -> None:
    choice = streamed("hm</th", "ink>Hi")
    assert choice.text == "hm</think>Hi"
    assert choice.extra == {"unopened_reasoning": "<think>"}
    opened = streamed("hm</th", "ink>Hi", profile=Profile(name="p", reasoning_place="opened"))
    assert (opened.reasoning, opened.text, opened.extra) == ("hm", "Hi", {})


@pytest.mark.parametrize("text", ["a</b>", "`</think>`", "see </think></think>"])
def test_other_closing_tags_say_nothing(text: str) -> None:
    assert streamed(text).extra == {}
    assert whole(text).text == text


def test_nothing_is_looked_for_where_the_dialect_says_so() -> None:
    off = Profile(name="p", reasoning_place="off")
    assert whole("<think>hm</think>Hi", off).text == "<think>hm</think>Hi"
    assert streamed("x</think>y", profile=off).extra == {}


CALL = '<tool_call>{"name": "f", "arguments": {}}</tool_call>'


def messages(*entries: dict[str, Any], tools: Any = ()) -> Any:
    """Of a stream of entries of ``choices``."""
    reader = ChatStream(P, tools=tools)
    for entry in entries:
        reader.feed(f"data: {json.dumps({'choices': [{'index': 0, **entry}]})}\n\n".encode())
    return reader.close().choices[0]


@pytest.mark.parametrize(
    "said", ["Hi", "<think>hm</think>\nHi", "[", "<", "<think>hm", "hm</think>\n\nHi"]
)
@pytest.mark.parametrize("more", ["", " you"])
@pytest.mark.parametrize("last", [{"delta": {}}, {}])
def test_a_last_message_that_holds_everything_repeats_nothing(
    said: str, more: str, last: dict[str, Any]
) -> None:
    """chunk-with-message"""
    first = {"message": {"content": said}} if not last else {"delta": {"content": said}}
    end = {**last, "message": {"content": said + more}, "finish_reason": "stop"}
    got = messages(first, end, tools={"f": None})
    plain = messages({"delta": {"content": said + more}, "finish_reason": "stop"})
    if "unopened_reasoning" in plain.extra and not last:
        plain = whole(said + more)
    assert (got.text, got.reasoning) == (plain.text, plain.reasoning)


@pytest.mark.parametrize("before", ["", "Hi ", "<think>hm</think>"])
def test_a_call_in_the_text_that_comes_again_is_one_call(before: str) -> None:
    """tool-call-in-text, chunk-with-message"""
    said: dict[str, Any] = {"delta": {"content": before + CALL}}
    again: dict[str, Any] = {"delta": {}, "message": {"content": before + CALL}}
    for entries in (
        [said, {**again, "finish_reason": "stop"}],
        [{**said, "finish_reason": "stop"}, again],
    ):
        choice = messages(*entries, tools={"f": None})
        assert len(choice.tool_calls) == 1
        assert choice.text == ("Hi " if before == "Hi " else "")


def test_reasoning_that_comes_again_with_the_text_is_not_repeated() -> None:
    choice = messages(
        {"delta": {"reasoning_content": "hm"}},
        {"delta": {"content": "Hi"}},
        {"delta": {}, "message": {"content": "Hi", "reasoning_content": "hm", "reasoning": None}},
        {"delta": {}, "finish_reason": "stop"},
    )
    assert (choice.text, choice.reasoning) == ("Hi", "hm")


def test_marks_are_found_across_messages_that_are_pieces() -> None:
    choice = messages(
        {"message": {"content": "<think>h"}},
        {"message": {"content": "m</think>Hi"}, "finish_reason": "stop"},
    )
    assert (choice.text, choice.reasoning) == ("Hi", "hm")


def test_equal_pieces_of_a_plain_completion_are_both_kept() -> None:
    assert (
        messages({"text": "ha"}, {"text": "ha"}, {"text": "!", "finish_reason": "stop"}).text == "haha!"
    )
