"""The fingerprint of an endpoint: a hash of all that decides which model answers, and how it is asked.

Pure and deterministic: equal settings have equal fingerprints in every process, so persistent caches may
keep them. ``docs/decisions/0014-what-identifies-an-endpoint.md`` says what takes part and why.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.plan.routing import Target
from openai_compatible.secret_mapping import SecretMapping
from openai_compatible.urls import BaseURL, base_url

__all__ = [
    "FINGERPRINT",
    "EndpointKey",
    "add_fingerprint",
    "endpoint_key",
    "fingerprint",
    "select_headers",
    "with_call",
]

FINGERPRINT = "endpoint_fingerprint"
"""Name of the fingerprint in what a framework dumps; it describes no setting, and readers ignore it."""

_OF_SENDER = frozenset({
    "baggage",
    "http-referer",
    "referer",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-request-id",
    "x-title",
})  # fmt: skip
"""Headers that name the sender or one request. No server chooses a model by them."""


_encode = json.JSONEncoder(sort_keys=True).encode


class EndpointKey(NamedTuple):
    """What an endpoint is remembered by. Hashes, except for the model."""

    server: str
    """Provider name, address with query, headers and profile: whose model list and base URL it is."""
    settings: str
    """``server``, body additions, dialect and prefixes: for which requests a dialect was learned."""
    model: str
    """Wire id."""


def endpoint_key(target: Target, address: BaseURL | None = None) -> EndpointKey:
    """Return the key of a target. The API key takes no part: neither its value nor its source.

    Args:
        target: The target.
        address: Its base URL, if it was read already.

    Raises:
        ConfigError: The base URL cannot be read.

    >>> from openai_compatible.config.provider import Provider
    >>> one = Provider(name="p", base_url="http://127.0.0.1:1", headers={"X-A": "1", "x-b": "2"})
    >>> other = Provider(name="p", base_url="http://127.0.0.1:1/v1/", headers={"X-B": "2", "x-a": "1"})
    >>> endpoint_key(Target.at(one, "m")) == endpoint_key(Target.at(other, "m"))
    True
    """
    provider, facts = target.provider, target.facts
    if address is None:
        address = base_url(facts.base_url or provider.base_url)
    server = _digest([
        "server",
        provider.name,
        address.url,
        {**address.query, **provider.parameters},
        select_headers(provider.headers),
        provider.profile or "generic",
        list(provider.lost),
    ])  # fmt: skip
    settings = _digest([
        "settings",
        server,
        {**_values(provider.extra_body), **_values(facts.extra_body)},
        {**provider.dialect, **facts.dialect},
        sorted(provider.drop_params),
        [facts.query_prefix, facts.document_prefix],
    ])  # fmt: skip
    return EndpointKey(server, settings, target.model)


def with_call(key: EndpointKey, headers: Mapping[str, str], query: Mapping[str, str]) -> EndpointKey:
    """Return the key of an endpoint for calls with these headers and query parameters of their own."""
    chosen = select_headers(headers)
    if not chosen and not query:
        return key
    return key._replace(settings=_digest(["call", key.settings, chosen, dict(query)]))


def fingerprint(keys: Sequence[EndpointKey], additions: Mapping[str, Any] | None = None) -> str:
    """Return one hash, in hexadecimal, of endpoints in their order, and of an object's own settings.

    Args:
        keys: Of the endpoints that may answer.
        additions: Settings of the object that change its answers: body additions, dimensions, prefixes.
            ``None`` values count as not set. Secret values are hashed.
    """
    own = {
        name: _values(value) if isinstance(value, Mapping) else value
        for name, value in (additions or {}).items()
        if value is not None
    }
    return _digest(["endpoints", [list(key) for key in keys], own])


def add_fingerprint(dumped: dict[str, Any], compute: Callable[[], str]) -> dict[str, Any]:
    """Add the fingerprint to an object's dump; leave it out where the endpoint cannot be resolved."""
    with suppress(OpenAICompatibleError):  # the object's calls say what is wrong
        dumped[FINGERPRINT] = compute()
    return dumped


def select_headers(headers: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that may select a deployment, by lower-case name; the last one wins.

    >>> select_headers({"X-Deployment": " a", "X-Request-Id": "1", "X-Other": None})
    {'x-deployment': 'a'}
    """
    given = ((str(name), value) for name, value in headers.items() if value is not None)
    lower = {name.lower(): str(value).strip() for name, value in given}
    return {name: value for name, value in lower.items() if name not in _OF_SENDER}


def _values(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return mapping.reveal() if isinstance(mapping, SecretMapping) else dict(mapping)


def _digest(value: Any) -> str:
    try:
        text = _encode(value)
    except (TypeError, ValueError, RecursionError):  # no JSON, so no request: equal to nothing
        text = os.urandom(16).hex()
    return hashlib.blake2b(text.encode(), digest_size=32, person=b"oac-endpoint").hexdigest()
