"""``CachedToken``: keys that run out, fetched from a token server and kept until shortly before that."""

from __future__ import annotations

import asyncio
import inspect
import socket
import time
import weakref
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast
from urllib.error import HTTPError

from openai_compatible.config.concealed import Secret, bare, sealed
from openai_compatible.config.key_callables import RenewableKey, is_async_function
from openai_compatible.errors import ConfigError, ConnectionFailedError, OpenAICompatibleError
from openai_compatible.forks import ForkSafeLock

__all__ = ["CachedToken"]


class CachedToken(RenewableKey):
    """An ``api_key`` that is fetched when it is needed: at first, before it runs out, when refused.

    One object may serve several clients, threads and event loops; who needs a token that is being
    fetched waits for it. An ordinary function works in blocking and async calls (there in a thread),
    an async one in async calls.

    Args:
        fetch: Returns the token and how many seconds it is valid from now. What it raises is told as
            :class:`ConfigError`, or :class:`ConnectionFailedError` where its server cannot be reached,
            which is retried and falls back.
        name: What the tokens come from, for messages; the function's name otherwise.
        early: Seconds before its end at which a token is fetched anew, at most half its time.
        clock: Monotonic seconds.

    >>> token = CachedToken(lambda: ("eyJ0", 3600), name="login.example.com")
    >>> token(), token
    ('***', CachedToken('login.example.com'))
    """

    def __init__(
        self,
        fetch: Callable[[], tuple[str, float] | Awaitable[tuple[str, float]]],
        *,
        name: str | None = None,
        early: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name or getattr(fetch, "__qualname__", type(fetch).__name__)
        self._fetch = fetch
        self._is_async = is_async_function(fetch)
        self._early = early
        self._clock = clock
        self._kept: tuple[Secret, float] | None = None
        self._lock = ForkSafeLock()
        self._gates: weakref.WeakKeyDictionary[Any, asyncio.Lock] = weakref.WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"CachedToken({self.name!r})"

    @property
    def blocks(self) -> bool:
        """Whether the next call asks the token server, and waits for it."""
        return not self._is_async and self._fresh() is None

    def renew(self, refused: str | None = None) -> None:
        """Forget the token, because it was refused.

        Args:
            refused: The refused token. Another one that was fetched meanwhile is kept.
        """
        kept = self._kept
        if kept is not None and refused in (None, str(kept[0])):
            self._kept = None

    @sealed
    def __call__(self) -> str | Awaitable[str]:
        """The token, or an awaitable of it where ``fetch`` is async and must be asked."""
        found = self._fresh()
        if found is not None:
            return found
        if self._is_async:
            return self._one_at_a_time()
        with self._lock:
            found = self._fresh()
            if found is not None:
                return found
            try:
                answer = self._fetch()
            except Exception as error:  # noqa: BLE001 - of whatever library it uses
                failed = error
            else:
                return self._keep(answer)
        raise self._failed(failed)

    async def _one_at_a_time(self) -> str:
        """The token of an async ``fetch``, which is asked once however many wait for it here."""
        gate = self._gates.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with gate:
            found = self._fresh()
            return found or await self._later(cast("Awaitable[Any]", self._fetch()))

    async def _later(self, answer: Awaitable[Any]) -> str:
        try:
            return self._keep(await answer)
        except Exception as error:  # noqa: BLE001 - of whatever library it uses
            failed = error
        raise self._failed(failed)

    def _fresh(self) -> Secret | None:
        kept = self._kept
        return kept[0] if kept is not None and self._clock() < kept[1] else None

    def _keep(self, answer: Any) -> Secret:
        match answer:
            case (str() as token, int() | float() as seconds) if token.strip():
                made = Secret(token.strip())
                self._kept = made, self._clock() + seconds - min(self._early, seconds / 2)
                return made
        hint = "It must return a pair: the token as text, and the seconds it is valid."
        if inspect.iscoroutine(answer):
            answer.close()
            hint = "Give the async function itself, not one that calls it."
        raise ConfigError(
            f"no token came from {self.name!r}: the function returned {type(answer).__name__}", hint=hint
        )

    def _failed(self, error: Exception) -> OpenAICompatibleError:
        """What ``fetch`` raised, as our error: nothing of its text, none of its frames."""
        if isinstance(error, OpenAICompatibleError):
            return bare(error)
        if isinstance(error, HTTPError):
            error.close()  # urllib's holds the open answer
        for one in _causes(error):
            if isinstance(one, ConnectionError | TimeoutError | socket.gaierror):
                found: OpenAICompatibleError = ConnectionFailedError(
                    f"no token came from {self.name!r}: it cannot be reached ({type(one).__name__})",
                    hint="Check the token server and the network between.",
                )
                break
        else:
            found = ConfigError(
                f"no token came from {self.name!r}: {type(error).__name__}",
                hint="Call the function that fetches tokens by itself to see its error.",
            )
        found.__cause__ = bare(error)
        return found


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, what caused it, and so on; ``urllib`` keeps the cause as ``reason``."""
    seen: Any = error
    for _ in range(20):
        if not isinstance(seen, BaseException):
            return
        yield seen
        reason = getattr(seen, "reason", None)
        seen = reason if isinstance(reason, BaseException) else seen.__cause__ or seen.__context__
