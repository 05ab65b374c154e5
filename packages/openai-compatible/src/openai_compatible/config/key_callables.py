"""Functions that are given as a key: those that keep keys, and how a function wants to be called."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Self

__all__ = ["RenewableKey", "is_async_function", "is_lack_of_event_loop"]


class RenewableKey(ABC):
    """A callable that gives keys and keeps them: it is told when one was refused."""

    @property
    @abstractmethod
    def blocks(self) -> bool:
        """Whether the next call may take a while, and does not await."""

    @abstractmethod
    def renew(self, refused: str | None = None) -> None:
        """Forget the key, because a server answered 401 to it.

        Args:
            refused: The key that was refused. Another one that was fetched meanwhile is kept.
        """

    @abstractmethod
    def __call__(self) -> str | Awaitable[str]:
        """The key."""

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


def is_async_function(function: Callable[[], Any]) -> bool:
    """Whether calling it only makes a coroutine, so that the call itself takes no time."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - an object whose call is a coroutine
    )


def is_lack_of_event_loop(error: BaseException | None) -> bool:
    """Whether asyncio says that it needs an event loop in the thread that it was called in."""
    return isinstance(error, RuntimeError) and "event loop" in str(error)
