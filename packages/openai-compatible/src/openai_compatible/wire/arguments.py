"""The arguments of one tool call, piece by piece, in linear time."""

from __future__ import annotations

import json
from typing import Any

from openai_compatible.wire.decode import decode

__all__ = ["Arguments", "parse_arguments"]

_MAX_CHECKS = 8


def parse_arguments(text: str) -> dict[str, Any] | None:
    """Arguments as an object, or ``None`` where they are not one.

    Empty text is ``{}`` (calls without parameters); a JSON text inside a JSON text is opened.

    >>> parse_arguments(""), parse_arguments('"{\\\\"a\\\\": 1}"'), parse_arguments('{"a"')
    ({}, {'a': 1}, None)
    """
    value: Any = text
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = json.loads(value, strict=False) if value.strip() else {}
        except (ValueError, RecursionError):
            return None
    if value is None:
        return {}
    return value if isinstance(value, dict) else None


class Arguments:
    """Pieces of JSON text and the doubt whether a piece goes on or says everything again.

    Most servers send pieces that go on. Some send everything so far with each delta, some send the
    whole once more at the end, some append ``{}`` to finished arguments (tool-arguments-cumulative
    of the quirk catalogue). A piece that starts with everything so far is held back until the next
    one, or the end, shows which it is.

    >>> a = Arguments()
    >>> a.add('{"city":'), a.add('{"city":"Paris"}'), a.settle(), a.text()
    ('{"city":', '', '"Paris"}', '{"city":"Paris"}')
    """

    __slots__ = ("_checks", "_growing", "_held", "_length", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._held: str | None = None
        self._growing: bool | None = None
        self._checks = 0

    def add(self, piece: str) -> str:
        """Take in a piece; returns the text that is certain now, maybe ``""``."""
        if not piece:
            return ""
        if self._held is not None or self._growing:
            return self._decide(piece)
        if not self._pieces:
            return self._append(piece)
        if self._growing is None and len(piece) >= self._length and piece.startswith(self.text()):
            self._held = piece
            return ""
        if piece[0] == "{" and self._pieces[-1][-1:] == "}" and self._again(piece):
            return ""
        return self._append(piece)

    def settle(self) -> str:
        """The arguments are over: decide about a piece held back; returns what it adds."""
        held, self._held = self._held, None
        if held is None:
            return ""
        so_far = self.text()
        if not _is_json(so_far) and _is_json(so_far + held):
            return self._append(held)
        return self._replace(held)

    def given(self) -> str:
        """The text given out so far."""
        return "".join(self._pieces)

    def text(self) -> str:
        """Everything that is certain."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def empty(self) -> bool:
        """Whether nothing came yet."""
        return not self._pieces

    def complete(self) -> bool:
        """Whether the pieces are one JSON object. Tried a few times at most, so cost stays linear."""
        if self._pieces[-1].rstrip()[-1:] != "}" or self._checks >= _MAX_CHECKS:
            return False
        self._checks += 1
        return _is_json(self.text())

    def _again(self, piece: str) -> bool:
        """Whether finished arguments are followed by ``{}`` or by themselves once more."""
        if not self.complete():
            return False
        if piece.strip() == "{}":
            return True
        try:
            return bool(decode(piece.encode()) == decode(self.text().encode()))
        except ValueError:
            return False

    def _decide(self, piece: str) -> str:
        held, self._held = self._held, None
        if held is None:
            if piece.startswith(self.text()):
                return self._replace(piece)
            self._growing = False
            return self._append(piece)
        if len(piece) >= len(held) and piece.startswith(held):
            self._growing = True
            return self._replace(piece)
        if _is_json(self.text()):
            # Everything came once more, and now something else: the repetition says nothing new.
            return self.add(piece) if held == self.text() else self._replace(held) + self.add(piece)
        self._growing = False
        return self._append(held) + self.add(piece)

    def _append(self, piece: str) -> str:
        self._pieces.append(piece)
        self._length += len(piece)
        return piece

    def _replace(self, whole: str) -> str:
        rest = whole[self._length :]
        self._pieces = [whole]
        self._length = len(whole)
        return rest


def _is_json(text: str) -> bool:
    try:
        decode(text.encode())
    except ValueError:
        return False
    return True
