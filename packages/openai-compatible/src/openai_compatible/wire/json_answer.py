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
_LANGUAGE = re.compile(r"\A\w+")
"""What stands behind the opening mark of a code block."""
_CUT = object()
"""In the place of a value that the text ends within."""
_MARK = re.compile(r'"(?:[^"\\]|\\.)*+(")?|[{}\[\]]', re.DOTALL)
"""A string or a bracket; a string that the text ends within has no group."""
_BRACKET = re.compile(r"[{}\[\]]")


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
    found = list(_scan(text))
    for at, block in _blocks(text):
        value = _read(block)
        if value is not None and not any(start < at < end for start, end, _ in found):
            yield value
    for _, _, value in found:
        if value is not _CUT:
            yield value


def has_cut_json(text: str) -> bool:
    """Whether a text ends in the middle of a JSON object or array.

    >>> has_cut_json('Here: {"a": '), has_cut_json('{"a": 1}'), has_cut_json("no {hm}")
    (True, False, False)
    """
    text = _answer(text)
    return _read(text) is None and any(value is _CUT for _, _, value in _scan(text))


def _answer(text: str) -> str:
    return text.rpartition("</think>")[2].strip().lstrip("\ufeff")


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Code blocks with the place of their opening mark. By ``find``: a pattern takes quadratic time."""
    at = 0
    while (opened := text.find("```", at)) >= 0 and (closed := text.find("```", opened + 3)) >= 0:
        yield opened, _LANGUAGE.sub("", text[opened + 3 : closed], count=1).strip()
        at = closed + 3


def _scan(text: str) -> Iterator[tuple[int, int, Any]]:
    """Values outside of others with their start and end; the last may be :data:`_CUT`."""
    at, tries = 0, 0
    while tries < _MOST and (start := _next(text, at)) >= 0:
        tries += 1
        try:
            value, at = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            at = start + 1
            if begins_json(text[start:]):
                at = -1
            elif _HEAD.match(text, start):
                at = _end(text, start)
            if at < 0:
                yield start, len(text), _CUT
                return
            continue
        yield start, at, value


def _next(text: str, at: int) -> int:
    found = [place for sign in "{[" if (place := text.find(sign, at)) >= 0]
    return min(found, default=-1)


def _end(text: str, start: int) -> int:
    """Where the brackets that open at ``start`` are closed again, -1 if they are not."""
    depth, at, pattern = 0, start, _MARK
    while (mark := pattern.search(text, at)) is not None:
        if mark[0][0] == '"' and mark[1] is None:  # the quote is no string's: only brackets count
            at, pattern = mark.start() + 1, _BRACKET
            continue
        at = mark.end()
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(mark[0], 0)
        if depth == 0:
            return at
    return -1


def _read(text: str) -> Any:
    """A text that is one JSON object or array; ``None`` for any other."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
