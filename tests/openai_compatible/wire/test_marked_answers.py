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
