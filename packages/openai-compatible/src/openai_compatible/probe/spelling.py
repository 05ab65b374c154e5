"""Base URLs that may be meant, and the one that answers."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from openai_compatible.client import Client
from openai_compatible.config.provider import Provider, Timeouts
from openai_compatible.errors import (
    APIStatusError,
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    EndpointNotFoundError,
    OpenAICompatibleError,
    OpenAICompatibleWarning,
    PermissionDeniedError,
    RequestTimeoutError,
)
from openai_compatible.plan.fingerprint import endpoint_key
from openai_compatible.plan.routing import Target
from openai_compatible.presets.registry import for_url
from openai_compatible.probe.http_verdict import is_airplay
from openai_compatible.transport import memory
from openai_compatible.transport.reach import (
    Head,
    Reach,
    ReachError,
    is_loopback,
    tls_context,
    watched,
    way,
)
from openai_compatible.urls import base_url, candidates, is_private_host, origin, same_origin
from openai_compatible.wire.plain import quoted

__all__ = ["Found", "find_base_url", "first_answer", "spellings"]


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


def spellings(url: str) -> tuple[str, ...]:
    """Base URLs worth trying for what somebody typed, likeliest first.

    As written; with ``/v1``; without a path; with the path of the service that is known to be there.
    Without a scheme ``http`` is tried on private hosts only, so that no key travels in clear; ``https``
    for ``http`` always, ``http`` for ``https`` on loopback only.

    Raises:
        ConfigError: It cannot be read as a URL at all; the hint says how to write one.

    >>> spellings("localhost:8000")[:3]
    ('http://localhost:8000/v1', 'http://localhost:8000', 'http://localhost:8000/api/v1')
    >>> spellings("api.example.com/v1")
    ('https://api.example.com/v1', 'https://api.example.com')
    """
    text = url.strip()
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        schemes, rest = _schemes(text), text
    elif scheme.lower() == "http":
        schemes = ("http", "https")
    else:
        schemes = (scheme.lower(), *(("http",) if is_loopback(_host(text)) else ()))
    found: list[str] = []
    for one in schemes:
        found += _paths(f"{one}://{rest}")
    return tuple(dict.fromkeys(found))


def _schemes(text: str) -> tuple[str, ...]:
    """What may stand before a URL that was typed without a scheme."""
    host = _host(f"//{text}")
    return ("http", "https") if is_private_host(host) else ("https",)


def _host(text: str) -> str:
    try:
        return urlsplit(text).hostname or ""
    except ValueError:  # told by base_url, with its own words
        return ""


def _paths(text: str) -> Iterable[str]:
    """Base URLs of one scheme."""
    base = base_url(text)
    known = for_url(base.url) if base.guessed_v1 else None
    if known is not None and same_origin(known.base_url, base.url) and "$" not in known.base_url:
        yield base_url(known.base_url).url
    yield base.url
    yield from candidates(base)


@dataclass(frozen=True, slots=True)
class Found:
    """Which base URL answers as an API."""

    base_url: str | None
    """``None``: none does."""
    models: tuple[str, ...] = ()
    """Ids that are listed there."""
    needs_key: bool = False
    """It answered that the key is missing or wrong."""
    tried: tuple[str, ...] = ()
    text: str = ""
    """One line: what is so."""


def find_base_url(
    url: str, *, timeout: float = 10.0, reach: Reach | None = None, **fields: Any
) -> Found:
    """Try the spellings of a base URL until one answers with a list of models.

    Second best is one that answers with an error as an API does, for example that it wants a key. A
    server without a list of models is not found so: nothing but a chat tells it from any other.

    Args:
        url: What was typed.
        timeout: Seconds for each step.
        reach: The network; the real one unless a test has its own.
        fields: Of a :class:`~openai_compatible.config.provider.Provider`: ``api_key``, ``auth`` ...

    Raises:
        ConfigError: The text is no URL, or a field does not fit.
    """
    fields = {"name": "unnamed", **fields}
    providers = [Provider(**{**fields, "base_url": one}) for one in spellings(url)]
    return first_answer(providers, timeout, reach or Reach())


def first_answer(providers: Iterable[Provider], timeout: float, reach: Reach) -> Found:
    """The first of these providers that lists models, else the first that answers as an API."""
    tried: dict[str, str] = {}
    closed: dict[str, str] = {}
    second: Found | None = None
    for provider in providers:
        base = base_url(provider.base_url)
        if base.url in tried:
            continue
        if fault := _unreachable(provider, base.url, timeout, reach, closed):
            tried[base.url] = fault
            continue
        answer = _ask(provider, timeout)
        if not isinstance(answer, OpenAICompatibleError):
            working = memory.base_url(endpoint_key(Target.at(provider, "")).server) or base.url
            text = f"{working} lists {len(answer)} {'model' if len(answer) == 1 else 'models'}"
            return Found(working, tuple(answer), False, (*tried, working), text)
        tried[base.url] = quoted(answer.message)
        if isinstance(answer, ConnectionFailedError | RequestTimeoutError):
            closed[origin(base.url)] = tried[base.url]  # other paths would be no better
        if isinstance(answer, EndpointNotFoundError):  # then the client has tried these
            tried.update(dict.fromkeys(candidates(base), tried[base.url]))
        elif second is None and _as_api(answer):
            working = memory.base_url(endpoint_key(Target.at(provider, "")).server) or base.url
            needs_key = isinstance(answer, AuthenticationError | PermissionDeniedError)
            second = Found(working, (), needs_key, (), f"{working} answers: {tried[base.url]}")
    if second is not None:
        return Found(second.base_url, (), second.needs_key, tuple(tried), second.text)
    text = next(iter(tried.values()), "nothing to try")
    return Found(None, (), False, tuple(tried), f"no API answers: {text}")


def _as_api(error: OpenAICompatibleError) -> bool:
    """Whether an error is one that only an API says, no web page and no proxy."""
    page = (error.body or "").lstrip().startswith("<")
    return isinstance(error, APIStatusError) and error.status_code not in (502, 503, 504) and not page


def _ask(provider: Provider, timeout: float) -> list[str] | OpenAICompatibleError:
    heads: list[Head] = []
    limits = Timeouts(connect=timeout, call=timeout, total=2 * timeout)
    asked = provider.changed(max_retries=0, rate_limit=None, timeout=limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OpenAICompatibleWarning)
        try:
            with watched(asked, asked.base_url) as (http_client, heads):
                client = Client([Target.at(asked, "")], http_client=http_client)
                return [info.id for info in client.models()]
        except OpenAICompatibleError as error:
            if heads and is_airplay(heads[-1]):
                return ConnectionFailedError("the AirPlay receiver of macOS answers, no model server")
            return error


def _unreachable(
    provider: Provider, url: str, timeout: float, reach: Reach, closed: dict[str, str]
) -> str:
    """Why an origin cannot be reached; empty where it can. Each origin is tried once."""
    place = origin(url)
    if place not in closed:
        try:
            closed[place] = ""
            to = way(provider, url)
            context = tls_context(provider) if url.startswith("https") and not to.proxied else None
            sock = reach.connect(reach.resolve(to.host, to.port, timeout), timeout)
            if context is None:
                sock.close()
            else:
                reach.handshake(sock, to.host, context, timeout)
        except ReachError as fault:
            closed[place] = quoted(f"{place}: {fault.kind.replace('_', ' ')} {fault.detail}".strip())
        except ConfigError as error:
            closed[place] = quoted(error.message)
    return closed[place]
