"""Reasoning of every shape reaches LangChain's messages whole."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.messages import AIMessage

from langchain_openai_compatible.answers import result
from langchain_openai_compatible.messages import to_wire
from langchain_openai_compatible.reasoning import memory
from openai_compatible.errors import OpenAICompatibleWarning
from openai_compatible.testing.loopback import event_stream, json_reply
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


ONLY = {"role": "assistant", "content": None, "reasoning": "hm"}


@pytest.mark.parametrize("reason", ["length", "stop"])
def test_an_answer_that_is_only_reasoning_is_marked_and_warned_of_once(server, chat, reason):
    def app(seen):
        if not seen.json.get("stream"):
            return json_reply({"choices": [{"index": 0, "message": ONLY, "finish_reason": reason}]})
        return event_stream(
            {"choices": [{"index": 0, "delta": ONLY, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        )

    server.app = app
    model = chat()
    with pytest.warns(OpenAICompatibleWarning, match="only reasoning and no text") as caught:
        messages = [model.invoke("go"), total(model.stream("go"))]
    assert len(caught) == 1
    for message in messages:
        assert message.content == ""
        assert message.additional_kwargs["only_reasoning"] is True
        assert message.additional_kwargs["reasoning_content"] == "hm"
        record = message.response_metadata["openai_compatible"]
        assert record["changes"] == ["the answer holds only reasoning and no text"]


def test_further_choices_keep_what_their_reasoning_came_with():
    thinking = {"reasoning_field": "reasoning", "extra": {"reasoning_details": DETAILS}}
    choices = (Choice(text="4"), Choice(index=1, text="5", reasoning="hm", **thinking))
    first = result(Completion(choices)).generations[0].message
    (second,) = first.response_metadata["choices"]
    assert second["extra"] == {"reasoning_field": "reasoning", "reasoning_details": DETAILS}
