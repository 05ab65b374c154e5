"""How long to wait so that a server is not asked too often. Without a clock."""

from __future__ import annotations

from collections import deque

__all__ = ["Window"]


class Window:
    """At most so many requests in any stretch of so many seconds.

    What fits goes at once; what is over it waits until the oldest request is so many seconds ago.
    Not safe for threads by itself.
    """

    __slots__ = ("_seconds", "_starts")

    def __init__(self, requests: int, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._starts: deque[float] = deque(maxlen=requests)

    def delay(self, now: float) -> float:
        """Seconds until there is room for one more request, at least 0.

        Args:
            now: Monotonic clock, seconds.

        >>> window = Window(1)
        >>> window.take(0.0)
        >>> window.delay(2.0)
        58.0
        """
        starts = self._starts
        if len(starts) < (starts.maxlen or 0):
            return 0.0
        return max(0.0, starts[0] + self._seconds - now)

    def take(self, at: float) -> None:
        """Note a request that is sent then: not before :meth:`delay` is over, nor before another."""
        self._starts.append(max(at, self._starts[-1]) if self._starts else at)
