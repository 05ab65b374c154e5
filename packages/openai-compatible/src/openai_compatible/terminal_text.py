"""Text of others, fit for a terminal, a log and a traceback."""

from __future__ import annotations

import unicodedata

__all__ = ["escape_controls"]


def escape_controls(text: str, *, keep: str = "") -> str:
    r"""Write each control character as Python does: the rest stays as it is.

    Escaped are all characters that Python calls not printable, but for spaces of any width: C0, DEL and
    C1 controls (escape sequences, bells, line breaks), line and paragraph separators, format characters
    (bidirectional controls, zero-width characters), halves of surrogate pairs, private and unassigned
    characters. Text that was escaped before does not change.

    Args:
        text: What a server or a file said.
        keep: Characters that stay.

    >>> escape_controls("a\x1b[31m\n\u202eb c")
    'a\\x1b[31m\\n\\u202eb c'
    """
    if text.isprintable():
        return text
    return "".join(
        char
        if char in keep or char.isprintable() or unicodedata.category(char) == "Zs"
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
