"""JSON in an answer that may also hold reasoning, a code block or sentences around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from openai_compatible.wire.json_prefix import begins_json

__all__ = ["has_cut_json", "json_values"]

_DECODER = json.JSONDecoder(strict=False)
_MOST = 64
"""Places at which an object is looked for."""
_HEAD = re.compile(r'\{\s*"(?:[^"\\]|\\.)*"\s*:|\[\s*[\[{"]', re.DOTALL)
"""How an object or array begins. Braces in prose (``{hm}``) do not begin so."""
_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|["{}\[\]]', re.DOTALL)


def json_values(text: str) -> Iterator[Any]:
    """Yield the JSON objects and arrays in a text: the whole text, else code blocks, then the rest.

    Nothing is completed or repaired. Of an object that is cut or malformed nothing is taken, not even
    a whole object inside it.

    >>> list(json_values('<think>{hm}</think>Here: {"a": 1}.'))
    [{'a': 1}]
    >>> list(json_values('{"first": {"a": 1}, "sec'))
    []
    """
    text = _answer(text)
    whole = _read(text)
    if whole is not None:
        yield whole
        return
    if text[:1] in ("{", "[") and begins_json(text):
        return
    for block in re.findall(r"```(?:\w+)?\s*\n?(.*?)```", text, re.DOTALL):
        value = _read(block.strip())
        if value is not None:
            yield value
    for value in _scan(text):
        if value is not _CUT:
            yield value


def has_cut_json(text: str) -> bool:
    """Whether a text ends in the middle of a JSON object or array.

    >>> has_cut_json('Here: {"a": '), has_cut_json('{"a": 1}'), has_cut_json("no {hm}")
    (True, False, False)
    """
    text = _answer(text)
    return _read(text) is None and _CUT in _scan(text)


_CUT = object()
"""Yielded by :func:`_scan` in the place of a value that the text ends within."""


def _answer(text: str) -> str:
    return text.rpartition("</think>")[2].strip().lstrip("\ufeff")


def _scan(text: str) -> Iterator[Any]:
    at, tries = 0, 0
    while tries < _MOST and (start := _next(text, at)) >= 0:
        tries += 1
        try:
            value, at = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            if begins_json(text[start:]):
                yield _CUT
                return
            at = start + 1
            if _HEAD.match(text, start):
                at = _end(text, start)
                if at < 0:
                    yield _CUT
                    return
            continue
        yield value


def _next(text: str, at: int) -> int:
    found = [place for sign in "{[" if (place := text.find(sign, at)) >= 0]
    return min(found, default=-1)


def _end(text: str, start: int) -> int:
    """Where the brackets that open at ``start`` are closed again, -1 if they are not."""
    depth = 0
    for mark in _MARK.finditer(text, start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(mark.group(), 0)
        if depth == 0:
            return mark.end()
    return -1


def _read(text: str) -> Any:
    """A text that is one JSON object or array; ``None`` for any other."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
