"""Reasoning of earlier answers on its way back: what is remembered, and what a server gets of it."""

from __future__ import annotations

import json

import pytest
from langchain_core.load import dumpd, dumps, load, loads
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    ToolMessage,
    message_chunk_to_message,
    messages_from_dict,
    messages_to_dict,
)

from langchain_openai_compatible.messages import to_wire
from langchain_openai_compatible.reasoning import memory
from openai_compatible.testing.loopback import loopback
from openai_compatible.testing.reasoning_loop import MODEL, TOOL, reasoning_loop, thought

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


SIGNATURE = {"google": {"thought_signature": "signature 1.1"}}


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_a_thought_signature_goes_back_with_its_call_and_to_its_origin_only(chat, server, version, how):
    """gemini-thought-signature"""
    server.app = reasoning_loop("demands", field="thought_signature")
    model = chat(model=MODEL, output_version=version)
    chunks = model.stream("go", tools=TOOLS) if how == "stream" else [model.invoke("go", tools=TOOLS)]
    told = total(chunks)
    history = [HumanMessage("go"), told, ToolMessage("done", tool_call_id="call_1_1_0")]
    assert model.invoke(history, tools=TOOLS).tool_calls[0]["args"] == {"number": 2}
    (call,) = server.requests[-1].json["messages"][1]["tool_calls"]
    assert call["extra_content"] == SIGNATURE
    with loopback(reasoning_loop("refuses")) as other:
        elsewhere = chat(model=MODEL, base_url=other.base_url)
        assert elsewhere.invoke(history, tools=TOOLS).tool_calls
        (call,) = other.requests[-1].json["messages"][1]["tool_calls"]
    assert set(call) == {"id", "type", "function"}


def test_the_estimate_of_tokens_does_not_count_what_may_not_be_sent(thinker):
    model = thinker()
    told = model.invoke("go", tools=TOOLS)
    bare = told.model_copy(update={"additional_kwargs": {}})
    assert model.get_num_tokens_from_messages([told]) == model.get_num_tokens_from_messages([bare])
