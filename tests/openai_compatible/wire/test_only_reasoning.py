"""An answer that is only reasoning is never an empty string without a word."""

from __future__ import annotations

import pytest

from openai_compatible.types import Choice, Completion
from openai_compatible.wire.only_reasoning import only_reasoning


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
    found = only_reasoning(Completion((choice,)))
    assert found is not None
    assert found[0] == "the answer holds only reasoning and no text"
    assert change in found[1]


@pytest.mark.parametrize("choices", [(), (Choice(reasoning="hm", text="4"),)])
def test_other_answers_need_no_word(choices: tuple[Choice, ...]) -> None:
    assert only_reasoning(Completion(choices)) is None
