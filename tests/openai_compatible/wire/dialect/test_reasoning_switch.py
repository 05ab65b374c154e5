"""``reasoning=`` in each dialect (reasoning-switch), and reasoning on its way back."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible.errors import ConfigError
from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.types import ChatRequest
from openai_compatible.wire.dialect.reasoning import remembered
from openai_compatible.wire.dialect.steps import PLAIN, spoken
from openai_compatible.wire.request import chat_body


def sent(reasoning: Any, *, body: Any = None, **facts: Any) -> dict[str, Any]:
    request = ChatRequest("m", [], reasoning=reasoning, sampling=body or {})
    made = chat_body(request, with_facts(Profile(name="p"), facts))
    return {key: value for key, value in made.items() if key not in ("model", "messages")}


@pytest.mark.parametrize(
    ("switch", "value", "want"),
    [
        (None, "low", {"reasoning_effort": "low"}),
        ("reasoning_effort", "low", {"reasoning_effort": "low"}),
        ("reasoning_effort", True, {"reasoning_effort": "medium"}),
        ("reasoning_effort", False, {"reasoning_effort": "none"}),
        ("reasoning_effort", "none", {"reasoning_effort": "none"}),
        ("reasoning_object", "low", {"reasoning": {"effort": "low"}}),
        ("reasoning_object", True, {"reasoning": {"enabled": True}}),
        ("reasoning_object", False, {"reasoning": {"enabled": False}}),
        (
            "reasoning_object",
            {"budget": 9, "exclude": True},
            {"reasoning": {"exclude": True, "max_tokens": 9}},
        ),
        ("thinking_object", True, {"thinking": {"type": "enabled"}}),
        ("thinking_object", False, {"thinking": {"type": "disabled"}}),
        (
            "thinking_object",
            {"effort": "high", "budget": 9},
            {"thinking": {"type": "enabled", "budget_tokens": 9}, "reasoning_effort": "high"},
        ),
        ("enable_thinking", "low", {"enable_thinking": True}),
        ("enable_thinking", {"enabled": False}, {"enable_thinking": False}),
        ("enable_thinking", {"budget": 9}, {"enable_thinking": True, "thinking_budget": 9}),
        ("template_enable_thinking", False, {"chat_template_kwargs": {"enable_thinking": False}}),
        ("template_thinking", True, {"chat_template_kwargs": {"thinking": True}}),
    ],
)
def test_one_switch_in_every_dialect(switch: Any, value: Any, want: Any) -> None:
    assert sent(value, reasoning_switch=switch) == want


def test_other_arguments_of_the_template_stay() -> None:
    body = {"chat_template_kwargs": {"tone": "dry"}}
    made = sent(True, body=body, reasoning_switch="template_thinking")
    assert made["chat_template_kwargs"] == {"thinking": True, "tone": "dry"}
    odd = sent(True, body={"chat_template_kwargs": 3}, reasoning_switch="template_thinking")
    assert odd["chat_template_kwargs"] == {"thinking": True}


def test_the_usual_effort_is_one_that_the_server_knows() -> None:
    facts = {"reasoning_switch": "reasoning_effort", "reasoning_efforts": ["low", "high"]}
    assert sent(True, **facts) == {"reasoning_effort": "high"}


@pytest.mark.parametrize(
    ("facts", "value", "match"),
    [
        ({}, True, "reasoning_switch"),
        ({}, {"budget": 3}, "reasoning_switch"),
        ({}, "off", "reasoning_switch"),
        ({"reasoning_switch": "enable_thinking"}, 3, "cannot be 3"),
        ({"reasoning_switch": "enable_thinking"}, {"exclude": True}, "exclude"),
        ({"reasoning_switch": "reasoning_effort", "reasoning_efforts": ["low"]}, "high", "low"),
        ({"reasoning_switch": "reasoning_effort", "reasoning_efforts": ["low"]}, False, "none"),
    ],
)
def test_what_has_no_form_is_an_error_that_says_what_has(facts: Any, value: Any, match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        sent(value, **facts)


MEMORY = {"text": "hm", "field": "reasoning_content", "origin": "http://a", "model": "m"}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def back(memory: Any, content: Any = "Hi", **facts: Any) -> dict[str, Any]:
    """The assistant's message as it is sent back, without role."""
    message = {"role": "assistant", "content": content, "reasoning_memory": memory}
    facts = {"reasoning_replay": "always", **facts}
    made = spoken({"messages": [{"role": "user"}, message]}, with_facts(PLAIN, facts)).body
    return {key: value for key, value in made["messages"][1].items() if key != "role"}


@pytest.mark.parametrize(
    ("memory", "facts", "want"),
    [
        ({"text": "hm", "field": "reasoning"}, {}, {"content": "Hi", "reasoning": "hm"}),
        ({"text": "hm"}, {}, {"content": "Hi", "reasoning_content": "hm"}),
        ({"text": "hm", "field": "<x>"}, {}, {"content": "Hi", "reasoning_content": "hm"}),
        ({"text": "hm", "field": 3}, {}, {"content": "Hi", "reasoning_content": "hm"}),
        (
            {"text": "hm", "field": "reasoning"},
            {"reasoning_field": "reasoning_content"},
            {"content": "Hi", "reasoning_content": "hm"},
        ),
        ({"text": "hm", "field": "<think>"}, {}, {"content": "<think>hm</think>\n\nHi"}),
        ({"text": ""}, {}, {"content": "Hi"}),
        ({"text": 3}, {}, {"content": "Hi"}),
        (
            {"text": "hm", "field": "content"},
            {},
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "Hi"},
                ]
            },
        ),
        (
            {"text": "hm", "field": "content", "parts": [{"type": "thinking", "signature": "s"}]},
            {},
            {"content": [{"type": "thinking", "signature": "s"}, {"type": "text", "text": "Hi"}]},
        ),
        (
            {
                "text": "hm",
                "field": "reasoning_details",
                "details": [1],
                "detail_field": "reasoning_details",
            },
            {},
            {"content": "Hi", "reasoning_details": [1]},
        ),
        (
            {"text": "hm", "field": "reasoning", "details": [1]},
            {},
            {"content": "Hi", "reasoning_details": [1], "reasoning": "hm"},
        ),
        (
            {"text": "hm", "details": [1]},
            {"reasoning_field": "reasoning_content"},
            {"content": "Hi", "reasoning_content": "hm"},
        ),
        ("odd", {}, {"content": "Hi"}),
    ],
)
def test_reasoning_goes_back_in_its_form_or_in_the_one_the_dialect_names(
    memory: Any, facts: Any, want: Any
) -> None:
    assert back(memory, **facts) == want


def test_contents_of_other_kinds_stay() -> None:
    parts = [{"type": "text", "text": "a"}]
    assert back({"text": "hm", "field": "<think>"}, parts)["content"] == parts
    assert back({"text": "hm", "field": "content"}, parts)["content"][1:] == parts
    assert back({"text": "hm", "field": "content"}, None)["content"][1:] == []
    assert back({"text": "hm", "field": "<think>"}, None)["content"] == "<think>hm</think>\n\n"


@pytest.mark.parametrize(
    ("policy", "want"),
    [
        ("never", [False, False, False, False]),
        ("tool_loop", [False, False, False, True]),
        ("tool_calls", [True, False, False, True]),
        ("always", [True, True, True, True]),
    ],
)
def test_the_policy_says_which_messages(policy: str, want: list[bool]) -> None:
    def said(**more: Any) -> dict[str, Any]:
        return {"role": "assistant", "content": "", "reasoning_memory": MEMORY, **more}

    user = {"role": "user", "content": "Hi"}
    tool = {"role": "tool", "tool_call_id": "c", "content": "1"}
    messages = [
        user,
        said(tool_calls=[CALL]),
        tool,
        said(),
        user,
        said(),
        user,
        said(tool_calls=[CALL]),
        tool,
    ]
    made = spoken({"messages": messages}, with_facts(PLAIN, {"reasoning_replay": policy})).body
    found = ["reasoning_content" in m for m in made["messages"] if m["role"] == "assistant"]
    assert found == want


def test_where_there_is_none_the_filler_goes() -> None:
    facts = {"reasoning_replay": "tool_calls", "reasoning_filler": ""}
    message = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    own = {**message, "reasoning_content": "mine"}
    made = spoken({"messages": [message, own]}, with_facts(PLAIN, facts)).body["messages"]
    assert made[0]["reasoning_content"] == ""
    assert made[1] is own
    named = spoken({"messages": [message]}, with_facts(PLAIN, {**facts, "reasoning_field": "reasoning"}))
    assert named.body["messages"][0]["reasoning"] == ""


def test_reasoning_of_another_origin_or_model_stays_behind() -> None:
    mine = {"role": "assistant", "reasoning_memory": MEMORY}
    messages = [mine, "odd", {"role": "user"}, {"role": "assistant", "reasoning_memory": 3}]
    kept = remembered(messages, "http://a", "m")
    assert kept == [mine, "odd", {"role": "user"}, {"role": "assistant"}]
    for origin, model in (("http://b", "m"), ("http://a", "n")):
        assert remembered([mine], origin, model) == [{"role": "assistant"}]
    plain = [{"role": "user"}]
    assert remembered(plain, "http://a", "m") is plain


def test_a_conversation_without_a_user_is_one_loop() -> None:
    first = {"role": "assistant", "content": "", "reasoning_memory": MEMORY, "tool_calls": [CALL]}
    dialect = with_facts(PLAIN, {"reasoning_replay": "tool_loop"})
    made = spoken({"messages": [first]}, dialect).body["messages"]
    assert made[0]["reasoning_content"] == "hm"


def test_nothing_to_send_back_is_the_same_object() -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "a"}]}
    assert spoken(body, with_facts(PLAIN, {"reasoning_replay": "always"})).body is body
