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

    def reserve(self, now: float, longest: float = float("inf")) -> float:
        """Take the place of one request and say how long to wait for it.

        Args:
            now: Monotonic clock, seconds.
            longest: Wait that is worth it; if it would be more, no place is taken.

        Returns:
            Delay in seconds, at least 0. The caller sleeps; this object never does.

        >>> window = Window(2)
        >>> window.reserve(now=0.0), window.reserve(now=1.0), window.reserve(now=2.0)
        (0.0, 0.0, 58.0)
        """
        starts = self._starts
        full = len(starts) == starts.maxlen
        start = max(now, starts[0] + self._seconds) if full else now
        if start - now <= longest:
            starts.append(start)
        return start - now
