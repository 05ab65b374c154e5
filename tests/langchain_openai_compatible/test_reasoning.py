"""Reasoning of every shape, into LangChain messages and out of them again."""

from __future__ import annotations

import asyncio
import json
import warnings

import pytest
from langchain_core.load import dumpd, dumps, load, loads
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    message_chunk_to_message,
    messages_from_dict,
    messages_to_dict,
)

from langchain_openai_compatible.answers import result
from langchain_openai_compatible.messages import to_wire
from langchain_openai_compatible.reasoning import memory
from openai_compatible.errors import OpenAICompatibleWarning
from openai_compatible.testing.reasoning_loop import MODEL, TOOL, reasoning_loop, thought
from openai_compatible.types import Choice, Completion

TOOLS = [{"type": "function", "function": {"name": TOOL, "parameters": {"type": "object"}}}]
SHAPES = [
    "reasoning_content",
    "reasoning",
    "reasoning_details",
    "thinking_blocks",
    "content",
    "thought_signature",
]
BETA = pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
DETAILS = [
    {"type": "reasoning.text", "text": thought(1, 1), "signature": "signature 1.1", "index": 0},
    {"type": "reasoning.encrypted", "data": "encrypted 1.1", "index": 1},
]
BLOCKS = [{"type": "thinking", "thinking": thought(1, 1), "signature": "signature 1.1"}]
SIGNED = {"extra_content": {"google": {"thought_signature": "signature 1.1"}}}


@pytest.fixture
def thinker(server, chat):
    """Makes a model whose server thinks in the given shape, then calls a tool."""

    def make(shape="reasoning_content", **fields):
        server.app = reasoning_loop("accepts", field=shape)
        return chat(model=MODEL, **fields)

    return make


def total(chunks):
    found = None
    for chunk in chunks:
        found = chunk if found is None else found + chunk
    return found


def four_ways(model):
    """invoke, ainvoke, and the sums of stream and astream."""

    async def asynchronous():
        whole = await model.ainvoke("go", tools=TOOLS)
        chunks = [chunk async for chunk in model.astream("go", tools=TOOLS)]
        await model.aclose()
        return whole, total(chunks)

    whole, streamed = asyncio.run(asynchronous())
    chunks = total(model.stream("go", tools=TOOLS))
    return [model.invoke("go", tools=TOOLS), whole, chunks, streamed]


def plain(blocks):
    return [{k: v for k, v in block.items() if k != "index"} for block in blocks]


EXPECTED = {
    "reasoning_content": ({}, {}, {}),
    "reasoning": ({"reasoning_field": "reasoning"}, {"field": "reasoning"}, {}),
    "reasoning_details": (
        {"reasoning_field": "reasoning_details", "reasoning_details": DETAILS},
        {"field": "reasoning_details", "signature": "signature 1.1", "reasoning_details": DETAILS},
        {},
    ),
    "thinking_blocks": (
        {"reasoning_field": "thinking_blocks", "thinking_blocks": BLOCKS},
        {"field": "thinking_blocks", "signature": "signature 1.1", "thinking_blocks": BLOCKS},
        {},
    ),
    "content": ({"reasoning_field": "content"}, {"field": "content"}, {}),
    "thought_signature": ({"tool_call_extras": {"call_1_1_0": SIGNED}}, {}, {"extras": SIGNED}),
}
"""Shape -> further additional_kwargs, extras of the v1 reasoning block, of the v1 tool call."""


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_kept_whole_beside_the_text(thinker, shape):
    """reasoning-field-name"""
    further, _, _ = EXPECTED[shape]
    for message in four_ways(thinker(shape)):
        assert message.additional_kwargs == {"reasoning_content": thought(1, 1), **further}
        assert message.text == ""
        assert plain(message.content_blocks)[0] == {"type": "reasoning", "reasoning": thought(1, 1)}
        assert [call["args"] for call in message.tool_calls] == [{"number": 1}]


@pytest.mark.parametrize("shape", SHAPES)
def test_v1_content_says_everything_by_itself(thinker, shape):
    _, extras, of_call = EXPECTED[shape]
    block = {"type": "reasoning", "reasoning": thought(1, 1), **({"extras": extras} if extras else {})}
    call = {"type": "tool_call", "id": "call_1_1_0", "name": TOOL, "args": {"number": 1}, **of_call}
    memories = []
    for message in four_ways(thinker(shape, output_version="v1")):
        assert plain(message.content) == [block, call]
        memories.append(memory(message))
        bare = AIMessage(message.content, response_metadata=message.response_metadata)
        assert memory(bare) == memory(message)
    assert memories == [memories[0]] * 4


@BETA
@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("shape", SHAPES)
def test_stream_events_v3_lose_no_reasoning(thinker, shape, version):
    model = thinker(shape, output_version=version)
    stream = model.stream_events("go", version="v3", tools=TOOLS)
    assert str(stream.reasoning) == thought(1, 1)
    assert stream.output.content[0]["reasoning"] == thought(1, 1)
    assert to_wire([stream.output]) == to_wire([model.invoke("go", tools=TOOLS)])


@BETA
@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_memory_of_an_answer_is_the_same_in_all_its_forms(server, thinker, shape, version):
    message = thinker(shape, output_version=version).invoke("go", tools=TOOLS)
    (wire,) = to_wire([message])
    expected = wire["reasoning_memory"]
    assert expected["text"] == thought(1, 1)
    assert expected["origin"] == server.url
    assert expected["model"] == MODEL
    copies = [
        message.model_copy(),
        message.model_copy(deep=True),
        message.model_copy(update={"id": "x"}),
        AIMessage(**message.model_dump(exclude={"type"})),
        AIMessage.model_validate_json(message.model_dump_json()),
        load(dumpd(message), allowed_objects="core"),
        loads(dumps(message), allowed_objects="core"),
        *messages_from_dict(json.loads(json.dumps(messages_to_dict([message])))),
        AIMessageChunk(**message.model_dump(exclude={"type"})),
        message_chunk_to_message(AIMessageChunk(**message.model_dump(exclude={"type"}))),
    ]
    for copy in copies:
        assert to_wire([copy]) == [wire]


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_memory_survives_a_checkpoint(thinker, shape, version):
    serde = pytest.importorskip("langgraph.checkpoint.serde.jsonplus").JsonPlusSerializer()
    model = thinker(shape, output_version=version)
    for message in (model.invoke("go", tools=TOOLS), total(model.stream("go", tools=TOOLS))):
        back = serde.loads_typed(serde.dumps_typed({"messages": [message]}))["messages"]
        assert to_wire(back) == to_wire([message])


RECORD = {"url": "https://Host:443/v1/chat/completions", "model": "m"}


@pytest.mark.parametrize(
    ("kwargs", "record", "expected"),
    [
        (
            {"reasoning_content": "hm"},
            RECORD,
            {"text": "hm", "field": "reasoning_content", "origin": "https://host", "model": "m"},
        ),
        ({"reasoning_content": "hm"}, None, {"text": "hm", "field": "reasoning_content"}),
        ({"reasoning_content": "hm"}, "odd", {"text": "hm", "field": "reasoning_content"}),
        ({"reasoning_content": "hm"}, {"url": "x"}, {"text": "hm", "field": "reasoning_content"}),
        (
            {"reasoning_content": "hm", "reasoning_field": 3},
            {"url": "http://h:port/v1", "model": "m"},
            {"text": "hm", "field": "reasoning_content"},
        ),
        (
            {"reasoning_content": "hm", "reasoning_field": "<think>"},
            None,
            {"text": "hm", "field": "<think>"},
        ),
        (
            {"thinking_blocks": [{"type": "redacted_thinking", "data": "x"}]},
            None,
            {
                "details": [{"type": "redacted_thinking", "data": "x"}],
                "detail_field": "thinking_blocks",
            },
        ),
        (
            {"content_parts": [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "x"}]},
            None,
            {"parts": [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
        ),
        ({"tool_call_extras": {"c": {"a": 1}, "d": 3}}, None, {"calls": {"c": {"a": 1}}}),
        ({}, RECORD, None),
        ({"reasoning_content": ["odd"], "reasoning_details": "odd", "content_parts": 3}, RECORD, None),
        ({"tool_call_extras": "odd"}, RECORD, None),
    ],
)
def test_memory_is_what_the_message_says_and_where_it_came_from(kwargs, record, expected):
    metadata = {} if record is None else {"openai_compatible": record}
    message = AIMessage("4", additional_kwargs=kwargs, response_metadata=metadata)
    assert memory(message) == expected


def test_encrypted_reasoning_without_text_is_a_block_of_its_own(server, thinker):
    item = {"type": "reasoning.encrypted", "data": "x"}
    choice = Choice(text="4", extra={"reasoning_details": [item]})
    completion = Completion((choice,))
    message = result(completion, v1=True).generations[0].message
    assert message.content == [
        {"type": "text", "text": "4"},
        {"type": "reasoning", "reasoning": "", "extras": {"reasoning_details": [item]}},
    ]
    assert memory(message) == {"details": [item], "detail_field": "reasoning_details"}


def test_reasoning_goes_back_beside_the_text_it_led_to(chat, server):
    server.app = reasoning_loop("accepts")
    model = chat(model=MODEL, dialect={"reasoning_replay": "always"})
    told = model.invoke("go", tools=TOOLS)
    answer = AIMessage("So.", additional_kwargs=told.additional_kwargs)
    known = answer.model_copy(update={"response_metadata": told.response_metadata})
    for message, expected in [(known, thought(1, 1)), (answer, None)]:
        model.invoke([HumanMessage("go"), message, HumanMessage("on")], tools=TOOLS)
        sent = server.requests[-1].json["messages"][1]
        assert sent["content"] == "So."
        assert sent.get("reasoning_content") == expected
        assert "reasoning_memory" not in sent


@pytest.mark.parametrize(
    ("reason", "advice"), [("length", "raise max_tokens"), ("stop", "reasoning parser")]
)
def test_an_answer_that_is_only_reasoning_is_marked_and_warned_of(reason, advice):
    choice = Choice(reasoning="hm", finish_reason=reason, extra={"only_reasoning": True})
    with pytest.warns(OpenAICompatibleWarning, match=f"m: .* only reasoning .*{advice}") as caught:
        message = result(Completion((choice,)), model="m").generations[0].message
    assert len(caught) == 1
    assert message.additional_kwargs == {"only_reasoning": True, "reasoning_content": "hm"}
    assert message.content == ""


def test_other_answers_are_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result(Completion((Choice(reasoning="hm", text="4"),)))
        result(Completion(()))
