"""Thought signatures of tool calls go back to where they came from (gemini-thought-signature)."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible.profiles.profile import Profile
from openai_compatible.types import ChatRequest
from openai_compatible.wire.request import written

SIGNED = {"extra_content": {"google": {"thought_signature": "s"}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}


def sent(
    calls: Any, *, policy: str = "never", tool_calls: Any = None, came_from: str = "http://a"
) -> dict[str, Any]:
    """The assistant's message as it is sent to ``http://a``."""
    memory = {"calls": calls, "origin": came_from, "model": "m"}
    given = [CALL] if tool_calls is None else tool_calls
    message = {"role": "assistant", "content": None, "tool_calls": given, "reasoning_memory": memory}
    profile = Profile(name="x", reasoning_replay=policy)  # type: ignore[arg-type]
    body = written(ChatRequest("m", [message]), profile, origin="http://a").body
    made: dict[str, Any] = body["messages"][0]
    assert "reasoning_memory" not in made
    return made


def test_a_signature_goes_back_even_if_reasoning_does_not() -> None:
    assert sent({"c1": SIGNED})["tool_calls"] == [{**CALL, **SIGNED}]
    assert "extra_content" not in CALL


def test_a_signature_goes_to_no_other_origin() -> None:
    assert sent({"c1": SIGNED}, came_from="http://b")["tool_calls"] == [CALL]


@pytest.mark.parametrize(("policy", "kept"), [("never", {}), ("tool_loop", {"mine": 1})])
def test_other_keys_of_a_call_go_back_only_with_the_reasoning(policy: str, kept: Any) -> None:
    assert sent({"c1": {"mine": 1, "id": "other"}}, policy=policy)["tool_calls"] == [{**CALL, **kept}]


@pytest.mark.parametrize("calls", [None, [], "x", {}, {"c1": None}, {"c2": SIGNED}])
def test_extras_of_an_odd_shape_or_of_another_call_change_nothing(calls: Any) -> None:
    assert sent(calls)["tool_calls"] == [CALL]


@pytest.mark.parametrize("tool_calls", ["x", ["x"], {"c1": 1}, [{"id": []}]])
def test_calls_of_an_odd_shape_stay_as_they_are(tool_calls: Any) -> None:
    assert sent({"c1": SIGNED}, tool_calls=tool_calls)["tool_calls"] == tool_calls
