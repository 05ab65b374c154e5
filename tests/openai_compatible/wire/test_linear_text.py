"""Text that servers choose costs time in proportion to its length."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.call_forms import FORMS
from openai_compatible.wire.chat import ChatStream
from openai_compatible.wire.marks import Marks
from openai_compatible.wire.text_calls import TextCalls

TOOLS = {"add": None}


def event(entry: dict[str, Any]) -> bytes:
    chunk = {"id": "c", "choices": [{"index": 0, "finish_reason": None, **entry}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def pieces(*texts: str, key: str = "content") -> list[bytes]:
    return [event({"delta": {key: text}}) for text in texts]


def spread(place: str, *texts: str) -> Callable[[int], tuple[str, list[bytes]]]:
    """A stream that begins with the first texts and repeats the last."""
    *first, last = texts
    return lambda count: (place, pieces(*first) + pieces(last) * count)


def once(place: str, text: str) -> Callable[[int], tuple[str, list[bytes]]]:
    """One delta of many repetitions."""
    return lambda count: (place, pieces(text * count))


def messages(count: int) -> tuple[str, list[bytes]]:
    """Whole messages that do not grow."""
    return "start", [event({"message": {"content": f"{number} x"}}) for number in range(count)]


def thought_first(count: int) -> tuple[str, list[bytes]]:
    """Long reasoning, then small messages."""
    first = pieces("<think>" + "x" * 20 * count) + pieces("y" * 20 * count, key="reasoning_content")
    later = [event({"message": {"content": "z", "reasoning_content": "z"}})]
    return "start", first + later * count


CASES = {
    "leading white space": spread("start", " "),
    "leading white space, marks anywhere": spread("anywhere", " "),
    "leading white space, opened": spread("opened", "\n"),
    "white space inside reasoning": spread("start", "<think>a", "\n"),
    "white space behind reasoning": spread("start", "<think>a</think>", "\n"),
    "white space behind a brace": spread("start", "{", " "),
    "white space behind a fence": spread("start", "```json\n", " "),
    "reasoning in single characters": spread("start", "<think>", "a"),
    "beginnings of marks": spread("anywhere", "<thin"),
    "many marks in one delta": once("anywhere", "<think>a</think>b"),
    "many opening marks": once("anywhere", "<think>"),
    "many opening marks at the start": once("start", "<think>"),
    "many marks at the start": once("start", "<think>a</think>"),
    "many closing marks": once("anywhere", "</think>"),
    "many half marks": once("anywhere", "<think"),
    "white space between marks": once("start", "<think> </think> "),
    "messages that do not grow": messages,
    "small messages behind long reasoning": thought_first,
}


def cost(make: Callable[[int], tuple[str, list[bytes]]], count: int, tools: Any) -> float:
    place, data = make(count)
    profile = Profile(
        name="p",
        reasoning_place=place,  # type: ignore[arg-type]
        reasoning_tags=(("<think>", "</think>"), ("<thought>", "</thought>")),
    )
    stream = ChatStream(profile, tools=tools)
    begin = time.process_time()
    for piece in data:
        stream.feed(piece)
    stream.flush()
    return time.process_time() - begin


@pytest.mark.parametrize("name", CASES)
def test_twice_the_text_costs_twice_the_time(name: str) -> None:
    make = CASES[name]
    cost(make, 100, TOOLS)
    once, twice, four = (min(cost(make, n, TOOLS) for _ in range(2)) for n in (1_000, 2_000, 4_000))
    assert twice < 3.2 * once + 0.02, (once, twice, four)
    assert four < 3.2 * twice + 0.02, (once, twice, four)


def growing(length: int) -> tuple[float, str]:
    """Cost for each byte of messages that repeat all before them."""
    profile, text = Profile(name="p"), "<think>" + "ab" * 40 + "</think>"
    data = [event({"message": {"content": text + "xyz " * n}}) for n in range(length)]
    stream = ChatStream(profile, tools=TOOLS)
    begin = time.process_time()
    for piece in data:
        stream.feed(piece)
    stream.feed(b"data: [DONE]\n\n")
    spent = time.process_time() - begin
    return spent / sum(map(len, data)), stream.close().text


def test_growing_messages_cost_time_in_proportion_to_their_bytes() -> None:
    growing(50)
    costs = [min(growing(n)[0] for _ in range(2)) for n in (250, 500, 1_000)]
    assert costs[2] < 2 * costs[0], costs
    assert growing(100)[1] == "xyz " * 99


@pytest.mark.parametrize(
    ("make", "first"),
    [
        (lambda: Marks((("<think>", "</think>"),), "start"), ""),
        (lambda: Marks((("<think>", "</think>"),), "opened"), ""),
        (lambda: Marks((("<think>", "</think>"),), "start"), "<think>a"),
        (lambda: TextCalls(TOOLS), ""),
        (lambda: TextCalls(TOOLS), "{"),
        (lambda: TextCalls(TOOLS), "```json\n"),
    ],
)
def test_white_space_that_waits_is_not_read_again_and_again(make: Any, first: str) -> None:
    def spend(count: int) -> float:
        reader = make()
        reader.feed(first)
        begin = time.process_time()
        for _ in range(count):
            reader.feed(" ")
        reader.flush()
        return time.process_time() - begin

    assert spend(160_000) < 0.05 + 12 * min(spend(20_000) for _ in range(3))


MANY_CALLS = {
    "hermes": ("", '<tool_call>{"name": "add", "arguments": {}}</tool_call>\n', ""),
    "tags": ("", "<function=add>{}</function>\n", ""),
    "parameters": ("<function=add>", "<parameter=x>1</parameter>\n", "</function>"),
    "mistral": ("", "[TOOL_CALLS]add{}", ""),
    "llama": ("<|python_tag|>", '{"name": "add", "parameters": {}};', ""),
    "deepseek": (
        "<｜tool▁calls▁begin｜>",
        "<｜tool▁call▁begin｜>add<｜tool▁sep｜>{}<｜tool▁call▁end｜>",
        "<｜tool▁calls▁end｜>",
    ),
    "kimi": (
        "<|tool_calls_section_begin|>",
        "<|tool_call_begin|>functions.add:0<|tool_call_argument_begin|>{}<|tool_call_end|>",
        "<|tool_calls_section_end|>",
    ),
}


@pytest.mark.parametrize("form", MANY_CALLS)
def test_a_text_of_many_calls_is_read_in_linear_time(form: str) -> None:
    head, repeated, tail = MANY_CALLS[form]

    def spend(length: int) -> float:
        text = head + repeated * (length // len(repeated)) + tail
        begin = time.process_time()
        found = [calls for _, read in FORMS if (calls := read(text))]
        spent = time.process_time() - begin
        assert found
        return spent

    small, large = (min(spend(length) for _ in range(2)) for length in (125_000, 500_000))
    assert large < 0.05 + 7 * small, (small, large)
