"""Streams, reasoning and content versions of the chat model."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.callbacks import BaseCallbackHandler
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


def reasoner(seen):
    if not seen.json.get("stream"):
        return json_reply(body({"content": "4", "reasoning_content": "2+2"}))
    return event_stream(
        chunk({"reasoning_content": "2+"}),
        chunk({"reasoning_content": "2"}),
        chunk({"content": "4"}),
        chunk({}, "stop"),
    )


BLOCKS = [{"type": "reasoning", "reasoning": "2+2"}, {"type": "text", "text": "4"}]


def plain(blocks):
    return [{k: v for k, v in block.items() if k != "index"} for block in blocks]


def test_reasoning_stands_apart_from_the_answer(server, chat):
    server.app = reasoner
    for message in four_ways(chat(), "2+2?"):
        assert message.content == "4"
        assert message.additional_kwargs == {"reasoning_content": "2+2"}
        assert plain(message.content_blocks) == BLOCKS


def test_output_version_v1_makes_content_of_standard_blocks(server, chat):
    server.app = reasoner
    for message in four_ways(chat(output_version="v1"), "2+2?"):
        assert plain(message.content) == BLOCKS
        assert message.text == "4"
        assert message.response_metadata["output_version"] == "v1"
        follow_up = [HumanMessage("2+2?"), message, HumanMessage("Sure?")]
        chat().invoke(follow_up)
        assert server.requests[-1].json["messages"][1] == {"role": "assistant", "content": "4"}


def test_the_environment_can_ask_for_v1(server, chat, monkeypatch):
    server.app = reasoner
    monkeypatch.setenv("LC_OUTPUT_VERSION", "v1")
    assert plain(chat().invoke("2+2?").content) == BLOCKS


BETA = pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")


@BETA
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_stream_events_v3_shows_text_and_reasoning(server, chat, version):
    server.app = reasoner
    stream = chat(output_version=version).stream_events("2+2?", version="v3")
    assert str(stream.text) == "4"
    assert str(stream.reasoning) == "2+2"
    assert plain(stream.output.content) == BLOCKS
    assert stream.output.usage_metadata is None


@BETA
async def test_astream_events_v3_shows_text_and_reasoning(server, chat):
    server.app = reasoner
    stream = await chat().astream_events("2+2?", version="v3")
    assert "".join([piece async for piece in stream.text]) == "4"
    assert plain((await stream.output).content) == BLOCKS


async def test_astream_events_v2_streams_inside_invoke(chat):
    async def run(_):
        return await model.ainvoke("Hi")

    from langchain_core.runnables import RunnableLambda

    model = chat()
    events = [e async for e in RunnableLambda(run).astream_events("x", version="v2")]
    pieces = [e["data"]["chunk"].content for e in events if e["event"] == "on_chat_model_stream"]
    assert "".join(pieces) == "Hello!"


@BETA
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_stream_events_v3_have_a_valid_life_cycle_with_tool_calls(server, chat, version):
    from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

    def piece(**fields):
        return chunk({"tool_calls": [{"index": 0, **fields}]})

    server.app = lambda _: event_stream(
        chunk({"reasoning_content": "hm"}),
        chunk({"content": "So"}),
        piece(id="c1", function={"name": "add", "arguments": ""}),
        piece(function={"arguments": '{"a": 12}'}),
        chunk({}, "tool_calls"),
    )
    stream = chat(output_version=version).stream_events("x", version="v3")
    assert_valid_event_stream(list(stream))
    assert [call["args"] for call in stream.output.tool_calls] == [{"a": 12}]


class Tokens(BaseCallbackHandler):
    def __init__(self):
        self.seen = []

    def on_llm_new_token(self, token, **_):
        self.seen.append(token)


@pytest.mark.parametrize("how", ["stream", "streaming"])
def test_each_token_is_told_once(chat, how):
    tokens = Tokens()
    if how == "stream":
        list(chat().stream("Hi", config={"callbacks": [tokens]}))
    else:
        assert chat(streaming=True).invoke("Hi", config={"callbacks": [tokens]}).content == "Hello!"
    assert [token for token in tokens.seen if token] == ["Hel", "lo!"]


def test_streaming_settings_are_langchains(server, chat):
    chat(streaming=True).invoke("Hi")
    assert server.requests[-1].json["stream"] is True
    for model, kwargs in (
        (chat(streaming=False), {}),
        (chat(disable_streaming=True), {}),
        (chat(disable_streaming="tool_calling"), {"tools": [TOOL]}),
    ):
        assert total(model.stream("Hi", **kwargs)).content == "Hello!"
        assert "stream" not in server.requests[-1].json
    chat(streaming=True).invoke("Hi", stream=False)
    assert "stream" not in server.requests[-1].json
    list(chat(disable_streaming="tool_calling").stream("Hi"))
    assert server.requests[-1].json["stream"] is True


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_arguments_that_are_encoded_twice_are_opened_in_streams_too(server, chat, version):
    """tool-arguments-types"""
    function = {"name": "add", "arguments": '"{\\"a\\": 1}"'}
    server.app = lambda _: event_stream(
        chunk({"tool_calls": [{"index": 0, "id": "c1", "function": function}]}), chunk({}, "tool_calls")
    )
    message = total(chat(output_version=version).stream("x"))
    assert [call["args"] for call in message.tool_calls] == [{"a": 1}]
    assert message.invalid_tool_calls == []
