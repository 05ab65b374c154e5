"""How much of a server's words about an error is read: every text is cut before a pattern sees it."""

from __future__ import annotations

__all__ = [
    "BODY",
    "CODE",
    "HEADER",
    "ITEMS",
    "MESSAGE",
    "PARAM",
    "READ",
    "REQUEST_ID",
    "TYPE",
    "cut_text",
]

MESSAGE = 1_000
"""Characters of the server's message."""
TYPE = CODE = PARAM = REQUEST_ID = 200
"""Characters of the short texts beside it."""
HEADER = 100
"""Characters of a header or a field that holds a time: dates have 29."""
BODY = 2_000
"""Characters of the body in the error's ``body``."""
ITEMS = 100
"""Entries of a list of errors that are read."""
READ = 8
"""A text is taken over this many times longer than it is shown: masking keys makes it shorter."""


def cut_text(text: str, limit: int) -> str:
    """The text, at most ``limit`` characters long; where it was cut it ends with ``…``.

    >>> cut_text("abcdef", 4), cut_text("abcd", 4)
    ('abc…', 'abcd')
    """
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
