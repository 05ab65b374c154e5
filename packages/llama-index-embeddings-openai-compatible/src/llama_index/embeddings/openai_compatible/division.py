"""Places of batches in the list that LlamaIndex divides before it calls an embedding.

LlamaIndex tells a batch neither its place nor how many texts there are; errors need both.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextvars import ContextVar, Token

__all__ = ["end_division", "start_division", "take_place"]


class DividedTexts:
    """A list of texts, and where its batches begin that were not asked for yet."""

    def __init__(self, texts: Sequence[str], size: int) -> None:
        self.texts = list(texts)
        self._starts: dict[int, deque[int]] = {}
        for at in range(0, len(self.texts), size):
            self._starts.setdefault(id(self.texts[at]), deque()).append(at)

    def take(self, batch: Sequence[str]) -> int | None:
        """Return where a batch begins; ``None`` if it lacks texts of the list."""
        starts = self._starts.get(id(batch[0])) if len(batch) else None
        if not starts:
            return None
        held = self.texts[starts[0] : starts[0] + len(batch)]
        return starts.popleft() if list(map(id, held)) == list(map(id, batch)) else None


_CURRENT: ContextVar[DividedTexts | None] = ContextVar("_CURRENT", default=None)


def start_division(texts: Sequence[str], size: int) -> Token[DividedTexts | None]:
    """Say what the batches of this context, and of the tasks it starts, are taken from."""
    return _CURRENT.set(DividedTexts(texts, size))


def end_division(token: Token[DividedTexts | None]) -> None:
    """End what :func:`start_division` began."""
    _CURRENT.reset(token)


def take_place(batch: Sequence[str]) -> tuple[int, int]:
    """Return the place of a batch's first text and the number of all texts.

    A batch without those texts that a cache holds counts alone, and so does one of no division.
    """
    division = _CURRENT.get()
    at = None if division is None else division.take(batch)
    return (0, len(batch)) if division is None or at is None else (at, len(division.texts))
