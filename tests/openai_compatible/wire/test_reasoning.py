"""Reasoning and content arrays, in every key and shape."""

import json
from typing import Any

import pytest

from openai_compatible.types import ReasoningDelta, TextDelta
from openai_compatible.wire.content import fold_details, read_parts, text_of

ONLY = {"only_reasoning": True}
"""What an answer without text says beside its reasoning."""


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning", "reasoning_text", "thinking"])
def test_reasoning_is_read_under_each_name(wire: Any, key: str) -> None:
    events, done = wire.read(
        wire.sse(
            wire.delta({key: "hm"}),
            wire.delta({key: "m", "content": None}),
            wire.delta({"content": "Hi"}, "stop"),
        )
    )
    assert events == [ReasoningDelta("hm", 0, key), ReasoningDelta("m", 0, key), TextDelta("Hi")]
    choice = done.choices[0]
    assert (choice.reasoning, choice.reasoning_field, choice.text, choice.extra) == (
        "hmm",
        key,
        "Hi",
        {},
    )


def test_the_same_reasoning_under_two_names_is_read_once(wire: Any) -> None:
    piece = {"reasoning": "hm", "reasoning_content": "hm"}
    events, done = wire.read(wire.sse(wire.delta(piece), wire.delta(piece, "stop")))
    assert events == [ReasoningDelta("hm"), ReasoningDelta("hm")]
    assert (done.reasoning, done.choices[0].extra) == ("hmhm", ONLY)


def test_another_text_under_the_second_name_is_kept(wire: Any) -> None:
    _, done = wire.read(
        wire.sse(wire.delta({"reasoning": "short", "reasoning_content": "long"}, "stop"))
    )
    assert (done.reasoning, done.choices[0].extra) == ("long", {"reasoning": "short", **ONLY})


def test_reasoning_in_objects_and_lists_is_read_and_switches_are_kept(wire: Any) -> None:
    _, done = wire.read(wire.sse(wire.delta({"reasoning": {"content": "hm"}, "thinking": True}, "stop")))
    assert (done.reasoning, done.choices[0].extra) == ("hm", {"thinking": True, **ONLY})


def test_reasoning_and_text_in_one_delta_come_in_that_order(wire: Any) -> None:
    events, _ = wire.read(wire.sse(wire.delta({"content": "Hi", "reasoning": "hm"}, "stop")))
    assert [type(event) for event in events] == [ReasoningDelta, TextDelta]


def test_details_give_the_text_when_nothing_else_does_and_are_kept_whole(wire: Any) -> None:
    def piece(text: str) -> dict[str, Any]:
        return {
            "reasoning_details": [
                {"type": "reasoning.text", "text": text, "index": 0, "format": "f", "signature": None}
            ]
        }

    last = {
        "reasoning_details": [
            {"type": "reasoning.text", "text": "", "index": 0, "signature": "sig"},
            {"type": "reasoning.encrypted", "data": "xx", "index": 1},
            {"type": "reasoning.encrypted", "data": "yy", "index": 1},
        ]
    }
    events, done = wire.read(
        wire.sse(
            wire.delta(piece("h")),
            wire.delta(piece("m")),
            wire.delta(last),
            wire.delta({"content": "Hi"}, "stop"),
        )
    )
    assert events == [
        ReasoningDelta("h", 0, "reasoning_details"),
        ReasoningDelta("m", 0, "reasoning_details"),
        TextDelta("Hi"),
    ]
    assert done.choices[0].extra["reasoning_details"] == [
        {"type": "reasoning.text", "text": "hm", "index": 0, "format": "f", "signature": "sig"},
        {"type": "reasoning.encrypted", "data": "xx", "index": 1},
        {"type": "reasoning.encrypted", "data": "yy", "index": 1},
    ]


def test_details_beside_the_text_do_not_double_it(wire: Any) -> None:
    piece = {"reasoning": "hm", "reasoning_details": {"type": "reasoning.text", "text": "hm"}}
    _, done = wire.read(wire.sse(wire.delta(piece, "stop")))
    assert done.reasoning == "hm"
    assert done.choices[0].extra == {
        "reasoning_details": [{"type": "reasoning.text", "text": "hm"}],
        **ONLY,
    }


def test_details_that_are_encrypted_only_give_no_text(wire: Any) -> None:
    events, done = wire.read(
        wire.sse(
            wire.delta({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}, "stop")
        )
    )
    assert events == []
    assert done.choices[0].reasoning_field is None


def test_thinking_blocks_are_read_and_kept(wire: Any) -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "redacted_thinking", "data": "x"},
    ]
    _, done = wire.read(wire.sse(wire.delta({"thinking_blocks": blocks}, "stop")))
    assert (done.reasoning, done.choices[0].extra) == ("hm", {"thinking_blocks": blocks, **ONLY})


def test_details_of_odd_shapes_are_kept() -> None:
    assert fold_details(["a", "b", {"type": "x", "n": 1}, {"type": "x", "n": 2, "m": None}]) == [
        "a",
        "b",
        {"type": "x", "n": 2, "m": None},
    ]


def test_mistrals_content_parts_are_taken_apart(wire: Any) -> None:
    first = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]
    second = [{"type": "text", "text": "Hi"}]
    events, done = wire.read(
        wire.sse(wire.delta({"content": first}), wire.delta({"content": second}, "stop"))
    )
    assert events == [ReasoningDelta("hm", 0, "content"), TextDelta("Hi")]
    assert done.choices[0].reasoning_field == "content"
    assert done.choices[0].extra == {}


@pytest.mark.parametrize(
    ("content", "text", "reasoning", "refusal", "unknown"),
    [
        ([{"type": "text", "text": "a"}, "b", {"text": "c"}], "abc", "", "", []),
        ([{"type": "text", "text": {"value": "a"}}], "a", "", "", []),
        (
            [{"type": "output_text", "text": "a", "annotations": [1]}],
            "a",
            "",
            "",
            [{"type": "output_text", "text": "a", "annotations": [1]}],
        ),
        ([{"type": "reasoning", "summary": [{"type": "summary_text", "text": "s"}]}], "", "s", "", []),
        (
            [{"type": "thinking", "thinking": "t", "signature": "x"}],
            "",
            "t",
            "",
            [{"type": "thinking", "thinking": "t", "signature": "x"}],
        ),
        ([{"type": "refusal", "refusal": "no"}], "", "", "no", []),
        ([{"type": "refusal", "refusal": 7}], "", "", "", [{"type": "refusal", "refusal": 7}]),
        (
            [{"type": "image_url", "image_url": {"url": "u"}}],
            "",
            "",
            "",
            [{"type": "image_url", "image_url": {"url": "u"}}],
        ),
        ([{"type": "text", "text": ""}, {"type": "text"}, None, {}], "", "", "", []),
        ([7, [1]], "7", "", "", [[1]]),
        (
            ["It is ", {"type": "reference", "reference_ids": [1], "text": "so"}, "."],
            "It is so.",
            "",
            "",
            [{"type": "reference", "reference_ids": [1], "text": "so"}],
        ),
        (
            [{"type": "citation", "text": [{"type": "text", "text": "a"}]}],
            "a",
            "",
            "",
            [{"type": "citation", "text": [{"type": "text", "text": "a"}]}],
        ),
        (
            [{"type": "encrypted", "text": "x"}, {"type": "image", "content": "x"}],
            "",
            "",
            "",
            [{"type": "encrypted", "text": "x"}, {"type": "image", "content": "x"}],
        ),
        ({"type": "text", "text": "a"}, "a", "", "", []),
        ([{"type": []}, {"type": {}, "text": "x"}], "x", "", "", [{"type": []}]),
        (7, "7", "", "", []),
        (0.5, "0.5", "", "", []),
        (False, "", "", "", [False]),
    ],
)
def test_content_of_any_shape(
    content: Any, text: str, reasoning: str, refusal: str, unknown: list[Any]
) -> None:
    assert tuple(read_parts(content)) == (text, reasoning, refusal, unknown)


def test_unknown_parts_and_refusal_parts_reach_the_choice(wire: Any) -> None:
    parts = [{"type": "refusal", "refusal": "no"}, {"type": "image", "data": "x"}]
    _, done = wire.read(
        wire.sse(wire.delta({"content": parts}), wire.delta({"content": parts[1:]}, "stop"))
    )
    assert done.choices[0].refusal == "no"
    assert done.choices[0].extra == {"content_parts": [parts[1]]}


def test_thinking_parts_beside_a_reasoning_key_are_not_doubled(wire: Any) -> None:
    piece = {"reasoning": "hm", "content": [{"type": "thinking", "thinking": "hm"}]}
    assert wire.read(wire.sse(wire.delta(piece, "stop")))[1].reasoning == "hm"


def test_text_of_anything() -> None:
    deep: Any = "x"
    for _ in range(150):
        deep = [deep]
    assert text_of(json.loads(json.dumps(deep))) == "x"
    assert text_of({"type": "encrypted", "text": "x"}) == ""
    assert text_of(7) == ""
