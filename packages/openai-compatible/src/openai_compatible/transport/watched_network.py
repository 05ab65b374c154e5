"""Hands every socket that a blocking request uses to the watch of that request.

A watch (:mod:`openai_compatible.transport.deadline`) shuts a socket down at a deadline. To hold while
headers come in, it must know the socket before there is an answer. httpx and httpx2 open connections
by a *network backend*; the one here wraps theirs. It works alike for new and for pooled connections,
through proxies and with TLS, because each request is written to its connection by the thread that
made the request. It also notes what :mod:`openai_compatible.transport.delivery` must know; the one of
async clients, in :mod:`openai_compatible.transport.watched_async_network`, does nothing else.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from types import TracebackType
from typing import Any

from openai_compatible.forks import track_socket
from openai_compatible.transport.deadline import Deadline, Watch
from openai_compatible.transport.delivery import ConnectionUse, Delivery

__all__ = ["Sending", "WatchedStream", "is_overdue", "network_pools", "watch_connections"]


class _Current(threading.local):
    """The request that this thread is sending."""

    sending: Sending | None = None


_current = _Current()


class Sending:
    """Around the sending of a request: it ends with ``TimeoutError`` at the deadline.

    ``watch`` goes on to the body: it knows the socket, if the HTTP client has one to show.
    """

    def __init__(self, deadline: Deadline) -> None:
        self.watch = Watch()
        self._deadline = deadline
        self._outer: Sending | None = None
        self._response: Any = None

    @property
    def left(self) -> float | None:
        """Seconds until the deadline, a little more than 0; ``None`` for never."""
        left = self._deadline.left
        return None if left is None else max(left, 0.001)

    @property
    def is_overdue(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline.left == 0

    def keep(self, response: Any) -> None:
        """Take an answer that is to be closed if the deadline passed while it came."""
        self._response = response

    def __enter__(self) -> Sending:
        self._outer, _current.sending = _current.sending, self
        self.watch.until(self._deadline)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _current.sending = self._outer
        late = self.watch.disarm()
        if self.watch.blind and error is not None:
            late = False  # there was no connection yet: the HTTP client's own error says more
        if late or error is not None:
            self.watch.close()
        if late and (error is None or isinstance(error, Exception)):
            if self._response is not None:
                self._response.close()
            raise TimeoutError from None


def is_overdue() -> bool:
    """Return whether the deadline of the request that this thread is sending has passed."""
    return _current.sending is not None and _current.sending.is_overdue


def network_pools(http: Any) -> Iterator[Any]:
    """Yield the connection pools of an httpx or httpx2 client whose network backend can be wrapped."""
    for transport in (getattr(http, "_transport", None), *getattr(http, "_mounts", {}).values()):
        pool: Any = getattr(transport, "_pool", None)
        if hasattr(getattr(pool, "_network_backend", None), "connect_tcp"):
            yield pool


def watch_connections(http: Any) -> None:
    """Let an httpx or httpx2 client show the sockets of the connections it opens from now on.

    Nothing changes for requests that others make with that client. A client with a transport of
    another kind is left as it is: its own time limits hold.
    """
    for pool in network_pools(http):
        if not isinstance(pool._network_backend, _WatchedNetwork):
            pool._network_backend = _WatchedNetwork(pool._network_backend)


class _WatchedNetwork:
    """A network backend of httpcore whose connections are watched."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.sleep = backend.sleep

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **options: Any
    ) -> _WatchedStream:
        """Connect to the first address of the host that takes it, all within ``timeout`` seconds."""
        seconds = _shorter(timeout)
        if seconds is None or type(self._backend).__name__ != "SyncBackend":
            return _WatchedStream(self._backend.connect_tcp(host, port, timeout=seconds, **options))
        until = time.monotonic() + seconds
        addresses = self._resolve(host, port, seconds)
        for place, address in enumerate(addresses):
            left = max(0.001, until - time.monotonic())
            try:
                found = self._backend.connect_tcp(address, port, timeout=left, **options)
            except Exception:
                if place == len(addresses) - 1 or time.monotonic() >= until:
                    raise
            else:
                return _WatchedStream(found)
        raise self._error("ConnectError")("the host has no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, **options: Any
    ) -> _WatchedStream:
        """Connect to a Unix domain socket."""
        seconds = _shorter(timeout)
        return _WatchedStream(self._backend.connect_unix_socket(path, timeout=seconds, **options))

    def _resolve(self, host: str, port: int, seconds: float) -> list[str]:
        """The addresses of a host. The system's resolver has no time limit, so it gets a thread."""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            pass
        else:
            return [host]
        answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()
        threading.Thread(target=_look_up, args=(host, port, answers), daemon=True).start()
        try:
            return _taken(answers, seconds)
        except TimeoutError as late:  # raised there, as httpcore keeps the context alone, not the cause
            raise self._error("ConnectTimeout")(str(late)) from late
        except (OSError, UnicodeError) as error:
            raise self._error("ConnectError")(str(error)) from error

    def _error(self, name: str) -> type[Exception]:
        """An exception class of the library that the backend is of, httpcore or httpcore2."""
        library = import_module(type(self._backend).__module__.partition(".")[0])
        cls: type[Exception] = getattr(library, name)
        return cls


def _look_up(host: str, port: int, answers: queue.SimpleQueue[list[str] | Exception]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put(list(dict.fromkeys(str(address[0]) for _, _, _, _, address in found)))
    except (OSError, UnicodeError) as error:  # UnicodeError: a label that is empty or too long
        answers.put(error)


def _taken(answers: queue.SimpleQueue[list[str] | Exception], seconds: float) -> list[str]:
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError("the name of the host was not resolved in time") from None
    if isinstance(found, Exception):
        raise found
    return found


class WatchedStream:
    """A connection of httpcore, blocking or async, that notes what a request does with it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._use = ConnectionUse()
        self._delivery: Delivery | None = None
        secured = stream.get_extra_info("ssl_object")
        # Requests share an HTTP/2 connection: whose answer a byte belongs to is not known here.
        self._is_shared = secured is not None and secured.selected_alpn_protocol() == "h2"
        self.socket = stream.get_extra_info("socket")
        track_socket(self.socket)

    def get_extra_info(self, info: str) -> Any:
        """Information about the connection; the pool drops one that is "readable"."""
        if info == "is_readable" and self._use.is_refused():
            return True
        return self._stream.get_extra_info(info)

    def _note_use(self) -> None:
        if not self._is_shared:
            self._delivery = self._use.note_use()

    def _note_answer(self, data: bytes) -> None:
        if data and self._delivery is not None:
            self._delivery.is_answered = True
            self._delivery = None


class _WatchedStream(WatchedStream):
    """A blocking connection that also shows its socket to the watch of the request written to it."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self.close = stream.close
        self._show()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Receive bytes, none at the end."""
        data: bytes = self._stream.read(max_bytes, timeout)
        if self._delivery is not None:
            self._note_answer(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._show()
        self._note_use()
        self._stream.write(buffer, timeout)

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> _WatchedStream:
        """Shake hands. A plain socket is not watched meanwhile, the least time limit ends it.

        Python's ``wrap_socket`` takes the socket away from its owner, and leaks one that was shut down.
        """
        sending, sock = _current.sending, self.socket
        if not (sending is None or isinstance(sock, ssl.SSLSocket) or sending.watch.release()):
            self.close()
            raise TimeoutError
        return _WatchedStream(self._stream.start_tls(ssl_context, server_hostname, _shorter(timeout)))

    def _show(self) -> None:
        sending = _current.sending
        if sending is not None:
            sending.watch.attach(self.socket)


def _shorter(timeout: float | None) -> float | None:
    """The least of a time limit in seconds and what is left for the request; ``None`` for none."""
    sending = _current.sending
    left = None if sending is None else sending.left
    known = [value for value in (timeout, left) if value is not None]
    return min(known) if known else None
