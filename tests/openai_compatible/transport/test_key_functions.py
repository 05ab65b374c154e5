"""Functions as keys in async calls: they do not hold up the event loop, and see its context."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import AsyncClient, ConfigError, MissingKeyError
from openai_compatible.testing.loopback import json_reply, loopback

from .conftest import ANSWER, HELLO

tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant", default="nobody")


async def longest_pause(work: Any, every: float = 0.005) -> float:
    """Seconds for which the event loop ran nothing else while something was awaited."""
    worst, over = 0.0, asyncio.Event()

    async def tick() -> None:
        nonlocal worst
        while not over.is_set():
            before = time.monotonic()
            await asyncio.sleep(every)
            worst = max(worst, time.monotonic() - before - every)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    try:
        await work
    finally:
        over.set()
        await ticking
    return worst


def slow_key() -> str:
    time.sleep(0.6)
    return "slow"


class SlowKey:
    def __call__(self) -> str:
        return slow_key()


@pytest.mark.parametrize(
    "key",
    [slow_key, SlowKey(), functools.partial(slow_key), lambda: slow_key() + ""],
    ids=["function", "object", "partial", "lambda"],
)
async def test_a_slow_function_does_not_hold_up_the_event_loop(key: Callable[[], str]) -> None:
    with loopback(json_reply(ANSWER)) as server:
        async with AsyncClient(base_url=server.base_url, model="m", api_key="warm-up") as client:
            await client.chat(HELLO)  # loads openai and the HTTP library
        async with AsyncClient(base_url=server.base_url, model="m", api_key=key) as client:
            assert await longest_pause(client.chat(HELLO)) < 0.5
    assert server.requests[-1].headers["authorization"] == "Bearer slow"


async def test_a_slow_function_does_not_hold_up_the_event_loop_of_a_framework() -> None:
    with loopback(json_reply(ANSWER)) as server:
        fields: dict[str, Any] = {"model": "m", "base_url": server.base_url, "api_key": slow_key}
        chat, llm = ChatOpenAICompatible(**fields), OpenAICompatible(**fields)
        await chat.ainvoke("hello")
        assert await longest_pause(chat.ainvoke("hello")) < 0.5
        await llm.acomplete("hello")
        assert await longest_pause(llm.acomplete("hello")) < 0.5
        await chat.aclose()
        await llm.aclose()


async def test_slow_functions_of_concurrent_calls_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=20)

    def key() -> str:
        both.wait()
        return "key"

    with loopback(json_reply(ANSWER)) as server:
        async with AsyncClient(base_url=server.base_url, model="m", api_key=key) as client:
            await asyncio.gather(client.chat(HELLO), client.chat(HELLO))


async def test_a_function_sees_the_context_of_its_call() -> None:
    with loopback(json_reply(ANSWER)) as server:
        async with AsyncClient(base_url=server.base_url, model="m", api_key=tenant.get) as client:

            async def chat(name: str) -> None:
                tenant.set(name)
                await client.chat(HELLO)

            await asyncio.gather(*(asyncio.create_task(chat(name)) for name in "abc"))
    keys = {seen.headers["authorization"] for seen in server.requests}
    assert keys == {"Bearer a", "Bearer b", "Bearer c"}


async def fetched() -> str:
    await asyncio.sleep(0)
    assert asyncio.get_running_loop()
    return "fetched"


class Fetching:
    async def __call__(self) -> str:
        return await fetched()


def returning_a_task() -> Any:
    asyncio.get_running_loop()  # before there is a coroutine that nobody would await
    return asyncio.ensure_future(fetched())


@pytest.mark.parametrize(
    "key",
    [
        fetched,
        Fetching(),
        functools.partial(fetched),
        lambda *nothing: fetched(*nothing),
        returning_a_task,
    ],
    ids=["function", "object", "partial", "lambda", "task"],
)
async def test_what_is_awaitable_is_awaited_in_the_event_loop(key: Callable[[], Any]) -> None:
    with loopback(json_reply(ANSWER)) as server:
        async with AsyncClient(base_url=server.base_url, model="m", api_key=key) as client:
            await client.chat(HELLO)
            await client.chat(HELLO)
    assert [seen.headers["authorization"] for seen in server.requests] == ["Bearer fetched"] * 2


async def test_a_function_that_fails_in_its_thread_is_an_error_that_says_where() -> None:
    def empty() -> Any:
        return next(iter(()))  # StopIteration, which no future can hold

    def failing() -> str:
        raise RuntimeError("secret")

    for key, said in ((empty, "failed with StopIteration"), (failing, "failed with RuntimeError")):
        async with AsyncClient(base_url="http://127.0.0.1:9", model="m", api_key=key) as client:
            with pytest.raises(ConfigError, match=said) as caught:
                await client.chat(HELLO)
        assert f"{__file__}:" in str(caught.value)
        assert "secret" not in str(caught.value)
    async with AsyncClient(base_url="http://127.0.0.1:9", model="m", api_key=lambda: "") as client:
        with pytest.raises(MissingKeyError, match="returned nothing"):
            await client.chat(HELLO)


async def test_a_call_that_is_cancelled_does_not_wait_for_its_key() -> None:
    done = threading.Event()

    def key() -> str:
        done.wait(20)
        return "late"

    async with AsyncClient(base_url="http://127.0.0.1:9", model="m", api_key=key) as client:
        try:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await client.chat(HELLO)
        finally:
            done.set()
