"""Asks servers for their models: one, or several at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from openai_compatible.config.provider import Provider
from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.types import ModelInfo

__all__ = ["Listed", "list_each", "list_models"]

_AT_ONCE = 8


class Listed(NamedTuple):
    """What a provider's server listed, or why not."""

    provider: Provider
    models: tuple[ModelInfo, ...] = ()
    error: OpenAICompatibleError | None = None
    seconds: float = 0.0


def list_models(provider: Provider, seconds: float, *, details: bool = True) -> list[ModelInfo]:
    """The models that a provider's server lists; each request may take so many seconds.

    Args:
        provider: Who is asked; nothing of an earlier answer is used.
        seconds: For one request with all that belongs to it.
        details: Ask the server's own paths too.
    """
    from openai_compatible.client import Client

    limits = dict.fromkeys(("connect", "first_event", "idle", "call", "total"), seconds)
    with Client(provider, timeout=limits, max_retries=0) as client:
        return client.models(details=details)


def list_each(providers: Sequence[Provider], seconds: float, *, details: bool = True) -> list[Listed]:
    """What each provider's server lists, in their order; the servers are asked at once."""
    if not providers:
        return []
    import openai  # noqa: F401 - threads would import it against each other

    pool = ThreadPoolExecutor(min(len(providers), _AT_ONCE))
    try:
        return list(pool.map(lambda provider: _listed(provider, seconds, details), providers))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _listed(provider: Provider, seconds: float, details: bool) -> Listed:
    start = time.monotonic()
    try:
        models = tuple(list_models(provider, seconds, details=details))
    except OpenAICompatibleError as error:
        return Listed(provider, error=error, seconds=time.monotonic() - start)
    return Listed(provider, models, seconds=time.monotonic() - start)
