"""A broken call in the history is sent in a form that every server reads."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.profiles.profile import Profile
from openai_compatible.types import ChatRequest
from openai_compatible.wire.dialect.broken_calls import BROKEN_KEY, NOT_RUN, repair_calls
from openai_compatible.wire.dialect.steps import PLAIN, spoken
from openai_compatible.wire.request import written


def call(arguments: Any, name: str = "f", id: str = "c1") -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def history(*calls: Any, answers: tuple[str, ...] = ("c1",)) -> dict[str, Any]:
    return {
        "model": "m",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "tool_calls": list(calls)},
            *({"role": "tool", "tool_call_id": one, "content": "ok"} for one in answers),
            {"role": "user", "content": "On"},
        ],
    }


BROKEN = [
    '{"path": "a.txt", "text": "half of',
    '{"pa',
    "{",
    "[1]",
    "7",
    '"text"',
    "true",
    "{'a': 1}",
    '{"a": NaN}',
    '{"a": 1}{"b": 2}',
    '{"a": 1,}',
    "rm -rf",
    '{"a": "\ud83d',
    " ",
    "[" * 5_000,
    [1],
    7,
    True,
    {"a": {1}},
]


@pytest.mark.parametrize("arguments", [one for one in BROKEN if one != " "])
def test_broken_arguments_are_an_object_that_holds_the_models_text(arguments: Any) -> None:
    body = history(call(arguments))
    made = spoken(body, PLAIN)
    sent = made.body["messages"][1]["tool_calls"][0]["function"]["arguments"]
    value = json.loads(sent)
    assert list(value) == [BROKEN_KEY]
    sent.encode()
    if isinstance(arguments, str):
        assert value[BROKEN_KEY].replace("\ufffd", "\ud83d") == arguments
    assert "1 earlier tool call with arguments that are no JSON object (f)" in made.notes[0]
    assert len(made.body["messages"]) == len(body["messages"])
    assert body == history(call(arguments))


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ("", "{}"),
        (None, "{}"),
        (" ", "{}"),
        ("null", "{}"),
        ({"a": 1}, '{"a": 1}'),
        ('"{\\"a\\": 1}"', '{"a": 1}'),
        ('{"a": "x\ny"}', '{"a": "x\\ny"}'),
        ('{"a": 1}', '{"a": 1}'),
        ('{"a":1, "a":2}', '{"a":1, "a":2}'),
    ],
)
def test_another_form_of_an_object_is_its_text_without_a_note(arguments: Any, sent: str) -> None:
    made = spoken(history(call(arguments)), PLAIN)
    assert made.body["messages"][1]["tool_calls"][0]["function"]["arguments"] == sent
    assert made.notes == ()


def test_a_readable_history_is_the_same_object() -> None:
    odd = [{"role": "assistant", "tool_calls": [None, 7, {"id": "x"}, {"function": "f"}]}, "odd"]
    for body in (
        history(call('{"a": {}}')),
        {"messages": odd},
        {"messages": "odd"},
        {"messages": [{"role": "user", "content": "Hi"}]},
        {"messages": [{"role": "assistant", "tool_calls": "odd", "function_call": "odd"}]},
        {"messages": [{"role": "user", "tool_calls": [call("{")]}]},
    ):
        assert repair_calls(body).body is body


def test_a_broken_call_without_an_answer_is_answered_where_servers_want_it() -> None:
    body = history(call("{", id="a"), call("{}", id="b"), call("[", id="c"), answers=("b", "c"))
    messages = repair_calls(body).body["messages"]
    assert [m.get("tool_call_id") for m in messages] == [None, None, "b", "c", "a", None]
    assert messages[4] == {"role": "tool", "tool_call_id": "a", "content": NOT_RUN}
    last = {"messages": history(call("{"), answers=())["messages"][:2]}
    assert repair_calls(last).body["messages"][2]["tool_call_id"] == "c1"
    nameless = {"function": {"name": "f", "arguments": "{"}}
    assert (
        len(
            repair_calls({"messages": [{"role": "assistant", "tool_calls": [nameless]}]}).body[
                "messages"
            ]
        )
        == 1
    )


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("", "unnamed_tool"),
        (" search\n", "search"),
        ("a<|channel|>b", "a_channel_b"),
        ("|", "unnamed_tool"),
    ],
)
def test_a_name_that_servers_refuse_is_sent_without_what_they_refuse(name: str, sent: str) -> None:
    made = spoken(history(call("{}", name)), PLAIN).body["messages"][1]["tool_calls"][0]["function"]
    assert made == {"name": sent, "arguments": "{}"}
    for kept in ("get-weather", "ns.tool", "a:b", "wetter_für"):
        body = history(call("{}", kept))
        assert spoken(body, PLAIN).body is body


def test_a_legacy_call_is_repaired_too() -> None:
    body = {"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": "{"}}]}
    made = repair_calls(body)
    assert json.loads(made.body["messages"][0]["function_call"]["arguments"]) == {BROKEN_KEY: "{"}
    whole = {"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}]}
    assert repair_calls(whole).body is whole


def test_the_note_names_all_tools_once_and_reaches_the_request() -> None:
    body = history(call("{", "f"), call("[", "g", "c2"), call("{", "f", "c3"))
    made = written(ChatRequest("m", body["messages"]), Profile(name="p"))
    assert made.notes[0].startswith("3 earlier tool calls with arguments that are no JSON object (f, g)")


@given(
    st.text(max_size=30)
    | st.sampled_from(["{", "}", '{"a":'])
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=3), x, max_size=3),
    )
)
def test_whatever_the_arguments_are_a_strict_parser_reads_an_object(arguments: Any) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    body = repair_calls(history(call(arguments))).body
    sent = spoken(body, PLAIN).body["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert isinstance(json.loads(sent, parse_constant=refuse), dict)
    assert repair_calls(body).body is body or arguments in ("", None)
