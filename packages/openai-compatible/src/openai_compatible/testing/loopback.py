"""A threaded HTTP/1.1 server on loopback that sends exactly the bytes a test asks for.

::

    with loopback(routes({"POST /v1/chat/completions": event_stream({...}, Pause(5), {...})})) as server:
        call(server.base_url)                      # http://127.0.0.1:PORT/v1
        assert server.requests[0].json["model"] == "m"
        assert server.wait_for_disconnect()        # the client went away during the pause

It uses only the standard library, starts in about a millisecond and leaves no thread or socket
behind. Connections are kept open between requests, as real servers do. A client that goes away is
noticed even while the server pauses. What may be answered is in
:mod:`openai_compatible.testing.replies`; all of it can be imported from here.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Self

from openai_compatible.testing.connection import ClientGoneError, Connection, StoppedError
from openai_compatible.testing.replies import (
    CUT,
    END,
    HANG,
    App,
    Body,
    Framing,
    Pause,
    Piece,
    Reply,
    Seen,
    event_stream,
    in_order,
    json_reply,
    read_recording,
    replay,
    routes,
    split_bytes,
    sse,
)

__all__ = [
    "CUT",
    "END",
    "HANG",
    "App",
    "Body",
    "Framing",
    "Loopback",
    "Pause",
    "Piece",
    "Reply",
    "Seen",
    "event_stream",
    "in_order",
    "json_reply",
    "loopback",
    "read_recording",
    "replay",
    "routes",
    "split_bytes",
    "sse",
]

_STOP_SECONDS = 5.0


class Loopback:
    """The server; usable as a context manager, or with :meth:`start` and :meth:`stop`.

    Args:
        app: What answers a request. It may be replaced while the server runs. It runs in the
            connection's thread.
        tls: Paths of a PEM certificate and its key; then :attr:`url` starts with ``https``.

    Attributes:
        requests: Every request read so far, in order of arrival.
        disconnects: How often a client closed the connection while an answer was still due.
        connections: How many connections were accepted so far.
        errors: Exceptions that the app raised; :meth:`stop` raises the first.
    """

    def __init__(
        self, app: App, *, tls: tuple[str | os.PathLike[str], str | os.PathLike[str]] | None = None
    ) -> None:
        self.app = app
        self.requests: list[Seen] = []
        self.disconnects = 0
        self.connections = 0
        self.errors: list[BaseException] = []
        self._open = 0
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self._wake: socket.socket | None = None
        self._tls: ssl.SSLContext | None = None
        self._port = 0
        if tls is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*tls)

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """:attr:`url` with ``/v1``."""
        return f"{self.url}/v1"

    @property
    def port(self) -> int:
        """The TCP port; it stays known after the server stopped, when nothing listens there."""
        return self._port

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return self._open

    def start(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.setblocking(False)
        self._port = self._listener.getsockname()[1]
        # One byte written to `_wake` makes `stopped` readable for good: every wait ends at once.
        self._wake, stopped = socket.socketpair()
        accepting = threading.Thread(target=self._accept, args=(self._listener, stopped), daemon=True)
        self._threads.append(accepting)
        accepting.start()
        return self

    def stop(self) -> None:
        """Close everything, also connections in the middle of an answer.

        Raises:
            RuntimeError: an app did not return within 5 seconds.
            BaseException: the first exception an app raised.
        """
        if self._wake is None:
            return
        self._wake.send(b"x")
        accepting, deadline = self._threads[0], time.monotonic() + _STOP_SECONDS
        for thread in [accepting, *self._threads]:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._wake.close()
        self._wake = None
        alive = [thread for thread in self._threads if thread.is_alive()]
        self._threads.clear()
        if alive:
            raise RuntimeError(f"an app is still busy after {_STOP_SECONDS:g} seconds")
        if self.errors:
            raise self.errors[0]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.stop()
            return
        with contextlib.suppress(Exception):  # the exception on its way says more
            self.stop()

    def wait_for_disconnect(self, timeout: float = 5.0, *, count: int = 1) -> bool:
        """Wait up to ``timeout`` seconds until ``count`` clients left early; whether they did."""
        with self._changed:
            return self._changed.wait_for(lambda: self.disconnects >= count, timeout)

    def wait_for_requests(self, count: int = 1, timeout: float = 5.0) -> bool:
        """Wait up to ``timeout`` seconds until ``count`` requests were read; whether they were."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.requests) >= count, timeout)

    def wait_for_open_connections(self, count: int = 0, timeout: float = 5.0) -> bool:
        """Wait up to ``timeout`` seconds until at most ``count`` connections are open."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open <= count, timeout)

    def _accept(self, listener: socket.socket, stopped: socket.socket) -> None:
        with listener, selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(stopped, selectors.EVENT_READ)
            while not any(key.fileobj is stopped for key, _ in selector.select()):
                try:
                    sock, _ = listener.accept()
                except OSError:
                    continue  # the client left before it was accepted
                with self._changed:
                    self.connections += 1
                    self._open += 1
                    number = self.connections
                thread = threading.Thread(target=self._serve, args=(sock, stopped, number), daemon=True)
                self._threads[1:] = [*(t for t in self._threads[1:] if t.is_alive()), thread]
                thread.start()
        for thread in self._threads[1:]:
            thread.join(_STOP_SECONDS)
        stopped.close()

    def _serve(self, sock: socket.socket, stopped: socket.socket, number: int) -> None:
        try:
            with sock, Connection(sock, stopped, self._tls) as connection:
                while (seen := connection.read_request(number)) is not None:
                    with self._changed:
                        self.requests.append(seen)
                        self._changed.notify_all()
                    try:
                        keep = connection.write_reply(self._answer(seen), seen)
                    except ClientGoneError:
                        with self._changed:
                            self.disconnects += 1
                        break
                    if not keep:
                        break
        except (StoppedError, ClientGoneError, OSError):
            pass
        except Exception as error:  # noqa: BLE001 - reported by stop()
            self.errors.append(error)
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def _answer(self, seen: Seen) -> Reply:
        try:
            return self.app if isinstance(self.app, Reply) else self.app(seen)
        except Exception as error:  # noqa: BLE001 - reported by stop()
            self.errors.append(error)
            return Reply(500, {"content-type": "text/plain"}, f"the app raised {error!r}".encode())


@contextlib.contextmanager
def loopback(
    app: App, *, tls: tuple[str | os.PathLike[str], str | os.PathLike[str]] | None = None
) -> Iterator[Loopback]:
    """Serve ``app`` on a free port of 127.0.0.1 as long as the block runs; see :class:`Loopback`.

    >>> import urllib.request
    >>> with loopback(json_reply({"ok": True})) as server:
    ...     with urllib.request.urlopen(server.url + "/x?a=1") as answer:
    ...         answer.read(), server.requests[0].path, server.requests[0].query
    (b'{"ok": true}', '/x', {'a': '1'})
    """
    with Loopback(app, tls=tls) as server:
        yield server
