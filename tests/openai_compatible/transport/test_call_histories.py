"""Which tools may be called, and what of earlier calls is sent, over real sockets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_compatible import AsyncClient, Client
from openai_compatible.testing.loopback import Reply, event_stream, json_reply, loopback

from .conftest import ANSWER, FINISH, HELLO, delta

TEXT = '<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>'
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("add", "search")
]


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def write_call(seen: Any) -> Reply:
    if seen.json.get("stream"):
        return event_stream(delta(TEXT[:9]), delta(TEXT[9:]), FINISH)
    return json_reply({"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]})


def ask_both_ways(client: Client, **fields: Any) -> list[Any]:
    with client.stream(HELLO, **fields) as stream:
        *_, last = stream
    return [client.chat(HELLO, **fields), last]


@pytest.mark.parametrize(
    ("choice", "recovered"),
    [
        (None, True),
        ("auto", True),
        ("required", True),
        ("none", False),
        ("add", True),
        ("search", False),
        (named("add"), True),
        (named("search"), False),
        ({"name": "search"}, False),
        ({"type": "custom", "custom": {"name": "shell"}}, False),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [named("search")]}},
            False,
        ),
        ({"type": "allowed_tools", "tools": [named("search"), "odd", named("add")]}, True),
    ],
)
def test_only_tools_that_may_be_called_are_recovered_from_the_text(choice: Any, recovered: bool) -> None:
    with loopback(write_call) as server, Client(base_url=server.base_url, model="m") as client:
        for done in ask_both_ways(client, tools=TOOLS, tool_choice=choice):
            assert [call.name for call in done.tool_calls] == (["add"] if recovered else [])
            assert done.text == ("" if recovered else TEXT)
        with_extra = {"tool_choice": "none"}
        for done in ask_both_ways(client, tools=TOOLS, tool_choice=choice, extra_body=with_extra):
            assert (done.tool_calls, done.text) == ((), TEXT)


def parse_strictly(seen: Any) -> Reply:
    """A server that refuses a history it cannot read, as vLLM, SGLang and DeepSeek do."""
    for message in seen.json["messages"]:
        for call in message.get("tool_calls") or ():
            try:
                assert isinstance(json.loads(call["function"]["arguments"]), dict)
            except (ValueError, AssertionError):
                return json_reply({"error": {"message": "arguments are no JSON"}}, 400)
    return event_stream(delta("hi"), FINISH) if seen.json.get("stream") else json_reply(ANSWER)


async def test_a_broken_call_in_plain_messages_does_not_poison_the_history() -> None:
    broken = '{"path": "a.txt", "text": "half of'
    call = {"id": "c1", "type": "function", "function": {"name": "write", "arguments": broken}}
    messages = [*HELLO, {"role": "assistant", "content": None, "tool_calls": [call]}, *HELLO]
    with loopback(parse_strictly) as server:
        with Client(base_url=server.base_url, model="m") as client:
            answers = [client.chat(messages)]
            with client.stream(messages) as stream:
                answers.append([*stream][-1])  # type: ignore[arg-type]
        async with AsyncClient(base_url=server.base_url, model="m") as other:
            answers.append(await other.chat(messages))
    for done in answers:
        assert done.text == "hi"
        assert done.record is not None
        assert (
            "1 earlier tool call with arguments that are no JSON object (write)"
            in done.record.changes[0]
        )
    for seen in server.requests:
        sent = seen.json["messages"]
        assert json.loads(sent[1]["tool_calls"][0]["function"]["arguments"]) == {
            "invalid_arguments": broken
        }
        assert (sent[2]["role"], sent[2]["tool_call_id"]) == ("tool", "c1")
