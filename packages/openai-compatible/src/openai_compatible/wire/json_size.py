"""How many values a JSON text holds, counted before it is read: each takes up to 200 times its bytes."""

from __future__ import annotations

from openai_compatible.wire.body_decoder import too_large

__all__ = ["check_values"]

_WEIGHT = 10
"""What an object or an array counts: it takes about as much memory as so many numbers."""


def check_values(text: bytes, most: int) -> None:
    """Refuse a JSON text of too many values. Signs within strings count, too: the text is not parsed.

    Args:
        text: The text.
        most: ``response_limits.json_values``.

    Raises:
        ResponseTooLargeError: It may hold more values.

    >>> check_values(b'{"a": [1, 2]}', 21)
    """
    if len(text) * _WEIGHT <= most:
        return
    if text.count(b",") + _WEIGHT * (text.count(b"[") + text.count(b"{")) > most:
        raise too_large("the JSON of the answer", "json_values", most, "values")
