"""For messages about a file: on which line a key stands, and what may have been meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

__all__ = ["line_of", "nearest"]


def line_of(text: str, key: str, value: object = None) -> int:
    """Number of the first line (from 1) that sets a key or opens its table; 1 if none does.

    >>> line_of('a = 1\\nbase_ulr = "x"', "base_ulr")
    2
    """
    word = re.escape(key)
    pattern = re.compile(rf"""^\s*(\[+\s*(.*\.)?)?["']?{word}["']?\s*(\]+|=|\.)""")
    inline = re.compile(rf"""[{{,]\s*["']?{word}["']?\s*=""")
    for number, line in enumerate(text.splitlines(), 1):
        if (pattern.match(line) or inline.search(line)) and (value is None or repr(value)[1:-1] in line):
            return number
    return 1


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence with the known word that is nearest, or with all of them.

    >>> nearest("base_ulr", ["name", "base_url"])
    "Did you mean 'base_url'?"
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names)}."
