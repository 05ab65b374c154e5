"""Text of servers as one line that a terminal may show."""

from __future__ import annotations

import unicodedata

from openai_compatible.wire.redact import redact

__all__ = ["one_line", "quoted"]

_JOINERS = "\u200c\u200d"
"""Without them Persian, Hindi and composed emoji fall apart; they move nothing."""


def one_line(text: str, limit: int = 200) -> str:
    r"""A text on one line: white space as single spaces, control characters escaped, cut.

    >>> one_line("a\n\n  b\x1b[31m")
    'a b\\x1b[31m'
    >>> one_line("too long", 6)
    'too...'
    """
    words = " ".join(text[: limit * 8].split())
    line = "".join(char if _harmless(char) else _escaped(char) for char in words)
    return line if len(line) <= limit else f"{line[: limit - 3].rstrip()}..."


def quoted(text: str, limit: int = 200) -> str:
    """What a server said, fit to be quoted: keys masked, on one line.

    >>> quoted("Incorrect API key provided: sk-abcdefgh12345678.")
    'Incorrect API key provided: ***'
    """
    return one_line(redact(text), limit)


def _harmless(char: str) -> bool:
    return char.isprintable() or char in _JOINERS or unicodedata.category(char) == "Zs"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
