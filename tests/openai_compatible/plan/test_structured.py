"""The ways to an object: which first, what follows, what is learned, when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible.errors import (
    AuthenticationError,
    ContextLengthExceededError,
    InvalidRequestError,
    OpenAICompatibleError,
)
from openai_compatible.plan.structured import (
    Failed,
    Learned,
    Tried,
    Try,
    choose,
    instruction,
    is_refusal_of,
    repair_request,
    structured,
)
from openai_compatible.profiles.profile import with_facts
from openai_compatible.wire.dialect.steps import PLAIN

FOUND = Tried(found=True, value=1)
MISSING = Tried(missing=True, problem="no JSON")
UNFIT = Tried(problem="x: too small")


def refused(message: str) -> Tried:
    return Tried(error=InvalidRequestError(message, status_code=400))


def run(ways: Any, *answers: Tried, repair: bool = True) -> tuple[list[Any], Any]:
    """What was yielded, and the end."""
    plan = structured(ways, repair=repair)
    left, seen = list(answers), []
    try:
        step = next(plan)
        while True:
            seen.append(step)
            step = plan.send(Tried() if isinstance(step, Learned) else left.pop(0))
    except StopIteration as end:
        assert not left
        return seen, end.value


@pytest.mark.parametrize(
    ("facts", "tools", "schema", "want"),
    [
        ({}, None, None, ["function_calling", "json_schema", "json_mode", "prompt"]),
        ({"json_schema": True}, None, None, ["json_schema", "function_calling", "json_mode", "prompt"]),
        ({}, None, True, ["json_schema", "function_calling", "json_mode", "prompt"]),
        ({"json_schema": True}, None, False, ["function_calling", "json_mode", "prompt"]),
        ({"tools": False}, None, None, ["json_schema", "json_mode", "prompt"]),
        ({"tools": False}, True, None, ["function_calling", "json_schema", "json_mode", "prompt"]),
        ({}, False, None, ["json_schema", "json_mode", "prompt"]),
        ({"tool_choices": ["auto"]}, None, None, ["json_schema", "json_mode", "prompt"]),
        (
            {"tool_choices": ["required"]},
            None,
            None,
            ["function_calling", "json_schema", "json_mode", "prompt"],
        ),
        ({"json_schema": False, "json_object": False, "tools": False}, None, None, ["prompt"]),
    ],
)
def test_what_is_known_chooses(facts: Any, tools: Any, schema: Any, want: list[str]) -> None:
    assert list(choose(with_facts(PLAIN, facts), tools=tools, structured_output=schema)) == want


def test_what_works_ends_it() -> None:
    assert run(["json_schema", "prompt"], FOUND) == ([Try("json_schema")], (FOUND, False))


def test_a_refused_way_is_followed_by_the_next_and_learned() -> None:
    seen, end = run(["json_schema", "prompt"], refused("response_format is unavailable"), FOUND)
    assert [type(step) for step in seen] == [Try, Learned, Try]
    assert seen[1].facts == {"json_schema": False}
    assert "refuses" in seen[1].text
    assert end == (FOUND, False)


def test_a_schema_that_is_refused_for_itself_teaches_nothing() -> None:
    seen, _ = run(["json_schema", "prompt"], refused("Invalid schema for response_format: $ref"), FOUND)
    assert seen[1].facts == {}


@pytest.mark.parametrize(
    ("way", "facts"),
    [
        ("json_schema", {"json_schema": False}),
        ("function_calling", {"tool_choices": ("none", "auto")}),
        ("json_mode", {"json_object": False}),
    ],
)
def test_an_ignored_way_is_followed_by_the_next_and_learned(way: Any, facts: Any) -> None:
    seen, _ = run([way, "prompt"], MISSING, FOUND)
    assert seen[1].facts == facts
    assert "does not obey" in seen[1].text


def test_an_object_that_does_not_fit_is_repaired_once_in_the_same_way() -> None:
    seen, end = run(["json_mode", "prompt"], UNFIT, FOUND)
    assert seen == [Try("json_mode"), Try("json_mode", "x: too small")]
    assert end == (FOUND, True)
    seen, end = run(["json_mode", "prompt"], UNFIT, MISSING)
    assert end == Failed("no JSON", ["json_mode"])


def test_repair_can_be_switched_off() -> None:
    assert run(["prompt"], UNFIT, repair=False)[1] == Failed("x: too small", ["prompt"])


def test_the_last_way_is_repaired_when_there_is_nothing() -> None:
    assert run(["prompt"], MISSING, FOUND)[1] == (FOUND, True)


def test_without_a_way_there_is_no_request() -> None:
    assert run([])[1] == Failed("no way to ask for an object is left", [])


@pytest.mark.parametrize(
    ("ways", "answers"),
    [
        (["json_schema"], [refused("response_format is unavailable")]),
        (["json_schema", "prompt"], [Tried(error=AuthenticationError("bad key", status_code=401))]),
        (["prompt"], [UNFIT, Tried(error=AuthenticationError("bad key", status_code=401))]),
    ],
)
def test_other_errors_are_raised(ways: Any, answers: Any) -> None:
    with pytest.raises(OpenAICompatibleError):
        run(ways, *answers)


def test_overflow_is_no_refusal_of_a_way() -> None:
    long = ContextLengthExceededError("the schema is too long", status_code=400)
    assert not is_refusal_of("json_schema", long)
    assert not is_refusal_of("prompt", InvalidRequestError("schema", status_code=400))


def test_what_the_prompt_and_the_repair_say() -> None:
    assert "{}" in instruction("{}")
    assert "x: too small" in repair_request("x: too small")
