"""Names for objects that hold within this process, and are never given to another object."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = ["object_token"]

_numbers = itertools.count(1)
_known: dict[int, tuple[Callable[[], Any], int]] = {}


def object_token(value: Any) -> int:
    """Return the number of an object: the same for its whole life, and no other object's later.

    ``id()`` alone is given to a new object once the old one is gone. Bound methods are new objects each
    time, so the number is that of the object that is held.

    >>> def get_key() -> str: return "k"
    >>> object_token(get_key) == object_token(get_key)
    True
    """
    place = id(value)
    found = _known.get(place)
    if found is not None and found[0]() is value:
        return found[1]
    number = next(_numbers)
    try:
        held: Callable[[], Any] = weakref.ref(value, partial(_forget, _known, place, number))
    except TypeError:  # cannot be referred to weakly: it is kept, so that its id stays its own
        held = lambda: value  # noqa: E731
    _known[place] = (held, number)
    return number


def _forget(known: dict[int, tuple[Callable[[], Any], int]], place: int, number: int, _: object) -> None:
    """Forget an object that is gone, unless its ``id()`` is another one's already."""
    found = known.get(place)
    if found is not None and found[1] == number:
        del known[place]
