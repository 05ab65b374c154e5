"""Which provider to ask next, and when: one generator, without a clock and without a socket.

The generator yields :class:`Call` and :class:`Sleep`; whoever drives it does them and sends the
:class:`Outcome` of a call back. It returns the :class:`Trail` of a call that worked and raises the
error of one that did not.

====================================  =====  ========
error                                 retry  fallback
====================================  =====  ========
connection failed, connect timeout    yes    yes
first event or call timed out         no     yes
408, 409, 429, 5xx (not 501)          yes    yes
400, 422 that an adaptation answers   adapt  no
401, and the key may be renewed       once   no
stream cut before its first event     yes    yes
quota used up                         no     yes
x-should-retry: true / false          as it  as above
400, 401, 403, 404, 422, settings     no     no
anything after the first event        no     no
====================================  =====  ========

A timed-out request is not repeated at the same server: it may still be working on it.

An adaptation is the same request in another dialect, at once and at the same place: at most three in
a call, each at most once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openai_compatible.errors import (
    AllProvidersFailedError,
    APIStatusError,
    ConnectionFailedError,
    ConnectTimeoutError,
    EndpointNotFoundError,
    OpenAICompatibleError,
    QuotaExceededError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    StreamInterruptedError,
    TotalTimeoutError,
)

__all__ = [
    "Call",
    "Outcome",
    "Site",
    "Sleep",
    "Trail",
    "adapts",
    "attempts",
    "delay",
    "falls_back",
    "is_retried",
    "spelled",
]

FIRST_DELAY = 0.5
"""Seconds before the first retry; doubles with each."""
LONGEST_DELAY = 8.0
LONGEST_RETRY_AFTER = 60.0
"""A server that asks for more is not waited for."""
MOST_ADAPTATIONS = 3
"""In one call, at all its places together."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place that may answer: one provider with the spellings of its base URL, in order."""

    name: str
    base_urls: tuple[str, ...]
    max_retries: int


@dataclass(frozen=True, slots=True)
class Trail:
    """What happened up to a call: number of attempts, retries among them, providers that failed."""

    attempts: int = 1
    retries: int = 0
    fallbacks: tuple[str, ...] = ()
    adaptations: tuple[str, ...] = ()
    """As ``fact=value``, in order."""


@dataclass(frozen=True, slots=True)
class Call:
    """Do this: ask the site with that index (0-based) under that base URL."""

    site: int
    base_url: str
    trail: Trail
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Dialect facts learned from this site in this call."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """Do this: wait so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended.

    ``remaining``: seconds left of the total limit, ``None`` without one. ``facts``: the dialect in
    which the refused request may be accepted, if there is one. ``renewed``: the key was refused, and
    another one may be had.
    """

    error: OpenAICompatibleError | None = None
    remaining: float | None = None
    facts: Mapping[str, Any] | None = None
    renewed: bool = False


def is_retried(error: OpenAICompatibleError) -> bool:
    """Whether the same provider is asked again: what the server says of that counts.

    >>> is_retried(RateLimitError("slow down", status_code=429))
    True
    """
    said = error.should_retry if isinstance(error, APIStatusError) else None
    return _is_passing(error) if said is None else said


def _is_passing(error: OpenAICompatibleError) -> bool:
    """Whether the error may be gone with the next request."""
    if isinstance(error, QuotaExceededError) or error.status_code == 501:
        return False
    return isinstance(
        error,
        ConnectionFailedError
        | ConnectTimeoutError
        | RateLimitError
        | ServerError
        | StreamInterruptedError,
    ) or (isinstance(error, APIStatusError) and error.status_code in (408, 409))


def falls_back(error: OpenAICompatibleError) -> bool:
    """Whether the next provider is asked.

    >>> falls_back(QuotaExceededError("no credit left", status_code=402))
    True
    """
    if isinstance(error, TotalTimeoutError) and error.code == "total":
        return False
    return _is_passing(error) or isinstance(error, RequestTimeoutError | QuotaExceededError)


def delay(retry: int, retry_after: float | None, jitter: float) -> float:
    """Seconds to wait before retry number ``retry`` (from 0); ``jitter`` is in 0..1.

    What the server asks for (``Retry-After``) is kept; otherwise 0.5 s, doubling, at most 8 s,
    shortened by up to a quarter so that many clients do not return together.

    >>> delay(1, None, 0.0), delay(0, 3.0, 0.7)
    (1.0, 3.0)
    """
    if retry_after is not None and retry_after >= 0:
        return retry_after
    wait: float = min(LONGEST_DELAY, FIRST_DELAY * 2.0**retry)
    return wait * (1 - 0.25 * jitter)


def spelled(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Facts as a trail has them.

    >>> spelled({"stream_usage": False})
    ('stream_usage=False',)
    """
    return tuple(f"{fact}={value!r}" for fact, value in facts.items())


def adapts(trail: Trail, facts: Mapping[str, Any]) -> bool:
    """Whether these facts may still be tried in this call."""
    names = spelled(facts)
    return len(trail.adaptations) + len(names) <= MOST_ADAPTATIONS and {*names}.isdisjoint(
        trail.adaptations
    )


def attempts(
    sites: Sequence[Site], jitter: Callable[[], float]
) -> Generator[Call | Sleep, Outcome, Trail]:
    """Plan the calls of one request.

    Args:
        sites: Where to ask, best first; at least one.
        jitter: Gives numbers in 0..1.

    Returns:
        The trail of the call that worked.

    Raises:
        OpenAICompatibleError: What the only site answered last.
        AllProvidersFailedError: Every one of several sites failed.
    """
    trail = Trail(attempts=0)
    failures: list[OpenAICompatibleError] = []
    for index, site in enumerate(sites):
        trail, error = yield from _ask(index, site, trail, jitter)
        if error is None:
            return trail
        failures.append(error)
        if not falls_back(error):
            break
        trail = replace(trail, fallbacks=(*trail.fallbacks, site.name))
    if len(failures) == 1:
        raise failures[0]
    raise AllProvidersFailedError(
        "no provider answered: " + "; ".join(str(error).rstrip(".") for error in failures) + ".",
        errors=failures,
        status_code=failures[-1].status_code,
        retry_after=failures[-1].retry_after,
    ) from failures[-1]


def _ask(
    index: int, site: Site, trail: Trail, jitter: Callable[[], float]
) -> Generator[Call | Sleep, Outcome, tuple[Trail, OpenAICompatibleError | None]]:
    spellings = list(site.base_urls)
    tried = [spellings.pop(0)]
    first_missing: EndpointNotFoundError | None = None
    retry = 0
    renewed = False
    facts: dict[str, Any] = {}
    while True:
        trail = replace(trail, attempts=trail.attempts + 1)
        outcome = yield Call(index, tried[-1], trail, facts)
        error = outcome.error
        if error is None:
            return trail, None
        if outcome.facts and adapts(trail, outcome.facts):
            trail = replace(trail, adaptations=trail.adaptations + spelled(outcome.facts))
            facts = {**facts, **outcome.facts}
            continue
        if outcome.renewed and not renewed:
            renewed = True
            continue
        if first_missing is None and isinstance(error, EndpointNotFoundError):
            first_missing = error
        if first_missing is not None and isinstance(error, APIStatusError):
            if isinstance(error, EndpointNotFoundError) and spellings:
                tried.append(spellings.pop(0))
                continue
            if isinstance(error, EndpointNotFoundError):
                return trail, _no_route(first_missing, tried)
        if retry >= site.max_retries or not is_retried(error):
            return trail, error
        wait = delay(retry, error.retry_after, jitter())
        if wait > LONGEST_RETRY_AFTER or (outcome.remaining is not None and wait >= outcome.remaining):
            return trail, error
        retry += 1
        trail = replace(trail, retries=trail.retries + 1)
        yield Sleep(wait)


def _no_route(error: EndpointNotFoundError, tried: list[str]) -> EndpointNotFoundError:
    """Name every base URL that was tried."""
    error.hint = (
        f"Tried the base URLs {', '.join(tried)}. Set base_url to the one under which the server "
        "answers /chat/completions, often ending in /v1."
    )
    return error
