"""Characters that a server cut in two: halves of surrogate pairs, bytes of one character."""

from __future__ import annotations

import codecs
import re
from typing import Any

from openai_compatible.wire.decode import MAX_DEPTH

__all__ = ["Halves"]

_BYTES = re.compile(r"[\udc80-\udcff]+")
_LONE = re.compile(r"[\ud800-\udfff]")


class Halves:
    """Joins the halves of characters across the chunks of a stream.

    Byte-level tokens are cut inside characters: one chunk ends with ``\\ud83d`` or with the first
    bytes of a character, the next begins with the rest. A half at the end of a text waits for the
    text at the same place of the next chunk. One that stays alone becomes U+FFFD, and is counted.
    """

    __slots__ = ("is_not_utf8", "pending", "replaced")

    def __init__(self) -> None:
        self.pending: dict[tuple[Any, ...], str] = {}
        """Halves that wait, by the place of their text."""
        self.replaced = 0
        """Characters that were replaced by U+FFFD."""
        self.is_not_utf8 = False
        """Bytes came that are no part of a character in UTF-8."""

    def has_waiting_bytes(self) -> bool:
        """Return whether the first bytes of a character wait for bytes that may never come."""
        return any(_BYTES.search(half) for half in self.pending.values())

    def join(self, value: Any) -> Any:
        """A decoded chunk with whole characters only.

        Raises:
            ValueError: It is nested too deeply.
        """
        return self._join(value, (), MAX_DEPTH)

    def _join(self, value: Any, place: tuple[Any, ...], depth: int) -> Any:
        if depth < 0:
            raise ValueError("nested too deeply")
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, dict):
            return {
                self._text(key, (*place, 0)): self._join(item, (*place, key), depth - 1)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [
                self._join(item, (*place, _index_of(item, at)), depth - 1)
                for at, item in enumerate(value)
            ]
        return value

    def _text(self, text: str, place: tuple[Any, ...]) -> str:
        text = self.pending.pop(place, "") + text
        if text.isascii() or _LONE.search(text) is None:
            return text
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        text = _BYTES.sub(lambda found: _characters(found[0]), text)
        waiting = _waiting(text)
        if waiting:
            self.pending[place] = text[-waiting:]
            text = text[:-waiting]
        self.is_not_utf8 = self.is_not_utf8 or _BYTES.search(text) is not None
        text, count = _LONE.subn("\ufffd", text)
        self.replaced += count
        return text


def _index_of(item: Any, place: int) -> Any:
    """The number an entry of ``choices`` or ``tool_calls`` has, so that its texts are found again."""
    index = item.get("index") if isinstance(item, dict) else None
    return index if type(index) is int else place


def _characters(escaped: str) -> str:
    """Bytes as characters, as far as they are UTF-8."""
    data = bytes(ord(one) - 0xDC00 for one in escaped)
    return data.decode("utf-8", "surrogateescape")


def _waiting(text: str) -> int:
    """How many characters at the end are the beginning of one."""
    if "\ud800" <= text[-1] <= "\udbff":
        return 1
    for size in (3, 2, 1):
        end = text[-size:]
        if len(end) == size and _BYTES.fullmatch(end):
            decoder = codecs.getincrementaldecoder("utf-8")()
            try:
                whole = decoder.decode(bytes(ord(one) - 0xDC00 for one in end))
            except UnicodeDecodeError:
                continue
            return 0 if whole else size
    return 0
