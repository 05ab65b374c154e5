"""All steps together: nothing is mutated, nothing fails, twice is as once."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.profiles.registry import names, profile
from openai_compatible.wire.dialect.step import any_with, roles
from openai_compatible.wire.dialect.steps import PLAIN, STEPS, rebuild, spoken

FACTS = st.fixed_dictionaries(
    {},
    optional={
        "max_tokens_field": st.sampled_from(["max_tokens", "max_completion_tokens"]),
        "drops": st.just(["seed"]),
        "stream_usage": st.booleans(),
        "stream_only": st.booleans(),
        "system_role": st.sampled_from(["system", "as_given", "user"]),
        "system_messages": st.sampled_from(["as_given", "merge_leading", "merge_all"]),
        "merge_turns": st.booleans(),
        "tool_then_user": st.booleans(),
        "text_parts": st.sampled_from(["as_given", "string"]),
        "call_content": st.sampled_from(["null", "empty", "omit"]),
        "message_names": st.booleans(),
        "tool_images": st.sampled_from(["as_given", "user"]),
        "assistant_media": st.sampled_from(["omit", "as_given", "images", "audio_id"]),
        "prefill": st.sampled_from(["as_given", "prefix", "continue_final_message"]),
        "tools_with_calls": st.sampled_from(["as_given", "placeholder"]),
        "tool_choices": st.sampled_from([None, [], ["auto"], ["none", "auto", "required"]]),
        "tool_choice_required": st.sampled_from(["required", "any"]),
        "parallel_tool_calls": st.sampled_from([None, False]),
        "tool_ids": st.sampled_from(["as_given", "nine"]),
        "strict_tools": st.sampled_from([None, False]),
        "schemas": st.sampled_from(["as_given", "inlined", "minimal"]),
        "strict_schema": st.booleans(),
        "json_word": st.booleans(),
        "schema_with_tools": st.sampled_from([None, False]),
        "reasoning_replay": st.sampled_from(["never", "tool_loop", "tool_calls", "always"]),
        "reasoning_field": st.sampled_from([None, "reasoning", "content", "<think>"]),
        "reasoning_filler": st.sampled_from([None, ""]),
    },
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", "system", "json"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "type", "text", "function", "name", "id", "properties"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
CALL = st.fixed_dictionaries(
    {
        "function": st.fixed_dictionaries(
            {"name": st.just("f"), "arguments": st.sampled_from(["", "{}"])}
        )
    },
    optional={"id": st.sampled_from(["a", "abcdefgh1"]), "type": st.just("function")},
)
PART = st.sampled_from(
    [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:,"}}, {"type": "x"}]
)
MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "developer", "user", "assistant", "tool"]),
        "content": st.none() | st.sampled_from(["", "a"]) | st.lists(PART, max_size=3),
    },
    optional={
        "name": st.just("ann"),
        "tool_calls": st.lists(CALL, max_size=2),
        "tool_call_id": st.sampled_from(["a", "abcdefgh1"]),
        "reasoning_memory": st.just({"text": "hm", "field": "reasoning_content"}),
    },
)
BODY = st.fixed_dictionaries(
    {"messages": st.lists(MESSAGE | ODD, max_size=5) | ODD},
    optional={
        "max_tokens": st.just(5),
        "seed": st.just(1),
        "stop": st.sampled_from(["a", ["a"]]),
        "tools": st.just([{"type": "function", "function": {"name": "f", "strict": True}}]) | ODD,
        "tool_choice": st.sampled_from(
            ["auto", "required", {"type": "function", "function": {"name": "f"}}]
        )
        | ODD,
        "parallel_tool_calls": st.booleans(),
        "response_format": st.sampled_from([{"type": "json_object"}]) | ODD,
        "stream_options": st.just({"include_usage": True}) | ODD,
        "reasoning_request": st.sampled_from(["low", None]),
    },
)


@given(FACTS, BODY)
@settings(max_examples=600, deadline=None)
def test_any_body_in_any_dialect(facts: dict[str, Any], body: dict[str, Any]) -> None:
    before = copy.deepcopy(body)
    dialect = with_facts(PLAIN, facts)
    made = spoken(body, dialect)
    assert body == before, "what was given is not changed"
    assert "reasoning_memory" not in str(made.body)
    assert "reasoning_request" not in made.body
    assert rebuild(body, made.dialect) == made.body
    again = spoken(made.body, dialect)
    assert again.body == made.body, "twice is as once"


@given(BODY)
@settings(deadline=None)
def test_a_step_returns_the_same_object_when_nothing_changes(body: dict[str, Any]) -> None:
    for step in STEPS:
        once = step.apply(body, PLAIN)
        assert (once is body) == (once == body), step.apply.__name__


@pytest.mark.parametrize("name", names())
def test_the_dialect_of_every_profile_can_be_spoken(name: str) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    made = spoken(body, profile(name))
    assert made.body["messages"]
    assert rebuild(body, made.dialect) == made.body


def test_the_quick_looks_take_messages_of_any_shape() -> None:
    assert roles([{"role": "user"}, {"role": "tool"}]) == {"user", "tool"}
    assert roles([{"role": "user"}, {}, "odd", {"role": ["x"]}]) == {"user"}
    assert any_with([{"a": 1}], "a")
    assert any_with([3, {"a": 1}], "a")
    assert not any_with([3], "a")


def test_a_profile_of_no_difference_changes_nothing() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    assert spoken(body, Profile(name="p")).body is body
