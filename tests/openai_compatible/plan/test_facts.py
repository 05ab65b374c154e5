"""One answer from what was written by hand, what the server said, and its family's rows."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible import Model, ModelInfo, Provider, Target
from openai_compatible.plan.facts import family, known_facts
from openai_compatible.profiles.profile import with_facts


def target(profile: str | None = None, dialect: Any = None, **facts: Any) -> Target:
    provider = Provider(
        name="p",
        base_url="http://127.0.0.1:1/v1",
        profile=profile,
        dialect=dialect or {},
        models={"m": Model(**facts)},
    )
    return Target.at(provider, "m")


@pytest.mark.parametrize(
    ("written", "said", "profile", "want"),
    [
        ({}, None, None, {}),
        ({"tools": False}, {"tools": True}, "openai", {"tools": False, "structured_output": True}),
        ({}, {"tools": False}, "openai", {"tools": False, "structured_output": True}),
        ({}, {}, "openai", {"tools": True, "structured_output": True}),
        ({"context_window": 9}, {"context_window": 8, "dimensions": 3}, None, {"context_window": 9}),
        ({}, {"context_window": 8}, None, {"context_window": 8}),
        ({"input_cost": 0}, {"input_cost": 2.5, "output_cost": 10.0}, None, {"input_cost": 0}),
        ({}, {"input_cost": 0.0}, None, {"input_cost": 0.0}),
        ({"reasoning": False}, {"reasoning": True}, None, {"reasoning": False}),
        ({"image_inputs": True}, {"image_inputs": False}, None, {"image_inputs": True}),
    ],
)
def test_hand_written_beats_said_and_said_beats_the_family(
    written: Any, said: Any, profile: str | None, want: Any
) -> None:
    info = None if said is None else ModelInfo("m", **said)
    found = known_facts(target(profile, **written), info)
    assert {name: getattr(found, name) for name in want} == want
    if not said and profile is None:
        assert found == ModelInfo("m")


def test_what_only_the_server_knows_is_kept() -> None:
    info = ModelInfo("m", input_modalities=("text",), owned_by="x", raw={"a": 1}, dimensions=3)
    assert known_facts(target(), info) == info


def test_facts_of_the_dialect_are_facts_of_the_family() -> None:
    assert known_facts(target(dialect={"tools": False})).tools is False
    taught = with_facts(family(target("openai")), {"json_schema": False})
    assert known_facts(target("openai"), None, taught).structured_output is False


def test_a_family_that_only_a_plugin_knows_says_nothing_yet() -> None:
    assert family(target("of-a-plugin")).name == "generic"
