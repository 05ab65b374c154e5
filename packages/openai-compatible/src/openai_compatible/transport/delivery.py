"""Sends a request again whose pooled connection the server had closed.

A server may close a kept connection at any time, also while a request is on its way to it (llama.cpp
announces keep-alive and closes after a stream). The request then dies before one byte of an answer, and
it is sent once more, over a new connection: RFC 9112, section 9.3.1. It counts as one attempt.

The network layers of httpx (:mod:`openai_compatible.transport.watched_network`) and aiohttp
(:mod:`openai_compatible.transport.watched_aiohttp`) note what happens to a request in its
:class:`Delivery`, which they find in the context.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from types import TracebackType

from openai_compatible.transport.errors import iter_causes

__all__ = ["ConnectionUse", "Delivery", "current_delivery", "is_closed_connection"]

_CLOSED = frozenset(
    {
        # httpx and httpcore
        *("RemoteProtocolError", "ReadError", "WriteError", "CloseError"),
        # aiohttp
        *("ServerDisconnectedError", "ClientOSError", "ClientConnectionResetError"),
    }
)
_delivery: ContextVar[Delivery | None] = ContextVar("openai_compatible_delivery", default=None)


class Delivery:
    """One sending of one request: ``with Delivery() as delivery: send()``.

    Args:
        needs_new: Take no connection that another request used.
    """

    __slots__ = ("_token", "is_answered", "is_reused", "needs_new")

    def __init__(self, *, needs_new: bool = False) -> None:
        self.needs_new = needs_new
        self.is_reused = False
        """Whether the request went over a connection that was open before."""
        self.is_answered = False
        """Whether a byte came back."""
        self._token: Token[Delivery | None] | None = None

    def __enter__(self) -> Delivery:
        self._token = _delivery.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.needs_new = False  # timers of aiohttp keep the context
        if self._token is not None:
            _delivery.reset(self._token)

    def may_be_repeated(self, error: BaseException) -> bool:
        """Whether the request failed because its connection was closed before it could be answered."""
        return self.is_reused and not self.is_answered and is_closed_connection(error)


def current_delivery() -> Delivery | None:
    """Return the delivery of the request that this thread or task is sending."""
    return _delivery.get()


class ConnectionUse:
    """Notes on one connection: which delivery opened it, and what the current one does with it."""

    __slots__ = ("_opened_for",)

    def __init__(self) -> None:
        self._opened_for = _delivery.get()

    def note_use(self) -> Delivery | None:
        """A request is written. Return its delivery, if it has one."""
        delivery = _delivery.get()
        if delivery is not None:
            delivery.is_reused = delivery is not self._opened_for
        return delivery

    def is_refused(self) -> bool:
        """Whether the current request needs a new connection, and this is not one."""
        delivery = _delivery.get()
        return delivery is not None and delivery.needs_new and delivery is not self._opened_for


def is_closed_connection(error: BaseException) -> bool:
    """Return whether an exception, or a cause of it, is that the other side closed the connection."""
    return any(
        isinstance(one, ConnectionResetError | BrokenPipeError | ConnectionAbortedError)
        or type(one).__name__ in _CLOSED
        for one in iter_causes(error)
    )
