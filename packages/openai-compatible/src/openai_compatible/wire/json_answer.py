"""JSON in an answer that may also hold reasoning, a code block or sentences around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["json_values"]

_DECODER = json.JSONDecoder()
_LANGUAGE = re.compile(r"\A\w+")
"""What stands behind the opening mark of a code block."""
_MOST = 64
"""Places at which an object is looked for."""


def json_values(text: str) -> Iterator[Any]:
    """The JSON objects and arrays in a text, the whole text first, then code blocks, then the rest.

    Nothing is invented: what is cut off or malformed is not there.

    >>> list(json_values('<think>{hm}</think>Here: {"a": 1}.'))
    [{'a': 1}]
    """
    text = text.rpartition("</think>")[2].strip().lstrip("\ufeff")
    whole = _read(text)
    if whole is not None:
        yield whole
        return
    for block in text.split("```")[1:-1:2]:
        value = _read(_LANGUAGE.sub("", block, count=1).strip())
        if value is not None:
            yield value
    at, tries = 0, 0
    while tries < _MOST and (start := _next(text, at)) >= 0:
        tries += 1
        try:
            value, at = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            at = start + 1
            continue
        yield value


def _next(text: str, at: int) -> int:
    found = [place for sign in "{[" if (place := text.find(sign, at)) >= 0]
    return min(found, default=-1)


def _read(text: str) -> Any:
    """A text that is one JSON object or array; ``None`` for any other."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
