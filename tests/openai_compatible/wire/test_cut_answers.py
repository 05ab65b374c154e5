"""Marks of reasoning and calls in the text, cut anywhere: joined, the events are the same."""

import json
from itertools import groupby
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.profiles.profile import Profile
from openai_compatible.types import Choice, ReasoningDelta, TextDelta, ToolCallDelta
from openai_compatible.wire.chat import ChatStream, fold

TOOLS = {"add": {"properties": {"x": {"type": "integer"}}, "required": ["x"]}, "noop": None}
ONE = '{"name": "add", "arguments": {"x": 1}}'
TEXTS = [
    "<think>hm ü</think>\n\nGrüße 🦙",
    "  <think>\nhm\n</think>\n<tool_call>\n" + ONE + "\n</tool_call>",
    "Sure.\n[TOOL_CALLS] [" + ONE + "]",
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>add<｜tool▁sep｜>"
    + '{"x": 1}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    "```json\n" + ONE + "\n```",
    '{"name": "Ann", "age": 3}',
    "Say `<think>` and `<tool_call>` and </think> < b [T",
    "<think>never closed",
]
PLACES: tuple[Literal["start", "anywhere", "opened", "off"], ...] = (
    "start",
    "anywhere",
    "opened",
    "off",
)
PIECES = st.sampled_from(
    [
        *("<think>", "</think>", "<tool_call>", "</tool_call>", "[TOOL_CALLS]", "<function=add>", ONE),
        *(
            "</function>",
            "<parameter=x>1</parameter>",
            "```json\n",
            "\n```",
            "`",
            "\n",
            " ",
            "Hi",
            "ü🦙",
        ),
        *('{"name": "', "add", '"', "{", "}", "[", "<", "noop{}", "<|python_tag|>"),
    ]
)


def sse(texts: list[str], finish: str) -> bytes:
    entries: list[Any] = [{"delta": {"content": text}, "finish_reason": None} for text in texts]
    entries.append({"delta": {}, "finish_reason": finish})
    chunks = [json.dumps({"choices": [{"index": 0, **one}]}, ensure_ascii=False) for one in entries]
    return "".join(f"data: {chunk}\n\n" for chunk in chunks).encode()


def summary(choice: Choice) -> tuple[Any, ...]:
    calls = [(call.name, call.arguments) for call in choice.tool_calls]
    return choice.text, choice.reasoning, calls, choice.finish_reason, choice.extra


def read(pieces: list[bytes], profile: Profile) -> tuple[Any, ...]:
    """Joined events, and the choice, which say the same."""
    stream = ChatStream(profile, tools=TOOLS)
    events: list[Any] = []
    for piece in pieces:
        events += stream.feed(piece)
    events += stream.flush()
    choice = stream.close().choices[0]
    joined = [
        (kind.__name__, "".join(one.arguments if kind is ToolCallDelta else one.text for one in group))
        for kind, group in ((kind, list(group)) for kind, group in groupby(events, type))
    ]
    assert "".join(text for kind, text in joined if kind == TextDelta.__name__) == choice.text
    assert "".join(text for kind, text in joined if kind == ReasoningDelta.__name__) == choice.reasoning
    assert "".join(text for kind, text in joined if kind == ToolCallDelta.__name__) == "".join(
        call.arguments for call in choice.tool_calls
    )
    for call in choice.tool_calls:
        assert call.name in TOOLS
        assert isinstance(json.loads(call.arguments), dict)
    return joined, summary(choice)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", TEXTS)
def test_a_stream_cut_at_every_byte_gives_the_same_events(
    text: str, place: Literal["start", "anywhere", "opened", "off"]
) -> None:
    profile = Profile(name="p", reasoning_place=place)
    data = sse([text], "stop")
    want = read([data], profile)
    for at in range(len(data)):
        assert read([data[:at], data[at:]], profile) == want


@settings(deadline=None, max_examples=300)
@given(
    st.lists(PIECES, max_size=10),
    st.integers(1, 6),
    st.sampled_from(PLACES),
    st.sampled_from(["stop", "length"]),
)
def test_how_the_text_is_divided_changes_nothing(
    words: list[str], size: int, place: Literal["start", "anywhere", "opened", "off"], finish: str
) -> None:
    profile, text = Profile(name="p", reasoning_place=place), "".join(words)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert read([sse(pieces, finish)], profile) == read([sse([text], finish)], profile)


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=10), st.sampled_from(PLACES))
def test_a_stream_says_what_the_whole_answer_says(
    words: list[str], place: Literal["start", "anywhere", "opened", "off"]
) -> None:
    """Except of reasoning whose opening mark is missing: what was given out as text stays text."""
    profile, text = Profile(name="p", reasoning_place=place), "".join(words)
    body = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    whole = summary(fold(json.dumps(body).encode(), profile, tools=TOOLS).choices[0])
    streamed = read([sse([text], "stop")], profile)[1]
    if "unopened_reasoning" not in streamed[-1]:
        assert whole == streamed


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=10), st.integers(0, 400), st.sampled_from(PLACES))
def test_a_stream_that_breaks_off_ends_in_one_of_our_errors_and_gives_no_call(
    words: list[str], at: int, place: Literal["start", "anywhere", "opened", "off"]
) -> None:
    data = sse(["".join(words)], "stop").split(b"data: ")[1]
    stream = ChatStream(Profile(name="p", reasoning_place=place), tools=TOOLS)
    events = stream.feed((b"data: " + data)[:at]) + stream.flush()
    assert not [event for event in events if isinstance(event, ToolCallDelta)]
    with pytest.raises(OpenAICompatibleError):
        stream.close(clean=False)
    assert not [choice for choice in stream.partial().choices if choice.tool_calls]
