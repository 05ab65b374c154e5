"""An answer that is only reasoning is never an empty string without a word."""

from __future__ import annotations

import pytest

from openai_compatible.types import Choice, Completion
from openai_compatible.wire.remarks import remarks


@pytest.mark.parametrize(
    ("field", "reason", "change"),
    [
        ("reasoning", "length", "raise max_tokens"),
        ("<think>", "length", "raise max_tokens"),
        ("<think>", "stop", "reasoning_place"),
        ("reasoning", "stop", "reasoning parser"),
        (None, None, "reasoning parser"),
    ],
)
def test_what_to_change_follows_from_how_it_came(field: str, reason: str, change: str) -> None:
    choice = Choice(finish_reason=reason, reasoning_field=field, extra={"only_reasoning": True})  # type: ignore[arg-type]
    (found,) = remarks(Completion((choice,)))
    assert found.fact == "the answer holds only reasoning and no text"
    assert change in found.advice


@pytest.mark.parametrize("choices", [(), (Choice(reasoning="hm", text="4"),)])
def test_other_answers_need_no_word(choices: tuple[Choice, ...]) -> None:
    assert remarks(Completion(choices), len(choices)) == []


def test_an_end_of_reasoning_without_its_beginning_is_told_with_the_setting() -> None:
    (found,) = remarks(Completion((Choice(extra={"unopened_reasoning": "<think>"}),)))
    assert "<think>" in found.fact
    assert "reasoning_place" in found.advice


def test_a_recovered_call_is_told_without_a_warning() -> None:
    (found,) = remarks(Completion((Choice(extra={"recovered_tool_calls": "hermes"}),)))
    assert "hermes" in found.fact
    assert not found.advice


def test_fewer_answers_than_asked_for_are_told() -> None:
    (found,) = remarks(Completion((Choice(text="a"),)), 2)
    assert found.fact == "2 answers were asked for (n), 1 came"
