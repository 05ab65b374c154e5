"""What a forked child must not share with its parent: locks, connections, objects with a thread.

A child has one thread, the one that forked. A lock that another thread held stays locked in it for
ever, and a connection that both use gives one the answer of the other. So a child starts with open
locks, and what was connected before the fork is forgotten: its descriptors are closed there, which says
nothing to the server as long as the parent has them.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any
from weakref import WeakSet

__all__ = ["ForkSafeLock", "Process", "current_process", "run_in_child", "track_socket"]


class Process:
    """The process that an object was made in. A forked child has another."""

    __slots__ = ()


_process = Process()
_sockets: WeakSet[Any] = WeakSet()
"""Sockets that this process opened to servers."""
_locks: WeakSet[ForkSafeLock] = WeakSet()


def current_process() -> Process:
    """Return the object that stands for this process."""
    return _process


def run_in_child(function: Callable[[], None]) -> None:
    """Call a function in each child that is forked from now on, where the system has ``fork``."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=function)


class ForkSafeLock:
    """A lock for ``with`` that is open in a forked child, whichever thread held it.

    Args:
        make: ``threading.Lock`` or ``threading.RLock``.
    """

    def __init__(self, make: Callable[[], Any] = threading.Lock) -> None:
        self._make = make
        self._lock = self._held = make()
        _locks.add(self)

    def renew(self) -> None:
        """Put an open lock in the place of this one."""
        self._lock = self._make()

    def __enter__(self) -> None:
        lock = self._lock
        lock.acquire()
        self._held = lock

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.release()  # the lock that was taken, also when a fork happened meanwhile


def track_socket(sock: Any) -> None:
    """Close the descriptor of a socket in children that are forked from now on.

    Args:
        sock: A ``socket.socket`` or asyncio's view of one. Others (uvloop's) are left alone.
    """
    sock = getattr(sock, "_sock", sock)  # asyncio shows no detach()
    if hasattr(sock, "detach"):
        with contextlib.suppress(TypeError):  # an object without weak references
            _sockets.add(sock)


def _start_child() -> None:
    global _process  # noqa: PLW0603 - there is one process
    _process = Process()
    for lock in list(_locks):
        lock.renew()
    for sock in list(_sockets):
        # Not close(): of a TLS socket or a transport it could talk to the server. After this an
        # asyncio transport cannot take the descriptor out of the selector that it shares either.
        with contextlib.suppress(OSError):
            descriptor = sock.detach()
            if descriptor >= 0:
                os.close(descriptor)
    _sockets.clear()


run_in_child(_start_child)
