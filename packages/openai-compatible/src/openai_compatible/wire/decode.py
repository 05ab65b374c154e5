"""JSON text to Python values: fast where the text is right, patient where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = [
    "MAX_DEPTH",
    "NestingError",
    "check_depth",
    "decode",
    "decode_loosely",
    "dump",
    "strict_reader",
]

MAX_DEPTH = 200
"""Deepest nesting that is read unless told otherwise; jiter stops at the same depth."""


class NestingError(ValueError):
    """A JSON text is nested deeper than is read."""


_DAMAGED = object()
"""In the place of a value that strict JSON does not give."""


def _read_strictly(data: bytes, depth: int) -> Any:
    import jiter

    try:
        value = jiter.from_json(data)
    except ValueError as error:
        if depth <= MAX_DEPTH and "recursion limit" in str(error):
            raise NestingError("nested too deeply") from None
        return _DAMAGED
    if depth < MAX_DEPTH:
        check_depth(value, depth)
    return value


def decode(data: bytes, depth: int = MAX_DEPTH) -> Any:
    r"""Read one JSON text.

    What strict JSON forbids and servers send is read all the same: raw control characters in
    strings, bytes that are not UTF-8 (they become U+FFFD), halves of surrogate pairs (U+FFFD),
    a byte order mark, white space around.

    Args:
        data: The text.
        depth: Levels of nesting that are read, at most 300.

    Raises:
        NestingError: It is nested deeper.
        ValueError: It is not JSON, or holds a number of more than 4,300 digits.

    >>> decode(b'{"a": "line\nbreak"}')
    {'a': 'line\nbreak'}
    """
    value = _read_strictly(data, depth)
    if value is not _DAMAGED:
        return value
    return _clean(decode_loosely(data.decode("utf-8", "replace").encode(), depth), depth)


def decode_loosely(data: bytes, depth: int = MAX_DEPTH) -> Any:
    """As :func:`decode`, but texts may hold halves of surrogate pairs.

    A byte that is not UTF-8 is one, too: ``0x80`` to ``0xff`` are U+DC80 to U+DCFF.

    Raises:
        ValueError: As :func:`decode`.
    """
    value = _read_strictly(data, depth)
    if value is not _DAMAGED:
        return value
    try:
        value = json.loads(data.decode("utf-8-sig", "surrogateescape"), strict=False)
        check_depth(value, depth)
        return value
    except RecursionError:
        raise NestingError("nested too deeply") from None


def strict_reader(depth: int) -> Callable[[bytes], Any]:
    """Return the fastest function that reads JSON without errors, at most so many levels of it."""
    import jiter

    return partial(decode, depth=depth) if depth < MAX_DEPTH else jiter.from_json


def check_depth(value: Any, depth: int) -> None:
    """Raise :class:`NestingError` for a decoded value of more levels than ``depth``.

    >>> check_depth([[1]], 2)
    """
    level: list[Any] = [value]
    for _ in range(depth):
        level = [
            item
            for one in level
            if isinstance(one, dict | list)
            for item in (one.values() if isinstance(one, dict) else one)
            if isinstance(item, dict | list)
        ]
        if not level:
            return
    raise NestingError("nested too deeply")


def dump(value: Any) -> str:
    """A decoded value as compact JSON text; never fails on what :func:`decode` gave."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _clean(value: Any, depth: int) -> Any:
    if depth < 0:
        raise NestingError("nested too deeply")
    if isinstance(value, str):
        return _whole_text(value)
    if isinstance(value, dict):
        return {_whole_text(key): _clean(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value]
    return value


def _whole_text(text: str) -> str:
    """The text with halves of surrogate pairs replaced, so that it can be encoded again."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
