"""Whether a text can be the beginning of a JSON text."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["begins_json"]

_PIECE = r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*(?:"|\\?\Z))|(?P<word>[-+.\w]+)|(?P<mark>[{}\[\],:]))'
_WORD = r"-?[\d.eE+-]*|true|false|null"
_CUT_WORD = r"t(r(u)?)?|f(a(l(s)?)?)?|n(u(l)?)?"

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
    tokens = re.compile(_PIECE, re.DOTALL)
    awaited, opened, place, end = "value", [""], 0, len(text.rstrip())
    while place < end:
        token = tokens.match(text, place)
        if token is None:
            return False
        place = token.end()
        kind = token.lastgroup or ""
        found = token.group(kind)
        if kind == "word" and not re.fullmatch(_WORD if place < end else f"{_WORD}|{_CUT_WORD}", found):
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
