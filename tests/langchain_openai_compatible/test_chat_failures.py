"""What the chat model raises, and that nothing stays open."""

from __future__ import annotations

import asyncio
import threading

import pytest
from langchain_core import exceptions as framework

from openai_compatible import errors as ours
from openai_compatible.testing.loopback import CUT, END, HANG, Reply, event_stream, json_reply

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


@pytest.mark.parametrize(
    ("status", "counterpart"),
    [
        (400, framework.ModelInvalidRequestError),
        (401, framework.ModelAuthenticationError),
        (403, framework.ModelPermissionDeniedError),
        (422, framework.ModelInvalidRequestError),
        (429, framework.ModelRateLimitError),
        (500, framework.ModelAPIError),
    ],
)
def test_a_refused_request_is_langchains_error_in_all_four_ways(server, chat, status, counterpart):
    server.app = lambda _: json_reply({"error": {"message": "It said no."}}, status=status)
    model = chat(max_retries=0)

    async def asynchronous():
        with pytest.raises(counterpart, match="It said no"):
            await model.ainvoke("Hi")
        with pytest.raises(counterpart, match="It said no"):
            await collected(model.astream("Hi"))

    with pytest.raises(counterpart, match="It said no") as caught:
        model.invoke("Hi")
    assert isinstance(caught.value, ours.APIStatusError)
    assert caught.value.status_code == status
    with pytest.raises(counterpart, match="It said no"):
        list(model.stream("Hi"))
    asyncio.run(asynchronous())


def test_too_long_a_prompt_is_a_context_overflow(server, chat):
    message = "This model's maximum context length is 8 tokens. However, you requested 9 tokens."
    server.app = lambda _: json_reply({"error": {"message": message, "code": 400}}, status=400)
    with pytest.raises(framework.ContextOverflowError) as caught:
        chat().invoke("Hi")
    assert isinstance(caught.value, ours.ContextLengthExceededError)


def test_a_stream_that_is_cut_is_an_error_with_what_came(server, chat):
    for ending in (CUT, END):
        server.app = lambda _, ending=ending: event_stream(chunk({"content": "Hel"}), ending)
        got = []
        with pytest.raises(framework.ModelAPIError) as caught:
            for piece in chat(max_retries=0).stream("Hi"):
                got.append(piece.content)
        assert "".join(got) == "Hel"
        if isinstance(caught.value, ours.StreamInterruptedError):
            assert caught.value.partial.text == "Hel"


def test_an_error_in_the_middle_of_a_stream_is_raised(server, chat):
    server.app = lambda _: event_stream(
        chunk({"content": "Hel"}), {"error": {"message": "Out of memory.", "code": 500}}
    )
    with pytest.raises(framework.ModelError, match="Out of memory"):
        list(chat(max_retries=0).stream("Hi"))


def test_nobody_there_is_a_connection_error(chat):
    with pytest.raises(framework.ModelConnectionError) as caught:
        chat(base_url="http://127.0.0.1:9/v1", max_retries=0).invoke("Hi")
    assert isinstance(caught.value, ours.ConnectionFailedError)


def test_retries_are_recorded(server, chat):
    answers = [Reply(status=503, headers={"retry-after": "0"}), json_reply(body())]
    server.app = lambda _: answers.pop(0)
    record = chat(max_retries=1).invoke("Hi").response_metadata["openai_compatible"]
    assert (record["attempts"], record["retries"]) == (2, 1)


def test_leaving_a_stream_early_closes_the_connection(server, chat):
    server.app = lambda _: event_stream(chunk({"content": "Hel"}), HANG)
    stream = chat().stream("Hi")
    next(stream)
    stream.close()
    assert server.wait_for_disconnect()


async def test_leaving_an_async_stream_early_closes_the_connection(server, chat):
    server.app = lambda _: event_stream(chunk({"content": "Hel"}), HANG)
    stream = chat().astream("Hi")
    await anext(stream)
    await stream.aclose()
    assert await asyncio.to_thread(server.wait_for_disconnect)


def test_one_model_works_from_several_threads_and_in_two_event_loops(chat):
    model, answers = chat(), []

    def ask():
        answers.append(model.invoke("Hi").content)
        answers.append(total(model.stream("Hi")).content)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(2):
        answers.append(asyncio.run(model.ainvoke("Hi")).content)
        answers += [m.content for m in asyncio.run(model.abatch(["Hi"] * 4))]
    assert answers == ["Hello!"] * 22


async def test_a_cancelled_task_closes_the_connection(server, chat):
    server.app = lambda _: event_stream(chunk({"content": "Hel"}), HANG)
    model, began = chat(), asyncio.Event()

    async def read():
        async for _ in model.astream("Hi"):
            began.set()

    task = asyncio.create_task(read())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.wait_for_disconnect)
    await model.aclose()


def test_an_exception_in_the_consumer_closes_the_connection(server, chat):
    server.app = lambda _: event_stream(chunk({"content": "Hel"}), HANG)
    with pytest.raises(RuntimeError, match="mine"):
        for _ in chat().stream("Hi"):
            raise RuntimeError("mine")
    assert server.wait_for_disconnect()


def test_connections_close_with_the_model(server, chat):
    model = chat()
    model.invoke("Hi")
    asyncio.run(model.ainvoke("Hi"))
    model.close()
    assert server.wait_for_open_connections(0)
    assert model.invoke("Hi").content == "Hello!"
    del model
    assert server.wait_for_open_connections(0)
