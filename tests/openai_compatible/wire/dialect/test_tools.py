"""Tools in a dialect: choice, ids, types."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.profiles.profile import with_facts
from openai_compatible.wire.dialect.steps import PLAIN, spoken
from openai_compatible.wire.dialect.tools import nine


def offered(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "function", "function": {"name": name, **more}} for name in names]


def said(body: Any, **facts: Any) -> Any:
    return spoken(body, with_facts(PLAIN, facts)).body


NAMED = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("known", "choice", "want", "tools"),
    [
        (["named", "auto"], NAMED, NAMED, "fg"),
        (["none", "auto", "required"], NAMED, "required", "f"),
        (["none", "auto"], NAMED, "auto", "f"),
        (["none", "auto"], "required", "auto", "fg"),
        (["auto"], "auto", "auto", "fg"),
        ([], "auto", None, "fg"),
        ([], "none", "none", "fg"),
        (["auto"], {"type": "function", "function": {"name": "h"}}, ..., "fg"),
        (["auto"], None, None, "fg"),
    ],
)
def test_a_choice_becomes_the_nearest_that_is_obeyed(
    known: list[str], choice: Any, want: Any, tools: str
) -> None:
    """tool-choice-forms"""
    body = {"tools": offered("f", "g"), **({} if choice is None else {"tool_choice": choice})}
    made = said(body, tool_choices=known)
    assert made.get("tool_choice") == (choice if want is ... else want)
    assert [tool["function"]["name"] for tool in made["tools"]] == list(tools)


def test_required_has_another_word() -> None:
    assert said({"tool_choice": "required"}, tool_choice_required="any") == {"tool_choice": "any"}
    assert said({"tool_choice": "auto"}, tool_choice_required="any") == {"tool_choice": "auto"}


def test_parameters_that_are_refused_are_left_out() -> None:
    """parallel-tool-calls-param, tool-strict-field"""
    assert said({"parallel_tool_calls": False}, parallel_tool_calls=False) == {}
    assert said({}, parallel_tool_calls=False) == {}
    strict = [*offered("f", strict=True), *offered("g"), "odd"]
    assert said({"tools": strict}, strict_tools=False) == {"tools": [*offered("f", "g"), "odd"]}
    assert said({"tools": offered("g")}, strict_tools=False) == {"tools": offered("g")}


def test_ids_are_rewritten_alike_in_calls_and_answers() -> None:
    """tool-id-format-mistral"""
    call = {"id": "call_0fypS1hVX", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "assistant", "tool_calls": [call, {**call, "id": "abcdefgh1"}, "odd", {"id": 3}]},
        {"role": "tool", "tool_call_id": "call_0fypS1hVX"},
        {"role": "tool", "tool_call_id": "abcdefgh1"},
        {"role": "tool", "tool_call_id": 3, "tool_calls": "odd"},
        "odd",
    ]
    made = said({"messages": messages}, tool_ids="nine")["messages"]
    first = made[0]["tool_calls"][0]["id"]
    assert first == made[1]["tool_call_id"] != "call_0fypS1hVX"
    assert len(first) == 9
    assert first.isalnum()
    assert made[0]["tool_calls"][1]["id"] == made[2]["tool_call_id"] == "abcdefgh1"
    assert made[0]["tool_calls"][2:] == ["odd", {"id": 3}]
    assert made[3:] == messages[3:]


@given(st.text(), st.text())
def test_nine_signs_are_the_same_for_the_same_id_only(one: str, other: str) -> None:
    assert len(nine(one)) == 9
    assert nine(one).isascii()
    assert nine(nine(one)) == nine(one)
    assert one == other or nine(one) != nine(other) or nine(one) == other or nine(other) == one


@pytest.mark.parametrize(
    ("call", "want"),
    [
        ({"function": {"name": "f", "arguments": ""}}, {"name": "f", "arguments": "{}"}),
        ({"function": {"name": "f"}}, {"name": "f", "arguments": "{}"}),
        ({"function": {"name": "f", "arguments": None}}, {"name": "f", "arguments": "{}"}),
        ({"function": {"name": "f", "arguments": {}}}, {"name": "f", "arguments": "{}"}),
    ],
)
def test_a_call_has_a_type_and_arguments(call: Any, want: Any) -> None:
    """tool-type-missing, tool-arguments-empty-outgoing"""
    made = said({"messages": [{"role": "assistant", "tool_calls": [call]}]})
    assert made["messages"][0]["tool_calls"] == [{"type": "function", "function": want}]


def test_calls_that_are_whole_or_odd_stay() -> None:
    whole = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = {
        "messages": [{"tool_calls": [whole, {}, "odd"]}, {"tool_calls": None}, {"tool_call_id": "a"}]
    }
    assert said(body) is body


def test_tools_without_strict_are_the_same_object() -> None:
    body = {"tools": offered("f")}
    assert said(body, strict_tools=False) is body
    kept = {"tools": offered("f", strict=True)}
    assert said(kept) is kept


def test_a_history_with_calls_gets_a_tool_that_does_nothing() -> None:
    """tool-empty-list-and-history"""
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    history = {"messages": ["odd", {"role": "assistant", "tool_calls": [call]}]}
    made = said(history, tools_with_calls="placeholder")
    assert [tool["function"]["name"] for tool in made["tools"]] == ["no_tool"]
    offering = {**history, "tools": offered("f")}
    assert said(offering, tools_with_calls="placeholder") is offering
    plain = {"messages": [{"role": "user", "content": "Hi"}]}
    assert said(plain, tools_with_calls="placeholder") is plain
    assert said({"messages": "odd"}, tools_with_calls="placeholder") == {"messages": "odd"}


def test_a_call_of_a_custom_tool_is_sent_back_as_one() -> None:
    tools = [{"type": "custom", "custom": {"name": "shell"}}, *offered("f"), {"type": "custom"}, "odd"]
    given = '{"input": "ls -l"}'
    calls = [
        {"id": "a", "type": "function", "function": {"name": "shell", "arguments": given}},
        {"id": "b", "type": "function", "function": {"name": "f", "arguments": given}},
        {"id": "c", "type": "function", "function": {"name": "shell", "arguments": '{"input": 7}'}},
    ]
    body = {"tools": tools, "messages": [{"role": "assistant", "tool_calls": calls}]}
    sent = said(body)["messages"][0]["tool_calls"]
    assert sent[0] == {"id": "a", "type": "custom", "custom": {"name": "shell", "input": "ls -l"}}
    assert sent[1] is calls[1]
    assert sent[2]["custom"] == {"name": "shell", "input": ""}
    assert said({**body, "tools": offered("f")})["messages"] is body["messages"]
