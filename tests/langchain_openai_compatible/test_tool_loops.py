"""Agents that think between tool calls, against servers that are strict about thoughts.

reasoning-must-echo: 400 where a thought of the loop is missing. reasoning-must-strip: 400 where one is
sent. The servers are ``openai_compatible.testing.reasoning_loop``.
"""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import ConfigurableField
from langchain_core.tools import tool

from langchain_openai_compatible import ChatOpenAICompatible
from openai_compatible.errors import AdaptationWarning, InvalidRequestError
from openai_compatible.testing.loopback import in_order, json_reply, loopback
from openai_compatible.testing.reasoning_loop import (
    FINAL,
    MODEL,
    TOOL_TURNS,
    final_thought,
    reasoning_loop,
    thought,
)

agents = pytest.importorskip("langchain.agents")

ECHO = {"reasoning_replay": "tool_loop"}
FIELDS = [
    "reasoning_content",
    "reasoning",
    "reasoning_details",
    "thinking_blocks",
    "content",
    "<think>",
]
WAYS = ["invoke", "ainvoke", "stream", "astream", "stream_events"]
pytestmark = pytest.mark.filterwarnings(
    "ignore:The v3 streaming protocol:langchain_core._api.beta_decorator.LangChainBetaWarning"
)
ASK = {"messages": [("user", "Take all the steps.")]}


@tool
def step(number: int) -> str:
    """Take one step."""
    return f"step {number} done"


MADE = []


@pytest.fixture(autouse=True)
async def closed():
    """Models of a test are closed in its event loop."""
    yield
    while MADE:
        model = MADE.pop()
        model.close()
        await model.aclose()


def agent(server, *, checkpointer=None, **fields):
    model = ChatOpenAICompatible(**{"model": MODEL, "base_url": server.base_url, **fields})
    MADE.append(model)
    return agents.create_agent(model, [step], checkpointer=checkpointer)


async def run(graph, way, asked=ASK, config=None):
    """The messages of a whole run. The streams are of tokens: the model streams."""
    if way == "invoke":
        return graph.invoke(asked, config)["messages"]
    if way == "ainvoke":
        return (await graph.ainvoke(asked, config))["messages"]
    if way == "stream_events":
        return graph.stream_events(asked, config, version="v3").output["messages"]
    modes, parts = ["messages", "values"], []
    if way == "stream":
        parts = list(graph.stream(asked, config, stream_mode=modes))
    else:
        parts = [part async for part in graph.astream(asked, config, stream_mode=modes)]
    assert sum(mode == "messages" for mode, _ in parts) > 2 * TOOL_TURNS
    return [state for mode, state in parts if mode == "values"][-1]["messages"]


def thoughts(messages):
    return [m.additional_kwargs["reasoning_content"] for m in messages if isinstance(m, AIMessage)]


ALL = [*(thought(1, turn) for turn in range(1, TOOL_TURNS + 1)), final_thought(1)]


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("way", WAYS)
async def test_five_tool_turns_pass_where_reasoning_must_come_back(way, version):
    with loopback(reasoning_loop("demands")) as server:
        messages = await run(agent(server, dialect=ECHO, output_version=version), way)
        assert messages[-1].text == FINAL
        assert thoughts(messages) == ALL
        assert len(server.requests) == TOOL_TURNS + 1
        history = server.requests[-1].json["messages"]
    sent = [m["reasoning_content"] for m in history if m["role"] == "assistant"]
    assert sent == ALL[:-1]


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("way", WAYS)
async def test_five_tool_turns_pass_where_reasoning_must_not_come_back(way, version):
    with loopback(reasoning_loop("refuses")) as server:
        messages = await run(agent(server, output_version=version), way)
        assert messages[-1].text == FINAL
        assert thoughts(messages) == ALL
        assert len(server.requests) == TOOL_TURNS + 1


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("way", ["invoke", "astream", "stream_events"])
@pytest.mark.parametrize("field", [*FIELDS[1:], "thought_signature"])
async def test_thoughts_go_back_in_the_form_they_came_in(field, way, version):
    with loopback(reasoning_loop("demands", field=field)) as server:
        messages = await run(agent(server, dialect=ECHO, output_version=version), way)
        assert messages[-1].text == FINAL
        assert thoughts(messages) == ALL


@pytest.mark.parametrize("way", WAYS)
async def test_thought_signatures_of_tool_calls_need_no_dialect(way):
    """gemini-thought-signature"""
    with loopback(reasoning_loop("demands", field="thought_signature")) as server:
        assert (await run(agent(server), way))[-1].text == FINAL
        history = server.requests[-1].json["messages"]
    assert not any("reasoning_content" in message for message in history)


@pytest.mark.parametrize("mode", ["demands", "refuses"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_second_question_in_a_checkpointed_conversation(way, mode):
    from langgraph.checkpoint.memory import InMemorySaver

    config = {"configurable": {"thread_id": "1"}}
    dialect = ECHO if mode == "demands" else {}
    with loopback(reasoning_loop(mode)) as server:
        saved = InMemorySaver()
        await run(agent(server, dialect=dialect, checkpointer=saved), way, config=config)
        messages = await run(agent(server, dialect=dialect, checkpointer=saved), way, config=config)
        assert messages[-1].text == FINAL
        assert thoughts(messages)[-1] == final_thought(2)
        history = server.requests[-1].json["messages"]
    if mode == "demands":  # the first user turn is over: its thoughts are not sent any more
        sent = [m.get("reasoning_content") for m in history if m["role"] == "assistant"]
        assert sent == [None] * 6 + [thought(2, turn) for turn in range(1, 6)]


async def test_tool_calls_of_earlier_turns_can_keep_their_thoughts():
    with loopback(reasoning_loop("demands", every_turn=True)) as server:
        graph = agent(server, dialect={"reasoning_replay": "tool_calls"})
        messages = await run(graph, "invoke")
        more = {"messages": [*messages, HumanMessage("Again.")]}
        assert (await run(graph, "invoke", more))[-1].text == FINAL


@pytest.mark.parametrize("way", ["invoke", "astream", "stream_events"])
async def test_thoughts_do_not_travel_to_another_origin(way):
    """The first server thinks; the second, asked with the same history, sees nothing of it."""
    with loopback(reasoning_loop("demands")) as first, loopback(reasoning_loop("accepts")) as second:
        messages = await run(agent(first, dialect=ECHO), way)
        half = {"messages": messages[:-3]}  # in the middle of the loop
        assert (await run(agent(second, dialect=ECHO), way, half))[-1].text == FINAL
        told = second.requests[0].json["messages"]
    assert sum(m["role"] == "assistant" for m in told) == 4
    assert "Thought" not in str(told)


async def test_thoughts_do_not_travel_to_a_fallback():
    """The first server goes down in the middle of a loop."""
    app, down = reasoning_loop("demands"), json_reply({"error": {"message": "no"}}, status=503)
    with (
        loopback(in_order(app, app, app, down)) as first,
        loopback(reasoning_loop("accepts")) as second,
    ):
        model = ChatOpenAICompatible(
            model=MODEL,
            base_url=first.base_url,
            dialect=ECHO,
            max_retries=0,
            fallbacks=[{"name": "spare", "base_url": second.base_url, "dialect": ECHO}],
        )
        messages = agents.create_agent(model, [step]).invoke(ASK)["messages"]
        assert messages[-1].text == FINAL
        told = [seen.json["messages"] for seen in second.requests]
    sent = [[m.get("reasoning_content") for m in each if m["role"] == "assistant"] for each in told]
    assert sent[0] == [None] * 3
    assert sent[1] == [None] * 3 + [thought(1, 4)]  # its own


CHANGES = {
    "bind": lambda model: model.bind_tools([step]).bind(model="other"),
    "bind_tools": lambda model: model.bind_tools([step], model="other"),
    "with_config": lambda model: model.configurable_fields(model=ConfigurableField("model")).with_config(
        configurable={"model": "other"}
    ),
    "another object": lambda model: ChatOpenAICompatible(
        model="other", base_url=model.base_url, dialect=ECHO
    ).bind_tools([step]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_thoughts_do_not_travel_to_another_model(change):
    with loopback(reasoning_loop("accepts")) as server:
        model = ChatOpenAICompatible(model=MODEL, base_url=server.base_url, dialect=ECHO)
        messages = agents.create_agent(model, [step]).invoke(ASK)["messages"][:5]
        for bound, expected in [
            (model.bind_tools([step]), [thought(1, 1), thought(1, 2)]),
            (CHANGES[change](model), [None, None]),
        ]:
            bound.invoke(messages, tools=[step])
            body = server.requests[-1].json
            assert (body["model"] == MODEL) is (expected[0] is not None)
            sent = [m.get("reasoning_content") for m in body["messages"] if m["role"] == "assistant"]
            assert sent == expected


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("way", WAYS)
async def test_the_refusal_teaches_that_reasoning_must_come_back(way, field):
    with loopback(reasoning_loop("demands", field=field)) as server:
        graph = agent(server)
        with pytest.warns(AdaptationWarning, match="reasoning_replay") as caught:
            messages = await run(graph, way)
        assert sum(issubclass(one.category, AdaptationWarning) for one in caught) == 1
        assert messages[-1].text == FINAL
        assert len(server.requests) == TOOL_TURNS + 2
        assert (await run(graph, way))[-1].text == FINAL  # and it is remembered
        assert len(server.requests) == 2 * TOOL_TURNS + 3


@pytest.mark.parametrize("way", WAYS)
async def test_the_refusal_teaches_that_reasoning_must_not_come_back(way):
    with loopback(reasoning_loop("refuses")) as server:
        with pytest.warns(AdaptationWarning, match="reasoning_replay"):
            messages = await run(agent(server, dialect=ECHO), way)
        assert messages[-1].text == FINAL
        assert len(server.requests) == TOOL_TURNS + 2


@pytest.mark.parametrize("way", WAYS)
async def test_without_adaptation_a_wrong_dialect_is_the_servers_own_refusal(way):
    with loopback(reasoning_loop("demands")) as server:
        with pytest.raises(InvalidRequestError, match="must be passed back"):
            await run(agent(server, adapt="off"), way)
    with loopback(reasoning_loop("refuses")) as server:
        with pytest.raises(InvalidRequestError, match="Extra inputs are not permitted"):
            await run(agent(server, dialect=ECHO, adapt="off"), way)
