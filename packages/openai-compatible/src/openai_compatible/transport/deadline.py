"""Time limits of one attempt: which applies now, and what cuts a blocked read when it passes.

An async read is cut by ``asyncio.timeout``. A sync read blocks in ``recv``; its own timeout starts
anew with every byte, so that keep-alive comments would hold a call open for ever. There a single
daemon thread, started with the first sync body that has a limit, shuts the socket down on time.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Any, NamedTuple

from openai_compatible.config.provider import Timeouts
from openai_compatible.errors import (
    FirstEventTimeoutError,
    IdleTimeoutError,
    RequestTimeoutError,
    TotalTimeoutError,
)
from openai_compatible.forks import run_in_child

__all__ = ["Deadline", "Limits", "Watch"]

NEVER = float("inf")


class Deadline(NamedTuple):
    """A moment of the monotonic clock and the limit that it belongs to."""

    at: float
    limit: str
    """``first_event``, ``idle``, ``call`` or ``total``."""
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """A deadline of our own, so many seconds from now."""
        return cls(time.monotonic() + seconds, "idle", seconds)

    @property
    def left(self) -> float | None:
        """Seconds until then, at least 0; ``None`` for never."""
        return None if self.at == NEVER else max(0.0, self.at - time.monotonic())

    def error(self) -> RequestTimeoutError:
        """The error to raise once the moment has passed."""
        cls, text = {
            "first_event": (FirstEventTimeoutError, "nothing useful arrived within {} s"),
            "idle": (IdleTimeoutError, "the stream brought nothing useful for {} s"),
            "call": (TotalTimeoutError, "no complete answer within {} s"),
            "total": (TotalTimeoutError, "the call as a whole took longer than {} s"),
        }[self.limit]
        return cls(
            text.format(f"{self.seconds:g}"),
            code=self.limit,
            hint=f"Raise timeout.{self.limit} if the model needs longer.",
        )


class Limits:
    """The deadlines of one attempt, in order of need.

    Args:
        timeouts: The provider's limits.
        streamed: Whether events are expected one by one.
        total_at: End of the whole call on the monotonic clock, retries included.
    """

    __slots__ = ("_idle", "_streamed", "_total", "first", "started")

    def __init__(self, timeouts: Timeouts, *, streamed: bool, total_at: float) -> None:
        self.started = time.monotonic()
        """When the attempt began, on the monotonic clock."""
        self._streamed = streamed
        self._idle = timeouts.idle
        self._total = Deadline(total_at, "total", timeouts.total or 0.0)
        seconds = timeouts.first_event if streamed else timeouts.call
        name = "first_event" if streamed else "call"
        first = NEVER if seconds is None else self.started + seconds
        self.first = min(Deadline(first, name, seconds or 0.0), self._total)
        """Until the first useful event, or for the whole answer of a call that is not streamed."""

    def after_event(self) -> Deadline:
        """The deadline for the next useful event."""
        if not self._streamed:
            return self.first
        if self._idle is None:
            return self._total
        return min(Deadline(time.monotonic() + self._idle, "idle", self._idle), self._total)


class _Watcher:
    """The thread that ends overdue reads. It sleeps until the earliest deadline it has seen."""

    def __init__(self) -> None:
        self.wake = threading.Condition()
        self.active: set[Watch] = set()
        self.wakes_at = NEVER
        self.thread: threading.Thread | None = None

    def add(self, watch: Watch) -> None:
        with self.wake:
            self.active.add(watch)
            if self.thread is None:
                self.thread = threading.Thread(
                    target=self.run, name="openai-compatible-deadlines", daemon=True
                )
                self.thread.start()
            elif watch.at < self.wakes_at:
                self.wake.notify()

    def drop(self, watch: Watch) -> None:
        with self.wake:
            self.active.discard(watch)

    def run(self) -> None:
        with self.wake:
            while True:
                # First "never", then the look: a deadline set during the look is below "never",
                # so that its thread comes here and waits for the lock, then wakes this one again.
                self.wakes_at = NEVER
                earliest = NEVER
                now = time.monotonic()
                for watch in self.active:
                    earliest = min(earliest, watch.look(now))
                self.wakes_at = earliest
                self.wake.wait(None if earliest == NEVER else max(0.0, earliest - time.monotonic()))


_watcher = _Watcher()


def _forget_threads() -> None:
    global _watcher  # noqa: PLW0603 - a forked child has no watcher thread
    _watcher = _Watcher()


run_in_child(_forget_threads)


class Watch:
    """Ends blocked reads of one socket at a deadline: ``with watch.until(deadline): read()``.

    Raises ``TimeoutError`` on leaving the block when the deadline passed inside it. Arming is one
    assignment as long as the watcher wakes before the deadline anyway. Without a socket (an HTTP
    client of the user's that has none) the deadline is noticed when the read returns. The socket may
    come later, by :meth:`attach`; one that comes after the deadline is shut down at once.
    """

    __slots__ = ("_expired", "_known", "_lock", "_socket", "at")

    def __init__(self) -> None:
        self._socket: Any = None
        self.at = NEVER
        self._lock = threading.Lock()
        self._known = False
        self._expired = False

    def attach(self, sock: Any) -> None:
        """Watch this socket from now on."""
        if sock is self._socket:
            return
        with self._lock:
            self._socket = sock
            if self._expired:
                _shut_down(sock)

    def release(self) -> bool:
        """Watch no socket until the next :meth:`attach`, unless the deadline has passed already."""
        with self._lock:
            if not self._expired:
                self._socket = None
            return not self._expired

    @property
    def blind(self) -> bool:
        """Whether there is no socket to watch."""
        return self._socket is None

    def until(self, deadline: Deadline) -> Watch:
        """Arm for the block that follows."""
        self.at = deadline.at
        if self._known and deadline.at >= _watcher.wakes_at:
            return self
        _watcher.add(self)
        self._known = True
        return self

    def close(self) -> None:
        """Forget the socket; call it once when nothing more will be read."""
        if self._known:
            self._known = False
            _watcher.drop(self)

    def look(self, now: float) -> float:
        """End the read if it is overdue; else its deadline. For the watcher thread."""
        with self._lock:
            if self.at > now:
                return self.at
            self.at = NEVER
            self._expired = True
            _shut_down(self._socket)
            return NEVER

    def disarm(self) -> bool:
        """Leave the block; says whether the deadline passed inside it."""
        with self._lock:  # after this no late shutdown can hit a connection that was given back
            overdue = self._expired or (self._socket is None and self.at <= time.monotonic())
            self.at = NEVER
        return overdue

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.disarm():
            raise TimeoutError from None


def _shut_down(sock: Any) -> None:
    """End reads and writes of a socket, in whatever thread they wait."""
    if sock is not None:
        with contextlib.suppress(OSError):  # closed meanwhile
            # Not SSLSocket.shutdown: it drops the TLS state that the reading thread still uses.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
