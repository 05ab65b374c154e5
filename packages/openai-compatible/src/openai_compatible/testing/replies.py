"""What a loopback server may answer: values only, no sockets.

A :class:`Reply` says which bytes go out, in which pieces, with which pauses, and how the body ends.
An *app* is a callable from :class:`Seen` (a request) to a :class:`Reply`; :func:`routes` and
:func:`in_order` build apps from replies.

>>> reply = event_stream({"a": 1}, Pause(0.1), CUT)
>>> list(reply.pieces())
[b'data: {"a":1}\\n\\n', Pause(seconds=0.1), CUT]
"""

from __future__ import annotations

import enum
import json
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias

__all__ = [
    "CUT",
    "END",
    "HANG",
    "App",
    "Body",
    "Ending",
    "Framing",
    "Pause",
    "Piece",
    "Reply",
    "Seen",
    "event_stream",
    "in_order",
    "json_reply",
    "read_recording",
    "replay",
    "routes",
    "split_bytes",
    "sse",
]


class Pause(NamedTuple):
    """Wait between two pieces of a body, in seconds; stopping the server ends the wait."""

    seconds: float


HANG: Final = Pause(math.inf)
"""Wait until the client closes the connection or the server stops."""


class Ending(enum.Enum):
    """Ways to stop a body before its proper end."""

    CUT = "cut"
    END = "end"

    def __repr__(self) -> str:
        return self.name


CUT: Final = Ending.CUT
"""Reset the connection (TCP RST): the client sees a broken connection."""
END: Final = Ending.END
"""Close the connection in an orderly way (TCP FIN) without the closing chunk or the missing bytes."""

Piece: TypeAlias = bytes | Pause | Ending
Body: TypeAlias = bytes | Iterable[Piece] | Callable[[], Iterable[Piece]]
Framing: TypeAlias = Literal["auto", "length", "chunked", "close", "raw"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, as it arrived.

    Attributes:
        method: ``GET``, ``POST`` ...
        path: Path without the query, percent-encoding kept.
        query: Query parameters, decoded; of a repeated name the last value.
        headers: Lower-case names; repeated headers joined with ``", "``.
        body: The whole body, de-chunked.
        target: The request target as sent, for example ``/v1/models?limit=2``.
        connection: Number of the connection it came on, 1 is the server's first.
        at: ``time.monotonic()`` when the request had been read, in seconds.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    target: str = ""
    connection: int = 0
    at: float = 0.0

    @property
    def json(self) -> Any:
        """The body read as JSON; None for an empty body.

        Raises:
            ValueError: the body is not JSON.
        """
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Attributes:
        status: HTTP status.
        headers: Sent as given. ``content-length`` given here wins over the real size, so that a
            body can be announced longer than it is.
        body: Bytes; or pieces, each sent with one ``send`` call (TCP_NODELAY is set); or a callable
            that makes the pieces anew for each request. A generator can be served only once.
        framing: ``auto`` is ``length`` for bytes and ``chunked`` for pieces; one piece is one chunk.
            ``close`` sends neither length nor chunks: the end of the connection is the end of the
            body. ``raw`` sends no status line and no headers at all: the pieces are the whole
            answer, and the connection closes after them.
        before: Seconds to wait before the status line.
        close: Close the connection after this answer (adds ``connection: close``).
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = b""
    framing: Framing = "auto"
    before: float = 0.0
    close: bool = False

    def pieces(self) -> Iterator[Piece]:
        """The body as pieces; an empty bytes body has none."""
        if isinstance(self.body, bytes | bytearray | memoryview):
            return iter([bytes(self.body)] if self.body else [])
        return iter(self.body() if callable(self.body) else self.body)


App: TypeAlias = Callable[[Seen], Reply] | Reply


def json_reply(obj: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON answer with a content length.

    >>> json_reply({"ok": True}).body
    b'{"ok": true}'
    """
    merged = {"content-type": "application/json", **(headers or {})}
    return Reply(status, merged, json.dumps(obj, ensure_ascii=False).encode())


_COMPACT: Final[dict[str, Any]] = {"ensure_ascii": False, "separators": (",", ":")}


def _event(chunk: Mapping[str, Any] | str | bytes) -> bytes:
    if isinstance(chunk, bytes):
        return chunk
    text = chunk if isinstance(chunk, str) else json.dumps(chunk, **_COMPACT)
    return b"data: " + text.encode() + b"\n\n"


def sse(*chunks: Mapping[str, Any] | str | bytes, done: bool = True) -> bytes:
    """Server-sent events as bytes.

    Args:
        chunks: Objects become ``data: {json}``, texts ``data: text``, bytes stay as they are.
        done: Append ``data: [DONE]``.

    >>> sse({"a": 1})
    b'data: {"a":1}\\n\\ndata: [DONE]\\n\\n'
    """
    return b"".join(map(_event, (*chunks, "[DONE]") if done else chunks))


def event_stream(
    *items: Mapping[str, Any] | str | bytes | Pause | Ending,
    done: bool = True,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """A chunked ``text/event-stream`` answer in which every item is one piece.

    ``done`` appends ``data: [DONE]``, unless an item is :data:`CUT` or :data:`END`.
    """
    pieces: list[Piece] = []
    for item in items:
        if isinstance(item, Pause | Ending):
            pieces.append(item)
        else:
            pieces.append(_event(item))
    if done and not any(isinstance(item, Ending) for item in items):
        pieces.append(_event("[DONE]"))
    merged = {"content-type": "text/event-stream", **(headers or {})}
    return Reply(status, merged, pieces)


_HOP_BY_HOP = frozenset({"transfer-encoding", "content-length", "connection", "keep-alive"})


def read_recording(data: bytes) -> Reply:
    """Read a recorded answer: status line, headers, an empty line, then the de-chunked body.

    Transfer-Encoding, Content-Length, Connection and Keep-Alive of the recording are dropped, since
    they belong to the connection it was recorded on. Interim answers (1xx) are skipped. Header line
    ends may be LF or CRLF; the body is kept byte for byte.

    Raises:
        ValueError: there is no status line.

    >>> read_recording(b"HTTP/1.1 404 Not Found\\nContent-Length: 2\\nX-A: b\\n\\nhi")
    Reply(status=404, headers={'x-a': 'b'}, body=b'hi', framing='auto', before=0.0, close=False)
    """
    while True:
        cuts = [(at, len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := data.find(mark)) >= 0]
        at, width = min(cuts, default=(len(data), 0))
        head, body = data[:at].decode("latin-1").splitlines(), data[at + width :]
        words = head[0].split(None, 2) if head else []
        if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
            raise ValueError("a recording starts with a status line such as 'HTTP/1.1 200 OK'")
        status = int(words[1])
        if status >= 200 or not body:
            break
        data = body
    pairs = (line.partition(":") for line in head[1:] if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    kept = {name: value for name, value in headers.items() if name not in _HOP_BY_HOP}
    return Reply(status, kept, body)


def split_bytes(data: bytes, size: int) -> list[bytes]:
    """Cut bytes into pieces of ``size`` bytes; the last may be shorter.

    >>> split_bytes(b"abcde", 2)
    [b'ab', b'cd', b'e']
    """
    if size < 1:
        raise ValueError("a piece has at least one byte")
    return [data[at : at + size] for at in range(0, len(data), size)]


def replay(path: str | Path, split: int | None = None, delay: float | None = None) -> Reply:
    """Replay a recorded answer from a file (see :func:`read_recording`).

    Args:
        path: A ``.http`` file.
        split: Send the body in pieces of this many bytes (then it is chunked).
        delay: Seconds to wait between two pieces; without ``split`` before the body.
    """
    reply = read_recording(Path(path).read_bytes())
    body = b"".join(piece for piece in reply.pieces() if isinstance(piece, bytes))
    if split is None and delay is None:
        return reply
    parts = [body] if split is None else split_bytes(body, split)
    pieces: list[Piece] = []
    for part in parts:
        pieces += [part] if delay is None else [Pause(delay), part]
    return Reply(reply.status, reply.headers, pieces)


def routes(table: Mapping[str, App], *, default: App | None = None) -> Callable[[Seen], Reply]:
    """An app that picks by ``"METHOD /path"``; anything else is a 404 in JSON, unless ``default``.

    >>> app = routes({"GET /v1/models": json_reply({"data": []})})
    >>> app(Seen("GET", "/v1/models")).status, app(Seen("POST", "/v1/models")).status
    (200, 404)
    """

    def app(seen: Seen) -> Reply:
        found = table.get(f"{seen.method} {seen.path}", default)
        if found is None:
            error = {
                "message": f"no route for {seen.method} {seen.path}",
                "type": "not_found_error",
                "code": 404,
            }
            return json_reply({"error": error}, 404)
        return found if isinstance(found, Reply) else found(seen)

    return app


def in_order(*apps: App) -> Callable[[Seen], Reply]:
    """An app that answers the first request with the first app, and so on; the last one repeats.

    >>> app = in_order(json_reply({}, 429), json_reply({}))
    >>> [app(Seen("GET", "/")).status for _ in range(3)]
    [429, 200, 200]
    """
    if not apps:
        raise ValueError("in_order needs at least one reply")
    left, lock = list(apps), threading.Lock()

    def app(seen: Seen) -> Reply:
        with lock:
            current = left.pop(0) if len(left) > 1 else left[0]
        return current if isinstance(current, Reply) else current(seen)

    return app
