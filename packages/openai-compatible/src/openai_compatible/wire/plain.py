"""Text of servers as a terminal may show it."""

from __future__ import annotations

from openai_compatible.terminal_text import escape_controls
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
    return escape_controls(str(text), keep=f"\n\t{_JOINERS}" if lines else _JOINERS)


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
