"""The input of a custom tool (OpenAI's ``type: "custom"``): free text, given out as a JSON object."""

from __future__ import annotations

import json

__all__ = ["INPUT_KEY", "CustomInput"]

INPUT_KEY = "input"
"""Key of the text in the arguments."""


class CustomInput:
    """Pieces of a text as pieces of ``{"input": "..."}``; has the methods of ``Arguments``.

    The object is closed only where the answer is known to be whole: an input that was cut is never
    valid JSON.

    >>> text = CustomInput()
    >>> text.add("a"), text.add('"'), text.settle(closed=True), text.text()
    ('{"input": "a', '\\\\"', '"}', '{"input": "a\\\\""}')
    """

    __slots__ = ("_closed", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._closed = False

    def add(self, piece: str) -> str:
        """Take in a piece of the text; returns the JSON text it adds."""
        written = json.dumps(piece, ensure_ascii=False)[1:-1]
        if not self._pieces:
            written = f'{{"{INPUT_KEY}": "{written}'
        self._pieces.append(written)
        return written

    def next_object(self, piece: str) -> int:
        """A text goes on whatever is in it: always -1."""
        return -1

    def settle(self, *, closed: bool) -> str:
        """The answer is over; ``closed``: it is whole."""
        if self._closed or not closed:
            return ""
        self._closed = True
        end = '"}' if self._pieces else f'{{"{INPUT_KEY}": ""}}'
        self._pieces.append(end)
        return end

    def text(self) -> str:
        """Everything so far."""
        return "".join(self._pieces)

    given = text

    def is_empty(self) -> bool:
        """Whether nothing came yet."""
        return not self._pieces

    def is_complete(self) -> bool:
        """Whether the object is closed."""
        return self._closed
