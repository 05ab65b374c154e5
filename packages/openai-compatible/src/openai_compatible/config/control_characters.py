"""Control characters in names: they forge lines of a terminal or a log, and nobody can type them."""

from __future__ import annotations

import re

__all__ = ["PATTERN", "has_control_characters", "without_control_characters"]

_CLASS = r"\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
"""C0, C1, line and paragraph separators, and what turns the direction of text (Unicode UAX #9)."""
PATTERN = f"^[^{_CLASS}]*$"
"""Regular expression, also of JSON Schema, of a text without any. JSON Schema has no surrogates."""
_CONTROL = re.compile(f"[{_CLASS}\\ud800-\\udfff]")


def has_control_characters(text: str) -> bool:
    r"""Return whether a text has a control character, or half of one that UTF-8 cannot encode.

    >>> has_control_characters("qwen3:8b"), has_control_characters("a\x1b[2J")
    (False, True)
    """
    return _CONTROL.search(text) is not None


def without_control_characters(text: str) -> str:
    r"""Return a text with ``-`` for each run of control characters.

    >>> without_control_characters("a\r\nb")
    'a-b'
    """
    return "-".join(part for part in _CONTROL.split(text) if part) or "-"
