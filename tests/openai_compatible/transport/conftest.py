"""Three ways to the network, one face: blocking, async on aiohttp, async on httpx."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import openai
import pytest

from openai_compatible import AsyncClient, Client, Completion, Event

HELLO = [{"role": "user", "content": "hello"}]


def delta(text: str = "", **more: Any) -> dict[str, Any]:
    """A chunk with a piece of text."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], **more}


FINISH = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}


class Blocking:
    """The blocking client."""

    name = "blocking"

    def chat(self, **fields: Any) -> Completion:
        with Client(**{"model": "m", **fields}) as client:
            return client.chat(HELLO)

    def stream(self, seen: list[Event] | None = None, **fields: Any) -> list[Event]:
        """All events; those before an error are in ``seen``."""
        events = [] if seen is None else seen
        with Client(**{"model": "m", **fields}) as client, client.stream(HELLO) as stream:
            events.extend(stream) if seen is None else [events.append(one) for one in stream]
        return events

    def use(self, act: Callable[[Any], Any], **fields: Any) -> Any:
        """``act`` gets a caller ``(method, *arguments)`` of one client."""
        with Client(**{"model": "m", **fields}) as client:
            return act(lambda method, *args, **kwargs: getattr(client, method)(*args, **kwargs))


class Async:
    """The async client, on aiohttp where it is installed or on httpx."""

    def __init__(self, http: str) -> None:
        self.name = http

    def client(self, fields: dict[str, Any]) -> AsyncClient:
        fields = {"model": "m", **fields}
        if self.name == "httpx":
            fields["http_client"] = openai.DefaultAsyncHttpxClient()
        return AsyncClient(**fields)

    async def closed(self, client: AsyncClient) -> None:
        await client.aclose()
        if self.name == "httpx":
            await client._http_client.aclose()

    def chat(self, **fields: Any) -> Completion:
        return asyncio.run(self._chat(fields))

    async def _chat(self, fields: dict[str, Any]) -> Completion:
        client = self.client(fields)
        try:
            return await client.chat(HELLO)
        finally:
            await self.closed(client)

    def stream(self, seen: list[Event] | None = None, **fields: Any) -> list[Event]:
        """All events; those before an error are in ``seen``."""
        return asyncio.run(self._stream([] if seen is None else seen, fields))

    async def _stream(self, events: list[Event], fields: dict[str, Any]) -> list[Event]:
        client = self.client(fields)
        try:
            async with client.stream(HELLO) as stream:
                async for event in stream:
                    events.append(event)
        finally:
            await self.closed(client)
        return events

    def use(self, act: Callable[[Any], Any], **fields: Any) -> Any:
        """``act`` gets a caller ``(method, *arguments)`` of one client."""
        with asyncio.Runner() as runner:
            client = self.client(fields)

            async def call(method: str, args: Any, kwargs: Any) -> Any:
                if method == "stream":
                    return [event async for event in client.stream(*args, **kwargs)]
                return await getattr(client, method)(*args, **kwargs)

            try:
                return act(lambda method, *args, **kw: runner.run(call(method, args, kw)))
            finally:
                runner.run(self.closed(client))


@pytest.fixture(params=["blocking", "aiohttp", "httpx"])
def way(request: pytest.FixtureRequest) -> Blocking | Async:
    """How the request travels."""
    if request.param == "blocking":
        return Blocking()
    if request.param == "aiohttp":
        pytest.importorskip("aiohttp")
    return Async(request.param)
