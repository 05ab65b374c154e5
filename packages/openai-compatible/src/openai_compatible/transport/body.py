"""The body of an open answer, read piece by piece; and the other places where sync and async differ.

``sync.py`` and ``aio.py`` hold the same text but for ``async`` and ``await``; what truly differs is
here, side by side.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import openai
from pydantic import SecretStr

from openai_compatible.config.concealed import hidden
from openai_compatible.config.keys import KeySource
from openai_compatible.config.tables import ResponseLimits
from openai_compatible.transport.deadline import Deadline, Limits, Watch
from openai_compatible.transport.watched_network import Sending
from openai_compatible.wire.body_decoder import BodyDecoder

__all__ = [
    "AsyncBody",
    "Body",
    "async_key",
    "async_sleep",
    "async_timeouts",
    "async_together",
    "async_within",
    "key",
    "sleep",
    "timeouts",
    "together",
    "within",
]

T = TypeVar("T")


class Body:
    """An open answer, of whatever status.

    ``pieces`` are the bytes as the network brings them, decompressed; it raises what
    :class:`~openai_compatible.wire.body_decoder.BodyDecoder` raises.
    """

    def __init__(
        self, response: Any, url: str, limits: Limits, sizes: ResponseLimits, sending: Sending
    ) -> None:
        self.url = url
        self.limits = limits
        self.sizes = sizes
        self.response = response
        self.pieces: Iterator[bytes] = _decode(response, sizes)
        self._watch = sending.watch
        sending.keep(response)
        if self._watch.blind:
            self._watch.attach(_socket(response))
        _stop_read_timeout(response, keep=self._watch.blind)

    @property
    def content_type(self) -> str | None:
        """The ``content-type`` of the answer, as sent."""
        found: str | None = self.response.headers.get("content-type")
        return found

    def until(self, deadline: Deadline) -> Watch:
        """``with`` this around a read, the read ends with ``TimeoutError`` at the deadline."""
        return self._watch.until(deadline)

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        self._watch.close()
        self.response.close()


class AsyncBody:
    """An open answer, of whatever status; as :class:`Body`."""

    def __init__(
        self, response: Any, url: str, limits: Limits, sizes: ResponseLimits, sending: object
    ) -> None:
        self.url = url
        self.limits = limits
        self.sizes = sizes
        self.response = response
        self.pieces: AsyncIterator[bytes] = _async_decode(response, sizes)

    @property
    def content_type(self) -> str | None:
        """The ``content-type`` of the answer, as sent."""
        found: str | None = self.response.headers.get("content-type")
        return found

    def until(self, deadline: Deadline) -> AbstractAsyncContextManager[object]:
        """``async with`` this around a read, the read ends with ``TimeoutError`` at the deadline."""
        return asyncio.timeout(deadline.left)

    async def aclose(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        await self.response.aclose()


def _decode(response: Any, sizes: ResponseLimits) -> Iterator[bytes]:
    decoder = BodyDecoder(response.headers.get("content-encoding"), sizes)
    if decoder.is_plain:  # each piece of a stream would pay for a generator of its own
        for raw in response.iter_raw():
            decoder.count(raw)
            yield raw
        return
    for raw in response.iter_raw():
        yield from decoder.feed(raw)


async def _async_decode(response: Any, sizes: ResponseLimits) -> AsyncIterator[bytes]:
    decoder = BodyDecoder(response.headers.get("content-encoding"), sizes)
    if decoder.is_plain:
        async for raw in response.aiter_raw():
            decoder.count(raw)
            yield raw
        return
    async for raw in response.aiter_raw():
        for piece in decoder.feed(raw):
            yield piece


def _socket(response: Any) -> Any:
    """The socket under an answer; ``None`` where the HTTP client has none to show."""
    stream = response.extensions.get("network_stream")
    return None if stream is None else stream.get_extra_info("socket")


def _stop_read_timeout(response: Any, *, keep: bool) -> None:
    """Leave the body to the watch: httpx's read timeout was meant for the headers."""
    limits = response.request.extensions.get("timeout")
    if not keep and isinstance(limits, dict):
        limits["read"] = None


def within(deadline: Deadline) -> Sending:
    """Around the sending of a request: it ends with ``TimeoutError`` at the deadline."""
    return Sending(deadline)


def async_within(deadline: Deadline) -> AbstractAsyncContextManager[object]:
    """Around the sending of a request: it ends with ``TimeoutError`` at the deadline."""
    return asyncio.timeout(deadline.left)


def timeouts(connect: float | None, deadline: Deadline) -> openai.Timeout:
    """Limits of the HTTP client until the headers are there."""
    left = _not_zero(deadline)
    return openai.Timeout(connect=_least(connect, left), read=left, write=left, pool=left)


def async_timeouts(connect: float | None, deadline: Deadline) -> openai.Timeout:
    """Limits of the HTTP client; :func:`async_within` holds the rest."""
    connect = _least(connect, _not_zero(deadline))
    return openai.Timeout(connect=connect, read=None, write=None, pool=None)


def _not_zero(deadline: Deadline) -> float | None:
    """Seconds left. A socket with none at all does not wait, and fails with EAGAIN instead of late."""
    return None if deadline.left is None else max(deadline.left, 0.001)


def key(source: KeySource) -> SecretStr | None:
    """The key of a source."""
    return hidden(source.get())


async def async_key(source: KeySource) -> SecretStr | None:
    """The key of a source; one that takes a while is asked in a thread."""
    return hidden(await source.aget(asyncio.to_thread))


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


async def async_sleep(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


def together(calls: Sequence[Callable[[], T]], at_once: int) -> list[T]:
    """The results of several calls, in order: one after the other."""
    return [call() for call in calls]


async def async_together(calls: Sequence[Callable[[], Awaitable[T]]], at_once: int) -> list[T]:
    """The results of several calls, in order; at most ``at_once`` run. One failing ends all."""
    if len(calls) == 1:
        return [await calls[0]()]
    gate = asyncio.Semaphore(at_once)

    async def one(call: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await call()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in calls]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def _least(one: float | None, other: float | None) -> float | None:
    known = [value for value in (one, other) if value is not None]
    # 0 would be "no time at all" to some HTTP clients and "no limit" to others.
    return max(0.001, min(known)) if known else None
