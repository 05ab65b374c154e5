"""One accepted connection of the loopback server: HTTP/1.1 read and written byte by byte."""

from __future__ import annotations

import contextlib
import dataclasses
import http
import math
import selectors
import socket
import ssl
import struct
import time
from collections.abc import Callable, Generator, Iterator
from typing import Self
from urllib.parse import parse_qsl

from openai_compatible.testing.replies import END, Ending, Pause, Piece, Reply, Seen

__all__ = ["ClientGoneError", "Connection", "StoppedError"]

_NO_BODY = frozenset({204, 304})
_RETRY = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class StoppedError(Exception):
    """The server stops."""


class ClientGoneError(Exception):
    """The client closed the connection."""


class _BadRequestError(Exception):
    """The request is not HTTP."""


class _EndedError(Exception):
    """The reply closes the connection here."""


class Connection:
    """One accepted socket: non-blocking, every wait also listens for the stop signal."""

    def __init__(self, sock: socket.socket, stopped: socket.socket, tls: ssl.SSLContext | None) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._handshake: ssl.SSLSocket | None = None
        if tls is not None:
            self._handshake = tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            self._sock = self._handshake
        self._stopped = stopped
        self._buffer = bytearray()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._sock, selectors.EVENT_READ)
        self._selector.register(stopped, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        self._sock.close()

    def _wait(self, events: int, seconds: float = math.inf) -> bool:
        """Whether the socket became ready; raises StoppedError when the server stops."""
        self._selector.modify(self._sock, events)
        ready = self._selector.select(None if seconds == math.inf else max(0.0, seconds))
        if any(key.fileobj is self._stopped for key, _ in ready):
            raise StoppedError
        return bool(ready)

    def _receive(self) -> bool:
        """Put what has arrived into the buffer; whether anything had."""
        try:
            data = self._sock.recv(65536)
        except _RETRY:
            return False
        except OSError as error:
            raise ClientGoneError from error
        if not data:
            raise ClientGoneError
        self._buffer += data
        return True

    def _fill(self) -> None:
        """Wait until something more has arrived."""
        while self._handshake is not None:
            try:
                self._handshake.do_handshake()
                self._handshake = None
            except ssl.SSLWantReadError:
                self._wait(selectors.EVENT_READ)
            except ssl.SSLWantWriteError:
                self._wait(selectors.EVENT_WRITE)
        while not self._receive():
            self._wait(selectors.EVENT_READ)

    def _line(self) -> bytes:
        while (at := self._buffer.find(b"\n")) < 0:
            self._fill()
        line = bytes(self._buffer[:at]).rstrip(b"\r")
        del self._buffer[: at + 1]
        return line

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def read_request(self, number: int) -> Seen | None:
        """The next request; None when it is not HTTP. Raises ClientGoneError when there is none."""
        try:
            return self._request(number)
        except _BadRequestError as error:
            head = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n"
            self._send(head + str(error).encode())
            return None

    def _request(self, number: int) -> Seen:
        words = self._line().decode("latin-1").split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/"):
            raise _BadRequestError("not a request line")
        headers: dict[str, str] = {}
        while line := self._line():
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                raise _BadRequestError("not a header line")
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        path, _, query = words[1].partition("?")
        return Seen(
            method=words[0],
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=headers,
            body=self._body(headers),
            target=words[1],
            connection=number,
            at=time.monotonic(),
        )

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("expect", "").lower() == "100-continue":
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            if headers.get("transfer-encoding", "").lower() != "chunked":
                return self._exactly(int(headers.get("content-length", "0")))
            body = bytearray()
            while size := int(self._line().split(b";")[0], 16):
                body += self._exactly(size)
                self._line()
        except ValueError:
            raise _BadRequestError("not a length") from None
        while self._line():
            pass  # trailers
        return bytes(body)

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self._sock.send(view) :]
            except _RETRY:
                # Not EVENT_READ: a client that sends ahead must not make this wait spin.
                self._wait(selectors.EVENT_WRITE)
            except OSError as error:
                raise ClientGoneError from error

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._wait(selectors.EVENT_READ, left):
                self._receive()

    def write_reply(self, reply: Reply, seen: Seen) -> bool:
        """Send a reply; whether the connection stays open.

        Raises:
            ClientGoneError: the client left before the end.
            StoppedError: the server stops.
        """
        if reply.before:
            self._pause(reply.before)
        if reply.framing == "length" and not isinstance(reply.body, bytes):
            # Counted before it is sent; a generator can be read only once.
            reply = dataclasses.replace(reply, body=list(reply.pieces()))
        head, wrap, tail = _frame(reply, seen)
        close = reply.close or reply.framing in ("close", "raw") or _asks_to_close(seen)
        if seen.method == "HEAD":
            self._send(head)
            return not close
        if isinstance(reply.body, bytes) and wrap is None:
            self._send(head + reply.body)
            return not close and _is_complete(reply, len(reply.body))
        if head:
            self._send(head)
        sent = 0
        try:
            with contextlib.closing(_closable(reply.pieces())) as pieces:
                for piece in pieces:
                    self._receive()  # sees a client that left since the last piece
                    sent += self._piece(piece, wrap)
        except _EndedError:
            return False
        if tail:
            self._receive()
            self._send(tail)
        return not close and (wrap is not None or _is_complete(reply, sent))

    def _piece(self, piece: Piece, wrap: Callable[[bytes], bytes] | None) -> int:
        if isinstance(piece, Pause):
            self._pause(piece.seconds)
            return 0
        if isinstance(piece, Ending):
            if piece is END:
                raise _EndedError
            # Linger of zero seconds: close() sends RST and drops what is unsent.
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _EndedError
        if piece:
            self._send(piece if wrap is None else wrap(piece))
        return len(piece)


def _closable(pieces: Iterator[Piece]) -> Generator[Piece, None, None]:
    """Make any iterator a generator, so that one left early is closed, not collected."""
    try:
        yield from pieces
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _asks_to_close(seen: Seen) -> bool:
    return seen.headers.get("connection", "").lower() == "close"


def _is_complete(reply: Reply, sent: int) -> bool:
    """Whether as many bytes went out as the reply announced."""
    names = {name.lower(): value for name, value in reply.headers.items()}
    return names.get("content-length", str(sent)) == str(sent)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _frame(reply: Reply, seen: Seen) -> tuple[bytes, Callable[[bytes], bytes] | None, bytes]:
    """The head, what to make of each piece, and what ends the body."""
    if reply.framing == "raw":
        return b"", None, b""
    framing = reply.framing
    if framing == "auto":
        framing = "length" if isinstance(reply.body, bytes) else "chunked"
    headers = {name.lower(): value for name, value in reply.headers.items()}
    wrap, tail = None, b""
    if framing == "length" and reply.status not in _NO_BODY and "content-length" not in headers:
        size = sum(len(piece) for piece in reply.pieces() if isinstance(piece, bytes))
        headers["content-length"] = str(size)
    elif framing == "chunked":
        headers["transfer-encoding"] = "chunked"
        wrap, tail = _chunk, b"0\r\n\r\n"
    if reply.close or framing == "close" or _asks_to_close(seen):
        headers["connection"] = "close"
    try:
        reason = http.HTTPStatus(reply.status).phrase
    except ValueError:
        reason = ""
    lines = [
        f"HTTP/1.1 {reply.status} {reason}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), wrap, tail
