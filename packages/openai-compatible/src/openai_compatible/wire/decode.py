"""JSON text to Python values: fast where the text is right, patient where it is not."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["MAX_DEPTH", "decode", "decode_loosely", "dump"]

MAX_DEPTH = 200
"""Deepest nesting that is read; jiter stops at the same depth."""


def decode(data: bytes) -> Any:
    r"""Read one JSON text.

    What strict JSON forbids and servers send is read all the same: raw control characters in
    strings, bytes that are not UTF-8 (they become U+FFFD), halves of surrogate pairs (U+FFFD),
    a byte order mark, white space around.

    Raises:
        ValueError: It is not JSON, or nested deeper than 200, or holds a number of more than
            4,300 digits.

    >>> decode(b'{"a": "line\nbreak"}')
    {'a': 'line\nbreak'}
    """
    import jiter

    try:
        return jiter.from_json(data)
    except ValueError as error:
        if "recursion limit" in str(error):
            raise
    return _clean(decode_loosely(data.decode("utf-8", "replace").encode()), MAX_DEPTH)


def decode_loosely(data: bytes) -> Any:
    """As :func:`decode`, but texts may hold halves of surrogate pairs.

    A byte that is not UTF-8 is one, too: ``0x80`` to ``0xff`` are U+DC80 to U+DCFF.

    Raises:
        ValueError: As :func:`decode`; values nested deeper than 200 may also be given.
    """
    import jiter

    try:
        return jiter.from_json(data)
    except ValueError as error:
        if "recursion limit" in str(error):
            raise
    try:
        return json.loads(data.decode("utf-8-sig", "surrogateescape"), strict=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dump(value: Any) -> str:
    """A decoded value as compact JSON text; never fails on what :func:`decode` gave."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _clean(value: Any, depth: int) -> Any:
    if depth < 0:
        raise ValueError("nested too deeply")
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
