"""Words of a foreign file as messages may show them."""

from __future__ import annotations

from openai_compatible.terminal_text import escape_controls

__all__ = ["shorten_key"]

_SHOWN = 200
"""Characters of a key in a place: it is repeated for all that is under it."""


def shorten_key(key: str) -> str:
    """A key of a foreign file as it stands in a place: escaped, and not longer than a line."""
    return escape_controls(key[:_SHOWN])
