"""Whether a text can be the beginning of a JSON text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from openai_compatible.patterns import LazyPattern

__all__ = ["begins_json"]

_PIECE = LazyPattern(
    r'(?P<string>"(?:[^"\\]|\\.)*+(?:"|\\?\Z))|(?P<word>[-+.\w]++)',
    r"(?P<mark>[{}\[\],:])|(?P<space>\s++)",
    flags=re.DOTALL,
)
_WORD = LazyPattern(r"-?[\d.eE+-]*|true|false|null", flags=0)
_CUT_WORD = LazyPattern(r"t(r(u)?)?|f(a(l(s)?)?)?|n(u(l)?)?", flags=0)

_NEXT: Mapping[tuple[str, str], str] = {
    ("value", "string"): "after",
    ("value", "word"): "after",
    ("value", "{"): "first key",
    ("value", "["): "first value",
    ("first value", "string"): "after",
    ("first value", "word"): "after",
    ("first value", "{"): "first key",
    ("first value", "["): "first value",
    ("first value", "]"): "after",
    ("first key", "string"): "colon",
    ("first key", "}"): "after",
    ("key", "string"): "colon",
    ("colon", ":"): "value",
    ("after", ","): "next",
    ("after", "}"): "after",
    ("after", "]"): "after",
}
"""(what is awaited, what comes) -> what is awaited then."""


def begins_json(text: str) -> bool:
    """Whether some end makes this text one JSON value. Numbers are taken loosely.

    >>> begins_json('{"a": {"b'), begins_json('{"a": 1}{"a'), begins_json('{"a": "x"y')
    (True, False, False)
    """
    tokens = _PIECE.compiled
    awaited, opened, place, end = "value", [""], 0, len(text.rstrip())
    while place < end:
        token = tokens.match(text, place)
        if token is None:
            return False
        place = token.end()
        kind = token.lastgroup or ""
        found = token.group(kind)
        if kind == "space":
            continue
        if kind == "word" and not _is_word(found, cut=place >= end):
            return False
        if kind == "mark":
            kind = found
        following = _NEXT.get((awaited, kind), "")
        if following == "next":
            following = {"{": "key", "[": "value"}.get(opened[-1], "")
        if not following:
            return False
        if kind in ("{", "["):
            opened.append(kind)
        elif kind in ("}", "]") and opened.pop() != {"}": "{", "]": "["}[kind]:
            return False
        awaited = following
    return True


def _is_word(text: str, *, cut: bool) -> bool:
    """Whether it is a number or a name of JSON; with ``cut``, or the beginning of one."""
    return _WORD.fullmatch(text) is not None or (cut and _CUT_WORD.fullmatch(text) is not None)
