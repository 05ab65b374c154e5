"""Whoever leaves a stream early closes its connection, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from typing import Any

import openai
import pytest

from openai_compatible import AsyncClient, Client, Completion
from openai_compatible.testing.loopback import HANG, event_stream, json_reply, loopback

from .conftest import ANSWER, FINISH, HELLO, delta

ENDLESS = event_stream(delta("a"), delta("b"), HANG)


class LeftError(Exception):
    """Raised by a consumer."""


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture(params=["aiohttp", "httpx"])
def client_fields(request: pytest.FixtureRequest) -> Any:
    """Fields of an async client on either HTTP library."""
    if request.param == "httpx":
        return lambda: {"http_client": openai.DefaultAsyncHttpxClient()}
    pytest.importorskip("aiohttp")
    return dict


def test_breaking_out_of_a_loop_closes_the_connection() -> None:
    with loopback(ENDLESS) as server, Client(base_url=server.base_url, model="m") as client:
        for _ in client.stream(HELLO):
            break
        assert server.wait_for_disconnect()


def test_leaving_the_with_block_closes_the_connection() -> None:
    with loopback(ENDLESS) as server, Client(base_url=server.base_url, model="m") as client:
        with client.stream(HELLO) as events:
            next(events)
        assert server.wait_for_disconnect()


def test_an_exception_in_the_consumer_closes_the_connection() -> None:
    with loopback(ENDLESS) as server, Client(base_url=server.base_url, model="m") as client:
        with pytest.raises(LeftError), client.stream(HELLO) as events:
            for _ in events:
                raise LeftError
        assert server.wait_for_disconnect()


def test_a_stream_that_was_never_asked_sends_nothing() -> None:
    with loopback(ENDLESS) as server, Client(base_url=server.base_url, model="m") as client:
        client.stream(HELLO).close()
        assert server.requests == []


def test_blocking_work_leaves_no_descriptor_and_no_connection() -> None:
    with loopback(ENDLESS) as server:
        before = descriptors()
        for _ in range(5):
            with Client(base_url=server.base_url, model="m") as client:
                for _event in client.stream(HELLO):
                    break
                server.app = json_reply(ANSWER)
                client.chat(HELLO)
                server.app = ENDLESS
        assert server.wait_for_open_connections(0)
        gc.collect()
        assert descriptors() <= before + 1


def test_a_client_that_is_dropped_closes_its_connections() -> None:
    with loopback(json_reply(ANSWER)) as server:
        client = Client(base_url=server.base_url, model="m")
        client.chat(HELLO)
        assert server.open_connections == 1
        del client
        gc.collect()
        assert server.wait_for_open_connections(0)


async def test_async_break_closes_the_connection(client_fields: Any) -> None:
    with loopback(ENDLESS) as server:
        fields = client_fields()
        client = AsyncClient(base_url=server.base_url, model="m", **fields)
        events = client.stream(HELLO)
        async for _ in events:
            break
        await events.aclose()
        assert await asyncio.to_thread(server.wait_for_disconnect)
        await client.aclose()
        await _close(fields)


async def test_async_stream_dropped_without_closing_is_closed_by_the_loop(client_fields: Any) -> None:
    with loopback(ENDLESS) as server:
        fields = client_fields()
        client = AsyncClient(base_url=server.base_url, model="m", **fields)
        async for _ in client.stream(HELLO):
            break
        gc.collect()
        assert await asyncio.to_thread(server.wait_for_disconnect)
        await client.aclose()
        await _close(fields)


async def test_cancelling_the_task_closes_the_connection(client_fields: Any) -> None:
    with loopback(ENDLESS) as server:
        fields = client_fields()
        client = AsyncClient(base_url=server.base_url, model="m", **fields)
        came = asyncio.Event()

        async def consume() -> None:
            async for _ in client.stream(HELLO):
                came.set()

        task = asyncio.create_task(consume())
        await came.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.wait_for_disconnect)
        await client.aclose()
        await _close(fields)
        assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("streamed", [True, False])
async def test_cancelling_before_the_headers_closes_the_connection(
    client_fields: Any, streamed: bool
) -> None:
    import dataclasses

    silent = dataclasses.replace(json_reply(ANSWER), before=30.0)
    with loopback(silent) as server:
        fields = client_fields()
        client = AsyncClient(base_url=server.base_url, model="m", **fields)

        async def ask() -> None:
            if streamed:
                async for _ in client.stream(HELLO):
                    pass
            else:
                await client.chat(HELLO)

        task = asyncio.create_task(ask())
        assert await asyncio.to_thread(server.wait_for_requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.wait_for_disconnect)
        await client.aclose()
        await _close(fields)


async def test_an_exception_in_an_async_consumer_closes_the_connection(client_fields: Any) -> None:
    with loopback(ENDLESS) as server:
        fields = client_fields()
        client = AsyncClient(base_url=server.base_url, model="m", **fields)
        with pytest.raises(LeftError):
            async with client.stream(HELLO) as events:
                async for _ in events:
                    raise LeftError
        assert await asyncio.to_thread(server.wait_for_disconnect)
        await client.aclose()
        await _close(fields)


async def test_async_work_leaves_no_task_and_no_connection() -> None:
    with loopback(event_stream(delta("a"), FINISH)) as server:
        async with AsyncClient(base_url=server.base_url, model="m") as client:

            async def one() -> Any:
                return [event async for event in client.stream(HELLO)][-1]

            answers = await asyncio.gather(*(one() for _ in range(20)))
        assert all(isinstance(answer, Completion) for answer in answers)
        assert len(asyncio.all_tasks()) == 1
        assert await asyncio.to_thread(server.wait_for_open_connections, 0)


def test_one_object_in_two_event_loops_in_a_row() -> None:
    with loopback(json_reply(ANSWER)) as server:
        client = AsyncClient(base_url=server.base_url, model="m")
        for _ in range(2):
            assert asyncio.run(client.chat(HELLO)).text == "hi"  # type: ignore[arg-type]
            assert server.wait_for_open_connections(0), "the loop took its connections with it"


def test_one_object_in_several_event_loops_at_once() -> None:
    with loopback(json_reply(ANSWER)) as server:
        client = AsyncClient(base_url=server.base_url, model="m")
        found: list[str] = []

        def work() -> None:
            async def run() -> None:
                for _ in range(5):
                    found.append((await client.chat(HELLO)).text)

            asyncio.run(run())

        threads = [threading.Thread(target=work) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert found == ["hi"] * 20
        assert server.wait_for_open_connections(0)


def test_one_object_in_several_threads() -> None:
    with loopback(event_stream(delta("a"), FINISH)) as server:
        found: list[str] = []
        with Client(base_url=server.base_url, model="m") as client:

            def work() -> None:
                for _ in range(10):
                    last = list(client.stream(HELLO))[-1]
                    assert isinstance(last, Completion)
                    found.append(last.text)

            threads = [threading.Thread(target=work) for _ in range(6)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
        assert found == ["a"] * 60


@pytest.mark.parametrize("end", [{"done": True}, {"done": False}])
def test_the_connection_of_a_finished_stream_is_used_again(way: Any, end: dict[str, bool]) -> None:
    with loopback(event_stream(delta("a"), FINISH, **end)) as server:
        way.use(lambda ask: [list(ask("stream", HELLO)) for _ in range(3)], base_url=server.base_url)
        assert server.connections == 1


def test_the_connection_of_a_call_is_used_again(way: Any) -> None:
    with loopback(json_reply(ANSWER)) as server:
        way.use(lambda ask: [ask("chat", HELLO) for _ in range(3)], base_url=server.base_url)
        assert server.connections == 1


def test_a_server_that_stays_open_after_done_does_not_hold_the_answer(way: Any) -> None:
    import time

    with loopback(event_stream(delta("a"), FINISH, "[DONE]", HANG)) as server:
        began = time.monotonic()
        assert way.stream(base_url=server.base_url)[-1].text == "a"
        assert time.monotonic() - began < 2


def test_a_closed_client_opens_again_when_it_is_used() -> None:
    with loopback(json_reply(ANSWER)) as server:
        client = Client(base_url=server.base_url, model="m")
        client.chat(HELLO)
        client.close()
        assert client.chat(HELLO).text == "hi"
        client.close()


async def _close(fields: dict[str, Any]) -> None:
    if "http_client" in fields:
        await fields["http_client"].aclose()
