"""A body that is no event stream: one JSON text, or one per line."""

from __future__ import annotations

from typing import Any

from openai_compatible.config.tables import ResponseLimits
from openai_compatible.wire.body_decoder import too_deep
from openai_compatible.wire.decode import NestingError, decode_loosely, strict_reader
from openai_compatible.wire.halves import Halves
from openai_compatible.wire.json_size import check_values

__all__ = ["DONE", "Document"]

_LIMITS = ResponseLimits()
DONE = object()
"""Stands for ``[DONE]`` among decoded values."""


class Document:
    r"""Reader of JSON where a stream was asked for (stream-json-instead-of-sse).

    Lines that are whole JSON texts are given out at once (NDJSON); a text over several lines is
    given out at the end. One that exceeds ``json_depth`` or ``json_values`` raises
    ``ResponseTooLargeError``.

    >>> Document().feed(b'{"a": 1}\n{"a": ')
    [{'a': 1}]
    """

    __slots__ = ("_depth", "_from_json", "_halves", "_lines", "_parts", "_values", "body", "texts")

    def __init__(self, halves: Halves | None = None, limits: ResponseLimits = _LIMITS) -> None:
        self._halves = halves or Halves(limits.json_depth)
        self._depth, self._values = limits.json_depth, limits.json_values
        self._from_json = strict_reader(limits.json_depth)
        self._parts: list[bytes] = []
        self._lines: bool | None = None
        self.body = b""
        """What could not be read, once :meth:`flush` found so."""
        self.texts = 0
        """How many JSON texts were given out."""

    def feed(self, data: bytes) -> list[Any]:
        """Values completed by these bytes."""
        self._parts.append(data)
        if self._lines is False or b"\n" not in data:
            return []
        *lines, rest = b"".join(self._parts).split(b"\n")
        out: list[Any] = []
        for number, line in enumerate(lines):
            if not self._line(line, out):
                # The text goes on over the next line: wait for all of it.
                self._lines = False
                rest = b"\n".join([*lines[number:], rest])
                break
        self._parts = [rest]
        return out

    def flush(self) -> list[Any]:
        """Values that only the end of the body completes. What is unreadable stays in ``body``."""
        text = b"".join(self._parts).strip()
        self._parts = []
        out: list[Any] = []
        if text and not self._line(text, out):
            self.body = text
        return out

    def _line(self, line: bytes, out: list[Any]) -> bool:
        line = line.strip().removeprefix(b"data:").strip()
        if line.startswith(b"[DONE]"):
            out.append(DONE)
        elif line:
            check_values(line, self._values)
            try:
                out.append(self._read(line))
            except NestingError:
                raise too_deep(self._depth) from None
            except ValueError:
                return False
            self.texts += 1
            self._lines = True
        return True

    def _read(self, line: bytes) -> Any:
        """Read a JSON text. Strict JSON has no halves of characters, so that nothing is joined in it."""
        try:
            value = self._from_json(line)
        except ValueError:
            return self._halves.join(decode_loosely(line, self._depth))
        return self._halves.join(value) if self._halves.pending else value
