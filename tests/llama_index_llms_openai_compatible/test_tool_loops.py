"""Agents that think between tool calls, against servers that are strict about thoughts.

reasoning-must-echo: 400 where a thought of the loop is missing. reasoning-must-strip: 400 where one is
sent. The servers are ``openai_compatible.testing.reasoning_loop``.
"""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ThinkingBlock
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import FunctionTool

from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible.errors import AdaptationWarning, InvalidRequestError
from openai_compatible.testing.loopback import Loopback, in_order, json_reply, loopback
from openai_compatible.testing.reasoning_loop import (
    FINAL,
    MODEL,
    TOOL_TURNS,
    final_thought,
    reasoning_loop,
    thought,
)

ECHO = {"reasoning_replay": "tool_loop"}
FIELDS = ["reasoning", "reasoning_details", "thinking_blocks", "content", "<think>", "thought_signature"]
ALL = [*(thought(1, turn) for turn in range(1, TOOL_TURNS + 1)), final_thought(1)]


def step(number: int) -> str:
    """Take one step."""
    return f"step {number} done"


TOOL = FunctionTool.from_defaults(step)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""LlamaIndex's agents walk through all attributes of pydantic models, deprecated ones too."""


def llm(server: Loopback, **fields: Any) -> OpenAICompatible:
    return OpenAICompatible(**{"model": MODEL, "base_url": server.base_url, **fields})


async def agent(model: OpenAICompatible, *, streaming: bool, memory: Any = None) -> str:
    made = FunctionAgent(tools=[TOOL], llm=model, streaming=streaming)
    try:
        return str(await made.run("Take all the steps.", memory=memory, max_iterations=20))
    finally:
        await model.aclose()


def thoughts(messages: list[ChatMessage]) -> list[str]:
    blocks = (block for message in messages for block in message.blocks)
    return [block.content or "" for block in blocks if isinstance(block, ThinkingBlock)]


@pytest.mark.parametrize("streaming", [True, False])
async def test_five_tool_turns_pass_where_reasoning_must_come_back(streaming: bool) -> None:
    memory = ChatMemoryBuffer.from_defaults(token_limit=100_000)
    with loopback(reasoning_loop("demands")) as server:
        assert await agent(llm(server, dialect=ECHO), streaming=streaming, memory=memory) == FINAL
        assert len(server.requests) == TOOL_TURNS + 1
        history = server.requests[-1].json["messages"]
    assert [m["reasoning_content"] for m in history if m["role"] == "assistant"] == ALL[:-1]
    assert thoughts(memory.get_all()) == ALL


@pytest.mark.parametrize("streaming", [True, False])
async def test_five_tool_turns_pass_where_reasoning_must_not_come_back(streaming: bool) -> None:
    with loopback(reasoning_loop("refuses")) as server:
        assert await agent(llm(server), streaming=streaming) == FINAL
        assert len(server.requests) == TOOL_TURNS + 1


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("field", FIELDS)
async def test_thoughts_go_back_in_the_form_they_came_in(field: str, streaming: bool) -> None:
    with loopback(reasoning_loop("demands", field=field)) as server:
        assert await agent(llm(server, dialect=ECHO), streaming=streaming) == FINAL


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_refusal_teaches_whether_reasoning_must_come_back(streaming: bool) -> None:
    with loopback(reasoning_loop("demands")) as server:
        with pytest.warns(AdaptationWarning, match="reasoning_replay"):
            assert await agent(llm(server), streaming=streaming) == FINAL
        assert len(server.requests) == TOOL_TURNS + 2
    with loopback(reasoning_loop("refuses")) as server:
        with pytest.warns(AdaptationWarning, match="reasoning_replay"):
            assert await agent(llm(server, dialect=ECHO), streaming=streaming) == FINAL


async def test_a_second_question_to_the_same_memory() -> None:
    memory = ChatMemoryBuffer.from_defaults(token_limit=100_000)
    with loopback(reasoning_loop("demands")) as server:
        model = llm(server, dialect=ECHO)
        assert await agent(model, streaming=True, memory=memory) == FINAL
        kept = [ChatMessage.model_validate_json(m.model_dump_json()) for m in memory.get_all()]
        stored = ChatMemoryBuffer.from_defaults(chat_history=kept, token_limit=100_000)
        assert await agent(model, streaming=False, memory=stored) == FINAL


def by_hand(model: OpenAICompatible, messages: list[ChatMessage]) -> list[ChatMessage]:
    """The loop without an agent; returns all messages."""
    messages = list(messages)
    while True:
        answer = model.chat_with_tools([TOOL], chat_history=messages, allow_parallel_tool_calls=True)
        messages.append(answer.message)
        calls = model.get_tool_calls_from_response(answer, error_on_no_tool_call=False)
        if not calls:
            return messages
        for call in calls:
            told = {"tool_call_id": call.tool_id}
            content = step(**call.tool_kwargs)
            messages.append(ChatMessage(role="tool", content=content, additional_kwargs=told))


ASK = [ChatMessage(role="user", content="Take all the steps.")]


def test_messages_that_were_stored_as_json_still_remember() -> None:
    with loopback(reasoning_loop("demands")) as server:
        model = llm(server, dialect=ECHO)
        messages = by_hand(model, ASK)
        assert messages[-1].content == FINAL
        cut = [ChatMessage.model_validate_json(m.model_dump_json()) for m in messages[:-1]]
        assert by_hand(model, cut)[-1].content == FINAL


def test_reasoning_never_goes_to_another_origin_or_model() -> None:
    with loopback(reasoning_loop("accepts")) as first, loopback(reasoning_loop("accepts")) as other:
        messages = by_hand(llm(first, dialect=ECHO), ASK)[:-1]
        by_hand(llm(other, dialect=ECHO), messages)
        by_hand(llm(first, dialect=ECHO, model="another"), messages)
        for seen in (other.requests[-1], first.requests[-1]):
            assert not any("reasoning_content" in message for message in seen.json["messages"])
            assert "reasoning_memory" not in seen.body.decode()


def test_a_fallback_does_not_get_it_either() -> None:
    down = json_reply({"error": {"message": "down"}}, 503)
    with loopback(reasoning_loop("accepts")) as first, loopback(reasoning_loop("accepts")) as other:
        messages = by_hand(llm(first, dialect=ECHO), ASK)[:-1]
        first.app = in_order(down)
        spare = {"name": "spare", "base_url": other.base_url, "default_model": MODEL, "dialect": ECHO}
        model = llm(first, dialect=ECHO, fallbacks=[spare], max_retries=0)
        model.chat_with_tools([TOOL], chat_history=messages)
        assert "reasoning_content" in first.requests[-1].body.decode()
        assert "reasoning_content" not in other.requests[-1].body.decode()


def test_off_means_that_the_error_is_raised() -> None:
    with loopback(reasoning_loop("demands")) as server, pytest.raises(InvalidRequestError):
        by_hand(llm(server, adapt="off"), ASK)
