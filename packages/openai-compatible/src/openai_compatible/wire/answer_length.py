"""How long an answer may be."""

from __future__ import annotations

from collections.abc import Mapping

from openai_compatible.wire.body_decoder import too_large
from openai_compatible.wire.choice import ChoiceState

__all__ = ["AnswerLength"]


class AnswerLength:
    """Compares the length of an answer with its limit, rarely: a character takes a byte at least.

    Args:
        limit: ``response_limits.answer``, in characters.
    """

    __slots__ = ("_limit", "_next", "fed")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._next = limit
        self.fed = 0
        """Bytes of the body so far."""

    def count(self, size: int, choices: Mapping[int, ChoiceState]) -> None:
        """Add bytes of the body; measure the answer at most about 64 times for each limit's worth.

        Raises:
            ResponseTooLargeError: The answer is longer than the limit.
        """
        self.fed += size
        if self.fed > self._next:
            self._next = self.fed + max(self.check(choices), self._limit // 64)

    def check(self, choices: Mapping[int, ChoiceState]) -> int:
        """Return how many characters are left.

        Raises:
            ResponseTooLargeError: The answer is longer than the limit.
        """
        if self.fed <= self._limit:
            return self._limit - self.fed
        left = self._limit - sum(state.length() for state in choices.values())
        if left < 0:
            raise too_large("the answer", "answer", self._limit, "characters")
        return left
