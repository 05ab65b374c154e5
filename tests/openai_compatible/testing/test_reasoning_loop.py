"""The server that demands or refuses its thoughts back, asked over plain HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from openai_compatible.client import Client
from openai_compatible.testing.loopback import Loopback, loopback
from openai_compatible.testing.reasoning_loop import FINAL, MODEL, TOOL, TOOL_TURNS, reasoning_loop

TOOLS = [{"type": "function", "function": {"name": TOOL, "parameters": {"type": "object"}}}]
FIELDS = ["reasoning_content", "reasoning", "reasoning_details", "thinking_blocks", "content", "<think>"]


def ask(server: Loopback, messages: list[Any], **more: Any) -> dict[str, Any]:
    body = {"model": MODEL, "messages": messages, "tools": TOOLS, **more}
    request = urllib.request.Request(f"{server.base_url}/chat/completions", json.dumps(body).encode())
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["choices"][0]["message"]


def run(server: Loopback, messages: list[Any], *, without: str | None = None) -> dict[str, Any]:
    """One user turn, to its last message."""
    while True:
        said = ask(server, messages)
        messages.append({k: v for k, v in said.items() if k != without})
        if "tool_calls" not in said:
            return said
        messages += [
            {"role": "tool", "tool_call_id": c["id"], "content": "done"} for c in said["tool_calls"]
        ]


@pytest.mark.parametrize("field", [*FIELDS, "thought_signature"])
def test_a_history_with_every_thought_as_it_was_comes_to_the_end(field: str) -> None:
    with loopback(reasoning_loop("demands", field=field)) as server:
        messages = [{"role": "user", "content": "go"}]
        assert FINAL in json.dumps(run(server, messages)["content"])
        assert len(server.requests) == TOOL_TURNS + 1
        messages.append({"role": "user", "content": "again"})
        run(server, messages)
        assert len(server.requests) == 2 * (TOOL_TURNS + 1)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "reasoning_details"])
def test_demands_refuses_a_history_without_its_thoughts(field: str) -> None:
    with loopback(reasoning_loop("demands", field=field)) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            run(server, [{"role": "user", "content": "go"}], without=field)
        with caught.value:
            assert (
                f"The {field} in the thinking mode must be passed back" in caught.value.read().decode()
            )
        assert len(server.requests) == 2


def test_demands_forgets_earlier_user_turns_unless_every_turn_counts() -> None:
    def two_turns(server: Loopback) -> None:
        messages: list[Any] = [{"role": "user", "content": "go"}]
        run(server, messages)
        bare = [{k: v for k, v in m.items() if k != "reasoning_content"} for m in messages]
        run(server, [*bare, {"role": "user", "content": "again"}])

    with loopback(reasoning_loop("demands")) as server:
        two_turns(server)
    with loopback(reasoning_loop("demands", every_turn=True)) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            two_turns(server)
        caught.value.close()


@pytest.mark.parametrize("field", [*FIELDS, "thought_signature"])
def test_refuses_names_the_place_of_a_thought(field: str) -> None:
    with loopback(reasoning_loop("refuses", field=field)) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            run(server, [{"role": "user", "content": "go"}])
        with caught.value:
            item = json.load(caught.value)["message"]["detail"][0]
        assert item["type"] == "extra_forbidden"
        assert item["loc"][:4] == ["body", "messages", 1, "assistant"]


def test_refuses_takes_a_history_without_thoughts() -> None:
    with loopback(reasoning_loop("refuses")) as server:
        run(server, [{"role": "user", "content": "go"}], without="reasoning_content")


@pytest.mark.parametrize("bad", ["no tool", "unanswered call", "answer to nothing"])
def test_a_broken_conversation_is_always_refused(bad: str) -> None:
    messages: list[Any] = [{"role": "user", "content": "go"}]
    with loopback(reasoning_loop("accepts")) as server:
        if bad == "unanswered call":
            messages.append(ask(server, messages))
        if bad == "answer to nothing":
            messages.append({"role": "tool", "tool_call_id": "x", "content": "done"})
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(server, messages, tools=TOOLS if bad != "no tool" else [])
        caught.value.close()


@pytest.mark.parametrize(
    "field",
    [
        "reasoning_content",
        "reasoning",
        "reasoning_details",
        "thinking_blocks",
        "content",
        "thought_signature",
    ],
)
def test_a_stream_says_the_same_as_a_whole_body(field: str) -> None:
    with loopback(reasoning_loop("accepts", field=field)) as server:
        client = Client(model=MODEL, base_url=server.base_url)
        asked = [{"role": "user", "content": "go"}]
        whole = client.chat(asked, tools=TOOLS)
        streamed = list(client.stream(asked, tools=TOOLS))[-1]
        client.close()
    assert streamed.choices == whole.choices
    assert whole.reasoning == "Thought 1.1: step 1 comes next."
