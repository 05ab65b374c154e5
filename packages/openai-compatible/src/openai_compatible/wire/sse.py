"""Server-sent events: bytes in any pieces to data payloads."""

from __future__ import annotations

from typing import NamedTuple

from openai_compatible.config.tables import ResponseLimits
from openai_compatible.wire.body_decoder import too_large
from openai_compatible.wire.json_size import check_values

__all__ = ["Decoder", "Frame"]

_LIMITS = ResponseLimits()
_NOISE = 2_000
_BOM = b"\xef\xbb\xbf"


class Frame(NamedTuple):
    """A payload whose event has a name (``event: error``), or an ``error:`` line."""

    event: str
    data: bytes


class Decoder:
    r"""Incremental reader of an event stream.

    Tolerated, because seen in the field: CRLF and lone CR, a byte order mark, no space after
    ``data:``, several data lines of one event, comments, ``event:``/``id:``/``retry:``,
    ``error:`` lines, events parted by one line end instead of two, bare JSON lines, no blank line
    at the end. A payload that looks like one whole JSON object is given out as soon as its line
    is complete: nobody waits for the blank line. An event may have ``limit`` bytes and ``values``
    JSON values.

    Wire:
        ``data: {"choices":[]}\n\n`` -> ``[b'{"choices":[]}']``

    >>> Decoder().feed(b"data: {}\r\n\r\ndata:[DONE]\n")
    [b'{}', b'[DONE]']
    """

    __slots__ = (
        "_bom",
        "_data",
        "_event",
        "_held",
        "_limit",
        "_parts",
        "_pending",
        "_skip_lf",
        "_values",
        "noise",
    )

    def __init__(self, limit: int = _LIMITS.line, values: int = _LIMITS.json_values) -> None:
        self._limit = limit
        self._values = values
        self._pending = 0
        """Bytes of a line that is not complete."""
        self._held = 0
        """Bytes of the data lines of an event that is not complete."""
        self._parts: list[bytes] = []
        self._data: list[bytes] = []
        self._event: str | None = None
        self._skip_lf = False
        self._bom = True
        self.noise = b""
        """The first 2,000 bytes that belong to no field: shown when nothing else came."""

    def feed(self, chunk: bytes) -> list[bytes | Frame]:
        """Payloads completed by these bytes, in order. Cost is linear in the bytes.

        Raises:
            ResponseTooLargeError: An event is larger than the limits.
        """
        if self._skip_lf or b"\r" in chunk:
            chunk = self._line_ends(chunk)
        lines = chunk.split(b"\n")
        if len(chunk) > self._limit and max(map(len, lines)) > self._limit:
            raise too_large("an event of the stream", "line", self._limit)
        if self._parts:
            self._parts.append(lines[0])
            self._pending += len(lines[0])
            if self._pending > self._limit:
                raise too_large("an event of the stream", "line", self._limit)
            if len(lines) == 1:
                return []
            lines[0] = b"".join(self._parts)
            check_values(lines[0], self._values)
            self._parts = []
        last = lines.pop()
        if last:
            self._parts = [last]
            self._pending = len(last)
        return self._read(lines) if lines else []

    def flush(self) -> list[bytes | Frame]:
        """Payloads that only the end of the body completes: a last line without a line end."""
        line = b"".join(self._parts)
        check_values(line, self._values)
        self._parts = []
        return self._read([line, b""])

    def _read(self, lines: list[bytes]) -> list[bytes | Frame]:
        out: list[bytes | Frame] = []
        if self._bom:
            self._bom = False
            lines[0] = lines[0].removeprefix(_BOM)
        for line in lines:
            if line[:6] == b"data: ":
                payload = line[6:]
            elif not line:
                if self._data or self._event is not None:
                    self._blank(out)
                continue
            elif line[:5] == b"data:":
                payload = line[5:]
            else:
                self._other(line, out)
                continue
            if payload[:1] == b"{" and payload[-1:] == b"}" and not self._data and self._event is None:
                out.append(payload)
            else:
                self._odd(payload, out)
        return out

    def _line_ends(self, chunk: bytes) -> bytes:
        """CRLF and CR to LF. A CR ends its line at once; an LF that opens the next read is its twin."""
        if self._skip_lf and chunk:
            self._skip_lf = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            self._skip_lf = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _odd(self, payload: bytes, out: list[bytes | Frame]) -> None:
        """A data line that is not plainly one whole JSON object."""
        payload = payload.strip()
        whole = payload.startswith(b"[DONE]") or (payload[:1] == b"{" and payload[-1:] == b"}")
        if whole and not self._data:
            self._give(payload, out)
        elif payload:
            self._data.append(payload)
            self._held += len(payload)
            if self._held > self._limit:
                raise too_large("an event of the stream", "line", self._limit)

    def _other(self, line: bytes, out: list[bytes | Frame]) -> None:
        """A line that is not data: a named field, a comment, bare JSON, or noise."""
        name, colon, value = line.partition(b":")
        if not colon and line.strip() == b"":
            self._blank(out)
        elif name == b"event":
            self._event = value.strip().decode("utf-8", "replace")
        elif name == b"error":
            out.append(Frame("error", value.strip()))
        elif line[:1] == b"{":
            self._odd(line, out)
        elif name not in (b"", b"id", b"retry", b"data") and len(self.noise) < _NOISE:
            self.noise += line[:_NOISE] + b"\n"

    def _blank(self, out: list[bytes | Frame]) -> None:
        """A blank line: the event is over."""
        if self._data:
            data, self._data, self._held = self._data, [], 0
            payload = b"\n".join(data)
            check_values(payload, self._values)
            self._give(payload, out)
        self._event = None

    def _give(self, payload: bytes, out: list[bytes | Frame]) -> None:
        out.append(
            payload if self._event in (None, "", "message") else Frame(self._event or "", payload)
        )
