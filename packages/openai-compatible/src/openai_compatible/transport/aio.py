"""Sends requests and reads answers, async.

The twin of ``sync.py``: the same functions in the same order with the same text, but for ``async``,
``await`` and the names that say so; a test compares them.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import openai

from openai_compatible.errors import (
    ConnectionFailedError,
    ModelNotFoundError,
    OpenAICompatibleError,
    RedirectRefusedError,
    RequestTimeoutError,
    ResponseTooLargeError,
)
from openai_compatible.plan.attempts import Call, Outcome, Sleep, attempts
from openai_compatible.transport.body import (
    AsyncBody,
    async_key,
    async_sleep,
    async_timeouts,
    async_together,
    async_within,
)
from openai_compatible.transport.call_log import log_end, log_next_step, log_response
from openai_compatible.transport.clients import AsyncClients
from openai_compatible.transport.deadline import NEVER, Deadline, Limits
from openai_compatible.transport.errors import (
    connection_error,
    is_of_http,
    read_error,
    redirected,
    status_error,
    without_frames,
)
from openai_compatible.transport.exchange import Exchange
from openai_compatible.transport.job import Job
from openai_compatible.transport.live import Live
from openai_compatible.types import Completion, Event

__all__ = ["answer", "answers", "stream"]

T = TypeVar("T")
R = TypeVar("R")

_MOST_REDIRECTS = 5
_DRAIN = 0.25
"""Seconds to wait, after the last event, for the end of the body: then the connection is reused."""

_LISTING = 3.0
"""Seconds for the list of models that an error message would like to quote."""


async def answer(clients: AsyncClients, job: Job[T]) -> tuple[T, Call]:
    """Send a request and read its whole answer, with retries and fallbacks as planned."""
    return await _drive(clients, job, _whole, job.total_at())


async def answers(clients: AsyncClients, jobs: Sequence[Job[T]], at_once: int) -> list[T]:
    """The answers to several requests, in their order, each with its record."""
    found = await async_together([partial(_divided, clients, job) for job in jobs], at_once)
    return [answer for parts in found for answer in parts]


async def _divided(clients: AsyncClients, job: Job[T]) -> list[T]:
    """The answer to a request, or to its parts if the server finds it too large."""
    try:
        return [job.recorded(*await answer(clients, job))]
    except OpenAICompatibleError as error:
        parts = job.parts(error)
        if not parts:
            raise
    found = []
    for part in parts:
        found += await _divided(clients, part)
    return found


async def stream(clients: AsyncClients, job: Job[Completion]) -> AsyncGenerator[Event, None]:
    """Send a request and yield the events of its answer; the last is the ``Completion``.

    Until the first event it is retried and falls back as planned; after it, never.
    """
    live, call = await _drive(clients, job, _opened, job.total_at())
    try:
        events = live.events
        while True:
            for event in events:
                yield event
            if live.ended:
                break
            events = await _pull(live, live.body.limits.after_event())
        completion = live.finish()
        log_end(job, call, live.body)
        yield job.finished(completion, call, live.changes)
        await _drain(live)
    except OpenAICompatibleError as error:
        job.blame(error, call)
        raise
    finally:
        await live.body.aclose()


async def _drive(
    clients: AsyncClients,
    job: Job[Any],
    attempt: Callable[[AsyncClients, Job[Any], Call, float], Awaitable[R]],
    total_at: float,
) -> tuple[R, Call]:
    """Do what the plan says until an attempt works."""
    plan = attempts(job.sites, random.random)
    step = next(plan)
    while True:
        if isinstance(step, Sleep):
            await async_sleep(step.seconds)
            step = plan.send(Outcome())
            continue
        call, error = step, None
        try:
            result = await attempt(clients, job, call, total_at)
        except OpenAICompatibleError as failure:
            error = job.blame(failure, call)
        remaining = None if total_at == NEVER else total_at - time.monotonic()
        try:
            renewed = job.renewed(error, call)
            step = plan.send(Outcome(error, remaining, job.adapted(error, call), renewed))
            log_next_step(job, call, error, step)
        except ModelNotFoundError as missing:
            await _suggest(clients, job, call, missing, total_at)
            raise
        except StopIteration:
            job.worked(call)
            return result, call


async def _whole(clients: AsyncClients, job: Job[T], call: Call, total_at: float) -> T:
    """One attempt at an answer in one piece."""
    body = await _send(clients, job, call, total_at)
    pieces = []
    try:
        while (piece := await _read(body, body.limits.first)) is not None:
            pieces.append(piece)
    finally:
        await body.aclose()
    log_end(job, call, body)
    return job.read_whole(pieces, body.content_type, call)


async def _opened(
    clients: AsyncClients, job: Job[Completion], call: Call, total_at: float
) -> Live[AsyncBody]:
    """One attempt at a stream, up to its first useful event."""
    body = await _send(clients, job, call, total_at)
    live = Live(body, job.parser(call, body.content_type))
    try:
        live.events = await _pull(live, body.limits.first)
        if live.ended and not live.events:
            live.finish()
    except BaseException:
        await body.aclose()
        raise
    return live


async def _send(clients: AsyncClients, job: Job[Any], call: Call, total_at: float) -> AsyncBody:
    """Send one request, following redirects within its origin, until the headers are there."""
    place = job.places[call.site]
    provider = place.target.provider
    if pause := job.wait(call.site, total_at):
        await async_sleep(pause)
    limits = Limits(provider.timeout, streamed=job.streams_from(place), total_at=total_at)
    exchange = job.exchange(call, await async_key(place.key))
    client = await clients.get(provider, exchange.url)
    url = exchange.url
    for _ in range(_MOST_REDIRECTS):
        wait = async_timeouts(provider.timeout.connect, limits.first)
        try:
            async with async_within(limits.first) as sending:
                answered = await getattr(client, exchange.method)(
                    url, **exchange.arguments(wait), **clients.unread
                )
                sizes = provider.response_limits
                body = AsyncBody(answered.response, url, limits, sizes, sending)
        except TimeoutError as late:
            raise limits.first.error() from without_frames(late)
        except openai.APIError as error:
            raise connection_error(error, url, limits.first) from without_frames(error)
        except BaseException as error:  # openai 3 does not know all of aiohttp's; cancelled, interrupted
            if is_of_http(without_frames(error)):
                raise connection_error(error, url, limits.first) from error
            raise
        log_response(job, call, exchange, body)
        if body.response.is_success:
            return body
        url = await _redirected(body, job.path, exchange)
    raise RedirectRefusedError(
        "the server redirects in a circle", hint="Set base_url to the address it ends at."
    )


async def _redirected(body: AsyncBody, endpoint: str, exchange: Exchange) -> str:
    """Where an answer that is not 2xx redirects to.

    Raises:
        RedirectRefusedError: To another origin.
        OpenAICompatibleError: It does not redirect: its error, with what of its body came within
            ``error_body`` bytes. A ``RequestTimeoutError`` if the body did not end in time.
    """
    try:
        target = redirected(body.response, body.url, exchange.carried.query)
        deadline = (
            body.limits.first if target is None else min(body.limits.first, Deadline.after(_DRAIN))
        )
        start, late = await _beginning(body, deadline)
    finally:
        await body.aclose()
    if target is None:
        raise status_error(body.response, start, endpoint, body.url, late)
    return target


async def _beginning(body: AsyncBody, deadline: Deadline) -> tuple[bytes, RequestTimeoutError | None]:
    """The first ``error_body`` bytes of a body, or what came of them, and whether it was too late."""
    pieces: list[bytes] = []
    left = body.sizes.error_body
    try:
        while left > 0 and (piece := await _read(body, deadline)) is not None:
            pieces.append(piece[:left])
            left -= len(piece)
    except RequestTimeoutError as error:
        return b"".join(pieces), error
    except OpenAICompatibleError:
        pass  # cut, or not in its coding: the status says what happened
    return b"".join(pieces), None


async def _read(body: AsyncBody, deadline: Deadline) -> bytes | None:
    """The next bytes of a body, ``None`` at its end."""
    try:
        async with body.until(deadline):
            return await anext(body.pieces, None)
    except TimeoutError as late:
        raise deadline.error() from without_frames(late)
    except ResponseTooLargeError:
        raise
    except Exception as error:  # noqa: BLE001 - httpx or httpx2: neither is imported by name
        raise read_error(error, body.url) from without_frames(error)
    except BaseException as error:  # cancelled or interrupted
        without_frames(error)
        raise


async def _pull(live: Live[AsyncBody], deadline: Deadline) -> list[Event]:
    """Read until something useful has come, or the stream has ended."""
    while True:
        try:
            piece = await _read(live.body, deadline)
        except ConnectionFailedError as error:
            live.cut = error
            piece = None
        except RequestTimeoutError as error:
            live.late(error)
            piece = None
        except ResponseTooLargeError as error:
            error.partial = live.parser.partial()
            raise
        events = live.take(piece)
        if events or live.ended:
            return events


async def _drain(live: Live[AsyncBody]) -> None:
    """Read what little may follow the last event, so that the connection can be used again."""
    deadline = Deadline.after(_DRAIN)
    try:
        while not live.at_end:
            live.at_end = await _read(live.body, deadline) is None
    except OpenAICompatibleError:
        pass  # the answer is complete; closing the body closes the connection


async def _suggest(
    clients: AsyncClients, job: Job[Any], call: Call, error: ModelNotFoundError, total_at: float
) -> None:
    """Add the names of near models to an error, if the server lists its models."""
    listing = job.listing()
    if listing is None:
        return
    try:
        found = await _whole(clients, listing, call, min(total_at, Deadline.after(_LISTING).at))
    except OpenAICompatibleError:
        return
    job.suggest(error, found)
