"""Asks servers for their models: one, or several at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from threading import Thread
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
    """The models that a provider's server lists, their ids as foreign text.

    Args:
        provider: Who is asked; nothing of an earlier answer is used.
        seconds: For one request with all that belongs to it.
        details: Ask the server's own paths too.
    """
    from openai_compatible.client import Client
    from openai_compatible.config.expansion import ForeignText

    limits = dict.fromkeys(("connect", "first_event", "idle", "call", "total"), seconds)
    with Client(provider, timeout=limits, max_retries=0) as client:
        return [replace(info, id=ForeignText(info.id)) for info in client.models(details=details)]


def list_each(providers: Sequence[Provider], seconds: float, *, details: bool = True) -> list[Listed]:
    """What each provider's server lists, in their order; the servers are asked at once."""
    if not providers:
        return []
    import openai  # noqa: F401 - threads would import it against each other

    answers: list[Future[Listed]] = [Future() for _ in providers]
    waiting = deque(zip(providers, answers, strict=True))

    def ask() -> None:
        while True:
            try:
                provider, answer = waiting.popleft()
            except IndexError:
                return
            try:
                answer.set_result(_listed(provider, seconds, details))
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                answer.set_exception(error)

    for _ in range(min(len(providers), _AT_ONCE)):
        Thread(target=ask, daemon=True).start()  # the end of the process waits for others: Ctrl-C would
    return [answer.result() for answer in answers]


def _listed(provider: Provider, seconds: float, details: bool) -> Listed:
    start = time.monotonic()
    try:
        models = tuple(list_models(provider, seconds, details=details))
    except OpenAICompatibleError as error:
        return Listed(provider, error=error, seconds=time.monotonic() - start)
    return Listed(provider, models, seconds=time.monotonic() - start)
