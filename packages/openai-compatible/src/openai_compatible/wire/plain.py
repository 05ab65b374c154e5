"""Text of servers as a terminal may show it."""

from __future__ import annotations

import unicodedata

from openai_compatible.wire.redact import redact

__all__ = ["escaped", "one_line", "quoted"]

_JOINERS = "\u200c\u200d"
"""Without them Persian, Hindi and composed emoji fall apart; they move nothing."""


def escaped(text: object, *, lines: bool = True) -> str:
    r"""Text without control characters: each is written as Python writes it. Spaces of any width stay.

    Args:
        text: Any value.
        lines: Whether line breaks and tabs stay.

    >>> escaped("a\x1b[31mb\u202e")
    'a\\x1b[31mb\\u202e'
    >>> escaped("a\nb", lines=False)
    'a\\nb'
    """
    kept = "\n\t" if lines else ""
    return "".join(
        char if char in kept or _harmless(char) else char.encode("unicode_escape").decode()
        for char in str(text)
    )


def one_line(text: str, limit: int = 200) -> str:
    r"""A text on one line: white space as single spaces, control characters escaped, cut.

    >>> one_line("a\n\n  b\x1b[31m")
    'a b\\x1b[31m'
    >>> one_line("too long", 6)
    'too...'
    """
    line = escaped(" ".join(text[: limit * 8].split()))
    return line if len(line) <= limit else f"{line[: limit - 3].rstrip()}..."


def quoted(text: str, limit: int = 200) -> str:
    """What a server said, fit to be quoted: keys masked, on one line.

    >>> quoted("Incorrect API key provided: sk-abcdefgh12345678.")
    'Incorrect API key provided: ***'
    """
    return one_line(redact(text), limit)


def _harmless(char: str) -> bool:
    return char.isprintable() or char in _JOINERS or unicodedata.category(char) == "Zs"
