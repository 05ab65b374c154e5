"""Finish reasons: normalised, the server's word kept."""

from typing import Any

import pytest

from openai_compatible.wire.finish import normalise, raw_reason


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("stop", "stop"),
        ("eos_token", "stop"),
        ("STOP", "stop"),
        ("end_turn", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
        ("SAFETY", "content_filter"),
        ("sensitive", "content_filter"),
        ("abort", "error"),
        ("model_context_window_exceeded", "length"),
        ("whatever", "other"),
        (None, None),
    ],
)
def test_known_words(raw: str | None, word: str | None) -> None:
    assert normalise(raw, tool_calls=False) == word


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("stop", "tool_calls"),
        ("whatever", "tool_calls"),
        (None, "tool_calls"),
        ("length", "length"),
        ("content_filter", "content_filter"),
    ],
)
def test_beside_tool_calls(raw: str | None, word: str) -> None:
    assert normalise(raw, tool_calls=True) == word


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (None, None),
        ("", None),
        (" ", None),
        ("null", None),
        ("None", None),
        (True, None),
        ([], None),
        (2, "2"),
        ({"type": "stop"}, "stop"),
        ({"reason": "eos"}, "eos"),
        ({}, None),
        ({"type": {}}, None),
        ("stop", "stop"),
    ],
)
def test_what_says_nothing_is_no_reason(value: Any, raw: str | None) -> None:
    assert raw_reason(value) == raw


def test_empty_reasons_on_every_chunk_are_no_end(wire: Any) -> None:
    _, done = wire.read(
        wire.sse(
            wire.delta({"content": "a"}, ""),
            wire.delta({"content": "b"}, "null"),
            wire.delta({}, "eos_token"),
        )
    )
    assert (done.text, done.finish_reason, done.choices[0].raw_finish_reason) == (
        "ab",
        "stop",
        "eos_token",
    )


def test_a_finish_reason_that_is_an_object_without_a_message(wire: Any) -> None:
    assert (
        wire.read(wire.sse(wire.delta({"content": "a"}, {"type": "length"})))[1].finish_reason
        == "length"
    )
