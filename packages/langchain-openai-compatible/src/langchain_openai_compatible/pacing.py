"""How long small pieces of a stream may wait for more. Pure.

LangChain and readers of JSON look at all that came before with every piece, so that pieces of one
character would cost quadratic time.
"""

from __future__ import annotations

__all__ = ["may_wait"]

_PART = 64
_LONGEST_WAIT = 0.1


def may_wait(waiting: int, given: int, seconds: float) -> bool:
    """Return whether what waits is less than 1/64 of what was given out, for less than 0.1 seconds.

    Up to 64 pieces or characters nothing waits.

    Args:
        waiting: Size of what waits.
        given: Size of what was given out, in the same unit.
        seconds: Since something was given out.

    >>> may_wait(1, 64, 0.0), may_wait(1, 65, 0.0), may_wait(1, 65, 0.1)
    (False, True, False)
    """
    return waiting * _PART < given and seconds < _LONGEST_WAIT
