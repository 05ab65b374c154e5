"""Tool calls of the chat model."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from langchain_core.messages import HumanMessage

from openai_compatible.testing.loopback import event_stream, json_reply

USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def body(message=None, finish="stop", **fields):
    """A whole chat completion."""
    message = {"role": "assistant", "content": "Hello!", **(message or {})}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": USAGE,
        **fields,
    }


def chunk(delta, finish=None, **fields):
    """One chunk of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "created": 1, "model": "m", "choices": [choice], **fields}


def total(chunks):
    message = None
    for piece in chunks:
        message = piece if message is None else message + piece
    return message


async def collected(stream):
    return [piece async for piece in stream]


def four_ways(model, *args, **kwargs):
    """invoke, ainvoke, and the sums of stream and astream."""

    async def asynchronous():
        whole = await model.ainvoke(*args, **kwargs)
        streamed = total(await collected(model.astream(*args, **kwargs)))
        await model.aclose()
        return whole, streamed

    return [
        model.invoke(*args, **kwargs),
        total(model.stream(*args, **kwargs)),
        *asyncio.run(asynchronous()),
    ]


TOOL = {
    "type": "function",
    "function": {
        "name": "add",
        "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}},
    },
}


def calls(seen):
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 12}'}}
    if not seen.json.get("stream"):
        return json_reply(body({"content": None, "tool_calls": [call]}, "tool_calls"))

    def piece(**fields):
        return chunk({"tool_calls": [{"index": 0, **fields}]})

    return event_stream(
        chunk({"content": "So"}),
        piece(id="c1", type="function", function={"name": "add", "arguments": ""}),
        piece(function={"arguments": '{"a": '}),
        piece(function={"arguments": "12}"}),
        chunk({}, "tool_calls"),
    )


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_tool_call_is_the_same_in_all_four_ways(server, chat, version):
    server.app = calls
    for message in four_ways(chat(output_version=version), "12", tools=[TOOL]):
        assert message.tool_calls == [
            {"name": "add", "args": {"a": 12}, "id": "c1", "type": "tool_call"}
        ]
        assert message.invalid_tool_calls == []
        assert message.response_metadata["finish_reason"] == "tool_calls"
        (block,) = (b for b in message.content_blocks if b["type"] == "tool_call")
        assert block["args"] == {"a": 12}
    assert total(chat().stream("12")).text == "So"


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_call_nobody_can_read_is_an_invalid_tool_call(server, chat, version):
    function = {"name": "add", "arguments": '{"a": tw'}

    def broken(seen):
        call = {"id": "c1", "type": "function", "function": function}
        if not seen.json.get("stream"):
            return json_reply(body({"content": None, "tool_calls": [call]}, "length"))
        return event_stream(chunk({"tool_calls": [{"index": 0, **call}]}), chunk({}, "length"))

    server.app = broken
    model = chat(output_version=version)
    message = model.invoke("x")
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0]["args"] == '{"a": tw'
    streamed = total(model.stream("x"))
    assert [c["id"] for c in streamed.tool_calls + streamed.invalid_tool_calls] == ["c1"]
    server.app = lambda _: json_reply(body())
    chat().invoke([HumanMessage("x"), message])
    sent = server.requests[-1].json["messages"]
    arguments = sent[1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(arguments) == {"invalid_arguments": '{"a": tw'}
    assert (sent[2]["role"], sent[2]["tool_call_id"]) == ("tool", "c1")


def test_tool_call_chunks_carry_pieces_of_arguments(server, chat):
    server.app = calls
    pieces = [c for piece in chat().stream("x") for c in piece.tool_call_chunks]
    assert "".join(c["args"] for c in pieces) == '{"a": 12}'
    assert [c["name"] for c in pieces if c["name"]] == ["add"]
    assert {c["index"] for c in pieces} == {0}


def test_no_chunk_of_a_long_streamed_call_repeats_what_came_before(server, chat):
    """So the cost is linear in the size of the arguments; benchmarks measure it."""
    head = {"index": 0, "id": "c", "function": {"name": "write", "arguments": '{"text": "'}}
    piece = {"index": 0, "function": {"arguments": "abcd"}}
    tail = {"index": 0, "function": {"arguments": '"}'}}
    deltas = [head, *[piece] * 8_000, tail]
    server.app = event_stream(
        *(chunk({"tool_calls": [each]}) for each in deltas), chunk({}, "tool_calls")
    )
    chunks = list(chat().stream("x"))
    arguments = [part["args"] for each in chunks for part in each.tool_call_chunks]
    assert "".join(arguments) == '{"text": "' + "abcd" * 8_000 + '"}'
    assert arguments[:20] == ['{"text": "', *["abcd"] * 19]


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_call_that_drips_in_single_characters_is_summed_in_little_time(server, chat, version):
    text = json.dumps({"text": "word " * 3_000})
    pieces = [{"index": 0, "function": {"arguments": one}} for one in text]
    head = {"index": 0, "id": "c", "function": {"name": "write", "arguments": ""}}
    after = {"index": 1, "id": "d", "function": {"name": "end", "arguments": "{}"}}
    server.app = event_stream(
        *(chunk({"tool_calls": [each]}) for each in [head, *pieces, after]), chunk({}, "tool_calls")
    )
    model = chat(output_version=version)
    begin = time.process_time()
    message = total(model.stream("x"))
    spent = time.process_time() - begin
    assert [one["args"] for one in message.tool_calls] == [json.loads(text), {}]
    assert spent < 4, spent

    async def asynchronous():
        found = total(await collected(model.astream("x")))
        await model.aclose()
        return found

    assert asyncio.run(asynchronous()).tool_calls == message.tool_calls


HERMES = '<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>'


def write_call(seen):
    if seen.json.get("stream"):
        return event_stream(chunk({"content": HERMES}), chunk({}, "stop"))
    return json_reply(body({"content": HERMES}))


@pytest.mark.parametrize(("choice", "names"), [("none", []), ("auto", ["add"]), ("other", [])])
def test_a_call_in_the_text_counts_only_where_the_tool_may_be_called(server, chat, choice, names):
    server.app = write_call
    other = {"type": "function", "function": {"name": "other", "parameters": {"type": "object"}}}
    model = chat().bind_tools([TOOL, other], tool_choice=choice)
    for message in four_ways(model, "hi"):
        assert [one["name"] for one in message.tool_calls] == names
        assert message.text == ("" if names else HERMES)
