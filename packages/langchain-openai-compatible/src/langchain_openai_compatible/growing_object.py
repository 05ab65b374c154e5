"""The object of a structured stream while it grows, read often enough and not for every character."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, BaseMessageChunk

from langchain_openai_compatible.pacing import may_wait

__all__ = ["GrowingObject", "sum_chunks"]


class PartReader(Protocol):
    """What reads an object in a message."""

    def read_part(self, message: BaseMessage) -> Any:
        """Return the beginning of the object, ``None`` if there is none."""

    def read_object(self, message: BaseMessage) -> Any:
        """Return the whole object, or raise."""


class GrowingObject:
    """The object of a stream so far.

    Adding chunks and reading JSON cost as much as all that came before, so single characters would
    cost quadratic time. The first 64 chunks are read as they come; later ones in groups of 1/64 of
    what came, and at least every 0.1 seconds while chunks come.

    Args:
        reader: Reads the object.
        clock: Gives seconds that only grow.
    """

    def __init__(self, reader: PartReader, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._message: BaseMessage | None = None
        self._count = 0
        self._waiting: list[BaseMessage] = []
        self._since = clock()
        self._last: Any = None

    def add(self, chunk: Any) -> Iterator[Any]:
        """Take in a chunk; yields the object where it grew."""
        self._waiting.append(chunk if isinstance(chunk, BaseMessage) else AIMessage(str(chunk)))
        if may_wait(len(self._waiting), self._count, self._clock() - self._since):
            return
        part = self._reader.read_part(self._sum())
        if part is not None and part != self._last:
            self._last = part
            yield part

    def end(self) -> Iterator[Any]:
        """Yield the whole object unless it is the last part, or raise what ``invoke`` raises."""
        if self._message is None and not self._waiting:
            return
        found = self._reader.read_object(self._sum())
        if self._last is None or found != self._last:
            yield found

    def _sum(self) -> BaseMessage:
        chunks = self._waiting if self._message is None else [self._message, *self._waiting]
        self._count += len(self._waiting)
        self._waiting, self._since = [], self._clock()
        self._message = sum_chunks(chunks)
        return self._message


def sum_chunks(chunks: Sequence[Any]) -> Any:
    """Return the sum of the chunks of a stream; a message that is no chunk begins anew."""
    first, *rest = chunks
    if rest and all(isinstance(chunk, AIMessageChunk) for chunk in chunks):
        return first + rest
    for chunk in rest:
        first = first + chunk if isinstance(first, BaseMessageChunk) else chunk
    return first
