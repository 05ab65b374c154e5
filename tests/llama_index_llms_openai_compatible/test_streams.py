"""Streams: leaving early, failing, many at once, cost."""

from __future__ import annotations

import asyncio
import threading

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager, CBEventType

from openai_compatible import errors
from openai_compatible.testing.llama_index_watch import Callbacks
from openai_compatible.testing.loopback import (
    CUT,
    HANG,
    Reply,
    event_stream,
    json_reply,
    sse,
)

ASKED = [ChatMessage(role="user", content="Hi")]


def chunk(delta, finish=None, **fields):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "x", "created": 1, "model": "m", "choices": [choice], **fields}


def endless(_):
    return event_stream(chunk({"content": "Hel"}), chunk({"content": "lo"}), HANG)


@pytest.fixture
def hanging(server):
    server.app = endless
    return server


@pytest.mark.parametrize("way", ["stream_chat", "stream_complete"])
def test_closing_a_stream_closes_the_connection(hanging, llm, way):
    stream = getattr(llm(), way)(ASKED if "chat" in way else "Hi")
    assert next(stream).delta == "Hel"
    stream.close()
    assert hanging.wait_for_disconnect()


def test_breaking_out_of_a_stream_closes_the_connection(hanging, llm):
    for _ in llm().stream_chat(ASKED):
        break
    assert hanging.wait_for_disconnect()


def test_an_exception_in_the_consumer_closes_the_connection(hanging, llm):
    def consume():
        for _ in llm().stream_chat(ASKED):
            raise KeyError("mine")

    with pytest.raises(KeyError):
        consume()
    assert hanging.wait_for_disconnect()


@pytest.mark.parametrize("reuse_client", [True, False])
@pytest.mark.parametrize("way", ["astream_chat", "astream_complete"])
async def test_closing_an_async_stream_closes_the_connection(hanging, llm, way, reuse_client):
    model = llm(reuse_client=reuse_client)
    stream = await getattr(model, way)(ASKED if "chat" in way else "Hi")
    assert (await anext(stream)).delta == "Hel"
    await stream.aclose()
    assert await asyncio.to_thread(hanging.wait_for_disconnect)
    await model.aclose()


async def test_breaking_out_of_an_async_stream_closes_the_connection(hanging, llm):
    model = llm()
    async for _ in await model.astream_chat(ASKED):
        break
    assert await asyncio.to_thread(hanging.wait_for_disconnect)
    await model.aclose()


async def test_cancelling_the_task_closes_the_connection(hanging, llm):
    model, started = llm(), asyncio.Event()

    async def consume():
        async for _ in await model.astream_chat(ASKED):
            started.set()

    task = asyncio.create_task(consume())
    await asyncio.wait_for(started.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(hanging.wait_for_disconnect)
    await model.aclose()


def test_nothing_is_left_open_after_two_event_loops(server, llm):
    model = llm()

    async def both():
        await model.achat(ASKED)
        return [response async for response in await model.astream_chat(ASKED)][-1].message.content

    assert [asyncio.run(both()), asyncio.run(both())] == ["Hello!", "Hello!"]
    assert server.wait_for_open_connections(0)


def test_an_unused_stream_sends_nothing(server, llm):
    llm().stream_chat(ASKED).close()
    assert server.requests == []


@pytest.mark.parametrize(
    ("app", "error"),
    [
        (event_stream(chunk({"content": "Hel"}), CUT), errors.StreamInterruptedError),
        (event_stream(chunk({"content": "Hel"}), done=False), errors.StreamInterruptedError),
        (
            event_stream(chunk({"content": "Hel"}), {"error": {"message": "no", "code": 500}}),
            errors.ServerError,
        ),
        (json_reply({"error": {"message": "no such model"}}, 404), errors.APIStatusError),
        (Reply(200, {"content-type": "text/html"}, b"<html></html>"), errors.MalformedResponseError),
    ],
)
def test_an_error_in_a_stream_is_ours_and_ends_the_callbacks(server, llm, app, error):
    server.app = lambda _: app
    callbacks = Callbacks(CBEventType.LLM)
    model = llm(max_retries=0, callback_manager=CallbackManager([callbacks]))
    with pytest.raises(error):
        list(model.stream_chat(ASKED))

    async def asynchronous():
        return [each async for each in await model.astream_complete("Hi")]

    with pytest.raises(error):
        asyncio.run(asynchronous())
    assert len(callbacks.starts) == len(callbacks.ends) == 2
    assert all(isinstance(end["exception"], error) for end in callbacks.ends)


def test_a_failing_server_is_asked_once_and_max_retries_times(server, llm):
    server.app = lambda _: json_reply({"error": {"message": "x"}}, 500, {"retry-after": "0"})
    for ask in (lambda model: model.chat(ASKED), lambda model: list(model.stream_chat(ASKED))):
        server.requests.clear()
        with pytest.raises(errors.ServerError):
            ask(llm(max_retries=2))
        assert len(server.requests) == 3


def test_retries_are_in_the_record(server, llm):
    replies = [json_reply({"error": {"message": "x"}}, 500, {"retry-after": "0"})]
    hello = server.app
    server.app = lambda seen: replies.pop() if replies else hello(seen)
    last = list(llm(max_retries=2).stream_chat(ASKED))[-1]
    record = last.additional_kwargs["openai_compatible"]
    assert (record["attempts"], record["retries"]) == (2, 1)
    assert record["url"] == server.base_url + "/chat/completions"


def test_a_whole_answer_to_a_stream_is_streamed(server, llm):
    message = {"role": "assistant", "content": "Hello!"}
    server.app = lambda _: json_reply({"choices": [{"message": message, "finish_reason": "stop"}]})
    responses = list(llm().stream_chat(ASKED))
    assert "".join(response.delta for response in responses) == "Hello!"


def test_streams_of_several_threads_do_not_mix(server, llm):
    def echo(seen):
        word = seen.json["messages"][0]["content"]
        return event_stream(*(chunk({"content": word}) for _ in range(20)), chunk({}, "stop"))

    server.app = echo
    model, found = llm(), {}

    def run(word):
        asked = [ChatMessage(role="user", content=word)]
        found[word] = list(model.stream_chat(asked))[-1].message.content

    threads = [threading.Thread(target=run, args=(f"w{number} ",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {f"w{number} ": f"w{number} " * 20 for number in range(8)}


def tool_call_stream(deltas):
    def arguments(text):
        return chunk({"tool_calls": [{"index": 0, "function": {"arguments": text}}]})

    first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    return Reply(
        headers={"content-type": "text/event-stream"},
        body=sse(
            chunk({"tool_calls": [first]}),
            arguments('{"text": "'),
            *(arguments("some words ") for _ in range(deltas)),
            arguments('"}'),
            chunk({}, "tool_calls"),
        ),
    )


def test_a_long_streamed_call_is_copied_once_per_delta(server, llm):
    """The text so far is one object, in the block and beside it; benchmarks measure the cost."""
    server.app = tool_call_stream(2000)
    *grown, last = llm().stream_chat(ASKED)
    assert len(grown) == 2003
    for response in grown:
        call = response.message.additional_kwargs["tool_calls"][0]
        assert call["function"]["arguments"] is response.message.blocks[-1].tool_kwargs
    assert last.message.blocks[-1].tool_kwargs == {"text": "some words " * 2000}
