"""Words of a foreign file as messages may show them."""

from __future__ import annotations

__all__ = ["escape_controls", "shorten_key"]

_SHOWN = 200
"""Characters of a key in a place: it is repeated for all that is under it."""


def escape_controls(text: str) -> str:
    r"""Write control characters, line breaks and marks of direction as Python writes them.

    >>> escape_controls("a\n\x1b[31m")
    'a\\n\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def shorten_key(key: str) -> str:
    """A key of a foreign file as it stands in a place: escaped, and not longer than a line."""
    return escape_controls(key[:_SHOWN])
