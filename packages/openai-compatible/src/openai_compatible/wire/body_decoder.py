"""The bytes of a body as they come from the network -> decompressed bytes, counted and bounded.

``Content-Encoding`` is undone here and not by the HTTP library: httpx 0.28 decompresses 64 kB of the
network in one piece of up to 64 MB, and each further coding of ``gzip, gzip`` multiplies that by 1,000.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from openai_compatible.config.tables import ResponseLimits
from openai_compatible.errors import ResponseTooLargeError

__all__ = [
    "ACCEPTED_ENCODINGS",
    "BodyDecoder",
    "DecodingError",
    "is_lack_of_memory",
    "out_of_memory",
    "too_deep",
    "too_large",
]

ACCEPTED_ENCODINGS = "gzip, deflate"
"""What requests ask for, and all that is read."""

_PIECE = 1 << 18
"""Bytes that are decompressed at once."""
_RATIO_FROM = 8_000_000
"""Decompressed bytes from which on the ratio counts: small JSON answers may repeat themselves much."""
_MOST_CODINGS = 5
_GZIP, _ZLIB, _RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class DecodingError(ValueError):
    """A body is not in the coding that its ``content-encoding`` names, or in one that is not read."""


def too_large(what: str, limit: str, value: float, unit: str = "bytes") -> ResponseTooLargeError:
    """Build the error for an answer that exceeds a limit.

    Args:
        what: What exceeds it, e.g. ``"the answer"``.
        limit: Name of the limit in ``response_limits``.
        value: Its value.
        unit: Of the value.

    >>> str(too_large("the answer", "body", 1000))
    'the answer is larger than 1,000 bytes. Raise response_limits.body if that is meant.'
    """
    return ResponseTooLargeError(
        f"{what} is larger than {value:,.0f} {unit}",
        param=limit,
        hint=f"Raise response_limits.{limit} if that is meant.",
    )


def too_deep(depth: int) -> ResponseTooLargeError:
    """Build the error for JSON that is nested deeper than ``json_depth``."""
    return ResponseTooLargeError(
        f"the JSON of the answer is nested more than {depth} levels deep",
        param="json_depth",
        hint="Raise response_limits.json_depth, at most to 300, if that is meant.",
    )


def out_of_memory() -> ResponseTooLargeError:
    """Build the error for an answer within the limits that this process has no memory for."""
    return ResponseTooLargeError(
        "the answer needs more memory than this process has",
        param="body",
        hint="Ask for less at once, or lower body, json_values and answer in response_limits.",
    )


def is_lack_of_memory(error: BaseException) -> bool:
    """Whether an exception says that there is no memory left; jiter panics with one of its own then."""
    return isinstance(error, MemoryError) or type(error).__name__ == "PanicException"


class BodyDecoder:
    """Decompress and count one body.

    Args:
        encoding: The ``content-encoding`` header.
        limits: ``body`` and ``decompression_ratio`` are enforced.

    Raises:
        DecodingError: The header names a coding that is not read.
    """

    __slots__ = ("_codings", "_decoded", "_limits", "_raw")

    def __init__(self, encoding: str | None, limits: ResponseLimits) -> None:
        self._limits = limits
        self._raw = self._decoded = 0
        names = [name.strip().lower() for name in (encoding or "").split(",")]
        names = [name for name in names if name not in ("", "identity")]
        unknown = next((name for name in names if name not in _WINDOWS), None)
        if unknown is not None or len(names) > _MOST_CODINGS:
            found = f"content-encoding {(unknown or ', '.join(names))[:40]!r}"
            raise DecodingError(f"{found} is not read, only {ACCEPTED_ENCODINGS}")
        self._codings = [_Inflater(_WINDOWS[name]) for name in reversed(names)]

    @property
    def is_plain(self) -> bool:
        """Whether the body is not compressed: its bytes are counted, and are what they are."""
        return not self._codings

    def count(self, raw: bytes) -> None:
        """Count bytes as they came.

        Raises:
            ResponseTooLargeError: A body that is not compressed exceeds ``body``.
        """
        self._raw += len(raw)
        if self._raw > self._limits.body and not self._codings:
            raise too_large("the answer", "body", self._limits.body)

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """Yield what these bytes decompress to, in pieces of bounded size.

        Raises:
            DecodingError: They are not in the coding.
            ResponseTooLargeError: The body exceeds ``body`` or ``decompression_ratio``.
        """
        self.count(raw)
        if not self._codings:
            yield raw
            return
        for piece in _inflate(raw, self._codings):
            self._decoded += len(piece)
            if self._decoded > self._limits.body:
                raise too_large("the decompressed answer", "body", self._limits.body)
            ratio = self._limits.decompression_ratio
            if self._decoded > max(_RATIO_FROM, self._raw * ratio):
                raise too_large(
                    "the decompressed answer", "decompression_ratio", ratio, "times its compressed size"
                )
            yield piece


def _inflate(raw: bytes, codings: list[_Inflater]) -> Iterator[bytes]:
    """Undo codings one after the other, outermost first, without holding more than a piece of each."""
    first, *others = codings
    if not others:
        yield from first.feed(raw)
        return
    for piece in first.feed(raw):
        yield from _inflate(piece, others)


class _Inflater:
    """Undo one ``gzip`` or ``deflate``, the latter with or without zlib's header."""

    __slots__ = ("_has_begun", "_inflater", "_waiting", "_window")

    def __init__(self, window: int) -> None:
        self._window = window
        self._inflater = zlib.decompressobj(window)
        self._has_begun = False
        self._waiting = b""
        """The first of two bytes that say what follows."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self._waiting = self._waiting + data, b""
        while data:
            if len(data) == 1 and (self._inflater.eof or not self._has_begun):
                self._waiting = data
                return
            self._has_begun = True
            if self._inflater.eof:
                if self._window != _GZIP or not data.startswith(b"\x1f\x8b"):
                    return  # what follows the end is padding; only gzip may have a next member
                self._inflater = zlib.decompressobj(_GZIP)
            piece = self._next(data)
            if piece:
                yield piece
            data = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            while not data and len(piece) == _PIECE and not self._inflater.eof:
                piece = self._next(b"")  # zlib may hold output back though it has taken all input
                if piece:
                    yield piece

    def _next(self, data: bytes) -> bytes:
        try:
            return self._inflater.decompress(data, _PIECE)
        except zlib.error as error:
            if self._window != _ZLIB:
                raise DecodingError(str(error)) from None
        # Some servers send deflate without zlib's header (RFC 9110, 8.4.1.2); httpx tries it, too.
        self._window = _RAW
        self._inflater = zlib.decompressobj(_RAW)
        return self._next(data)
