"""The arguments of one tool call, piece by piece, in linear time."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

from openai_compatible.wire.decode import decode
from openai_compatible.wire.json_prefix import begins_json

__all__ = ["CUT_REASONS", "Arguments", "describe_arguments", "parse_arguments"]

_MAX_CHECKS = 8
_NEXT = re.compile(r"\}\s*\{")
CUT_REASONS = frozenset({"length", "content_filter", "error"})
"""Finish reasons of answers that end before the model was done."""


def parse_arguments(text: str, finish_reason: str | None = None) -> dict[str, Any] | None:
    """Return the arguments of a finished call as an object, ``None`` where they are not one.

    Nothing is completed or repaired. Control characters in strings are read, ``NaN`` and ``Infinity``
    are not: they are no JSON. Empty text and ``null`` are ``{}`` (calls without parameters), unless
    the answer was cut, where they mean that the arguments did not arrive. A JSON text inside a JSON
    text is opened.

    Args:
        text: The arguments as the server wrote them.
        finish_reason: The normalised finish reason of the answer.

    >>> parse_arguments(""), parse_arguments('"{\\\\"a\\\\": 1}"'), parse_arguments('{"a"')
    ({}, {'a': 1}, None)
    >>> parse_arguments("", "length"), parse_arguments('{"a": 1}', "length")
    (None, {'a': 1})
    """
    value: Any = text
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = json.loads(value, strict=False, parse_constant=_refuse) if value.strip() else None
        except (ValueError, RecursionError):
            return None
    if value is None:
        return None if finish_reason in CUT_REASONS else {}
    return value if isinstance(value, dict) else None


def describe_arguments(name: str, finish_reason: str | None) -> str:
    """Say why a call's arguments cannot be used.

    >>> describe_arguments("add", "length")
    "the arguments of the tool call 'add' are no JSON object: the answer ended (length) within them"
    """
    text = f"the arguments of the tool call {name!r} are no JSON object"
    return (
        f"{text}: the answer ended ({finish_reason}) within them"
        if finish_reason in CUT_REASONS
        else text
    )


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


class Arguments:
    """Pieces of JSON text and the doubt whether a piece goes on or says everything again.

    Most servers send pieces that go on. Some send everything so far with each delta, some send the
    whole once more at the end, some append ``{}`` to finished arguments (tool-arguments-cumulative
    of the quirk catalogue). A piece that starts with everything so far says it again if it cannot
    go on: ``{"a": 1}{"a": 1}`` begins no JSON text. If it can, it is held back until a later piece,
    or the end, shows which it is.

    >>> a = Arguments()
    >>> a.add('{"city":'), a.add('{"city":"Paris"}'), a.settle(), a.text()
    ('{"city":', '', '"Paris"}', '{"city":"Paris"}')
    """

    __slots__ = ("_checks", "_growing", "_held", "_length", "_pieces", "_splits")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._held: list[str] = []
        self._growing: bool | None = None
        self._checks = 0
        self._splits = 0

    def add(self, piece: str) -> str:
        """Take in a piece; returns the text that is certain now, maybe ``""``."""
        if not piece:
            return ""
        if self._held:
            if piece.startswith(self._held[-1]):
                return self._doubt(piece)
            return self._go_on() + self.add(piece)
        if self._pieces and self._growing is not False:
            if len(piece) >= self._length and piece.startswith(self.text()):
                return self._replace(piece) if self._growing else self._doubt(piece)
            self._growing = False if self._growing else None
            if piece[0] == "{" and self._pieces[-1][-1:] == "}" and self._again(piece):
                return ""
        return self._append(piece)

    def next_object(self, piece: str) -> int:
        """Where in a piece another JSON object begins behind finished arguments; -1: nowhere.

        ``{"a": 1}{"b": 2}`` are the arguments of two calls under one index. Tried a few times at
        most, so cost stays linear.
        """
        if "{" not in piece or self._held or self._splits >= _MAX_CHECKS:
            return -1
        starts = [0] if piece[0] == "{" and self._pieces and self._ends_object() else []
        starts += [found.end() - 1 for found in islice(_NEXT.finditer(piece), _MAX_CHECKS)]
        for at in starts:
            self._splits += 1
            if _is_object(self.text() + piece[:at]):
                return at
        return -1

    def settle(self, *, closed: bool = True) -> str:
        """The arguments are over: decide about what is held back; returns what it adds."""
        if not self._held:
            return ""
        last = self._held[-1]
        if _is_json(last) and not _is_json(self.text() + "".join(self._held)):
            self._held = []
            return self._replace(last)
        return self._go_on()

    def given(self) -> str:
        """The text given out so far."""
        return "".join(self._pieces)

    def text(self) -> str:
        """Everything that is certain."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def is_empty(self) -> bool:
        """Whether nothing came yet."""
        return not self._pieces

    def is_complete(self) -> bool:
        """Whether the pieces are one JSON object. Tried a few times at most, so cost stays linear."""
        if not self._pieces or not self._ends_object() or self._checks >= _MAX_CHECKS:
            return False
        self._checks += 1
        return _is_json(self.text())

    def repeats(self, text: str) -> bool:
        """Whether a JSON text says again what the arguments say: ``{}``, or the same value."""
        if text.strip() == "{}":
            return True
        try:
            return bool(decode(text.encode()) == decode(self.text().encode()))
        except ValueError:
            return False

    def _ends_object(self) -> bool:
        last = self._pieces[-1].rstrip() or "".join(self._pieces[-2:]).rstrip()
        return last[-1:] == "}"

    def _again(self, piece: str) -> bool:
        """Whether finished arguments are followed by ``{}`` or by themselves once more."""
        return self.is_complete() and self.repeats(piece)

    def _doubt(self, piece: str) -> str:
        """A piece that starts with everything before it."""
        self._checks += 1
        if not begins_json(self.text() + "".join(self._held) + piece):
            self._growing, self._held = True, []
            return self._replace(piece)
        self._held.append(piece)
        return self._go_on() if self._checks >= _MAX_CHECKS else ""

    def _go_on(self) -> str:
        """What was held back were pieces that go on."""
        if self._checks >= _MAX_CHECKS:
            self._growing = False
        held, self._held = "".join(self._held), []
        return self._append(held)

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


def _is_object(text: str) -> bool:
    try:
        return isinstance(decode(text.encode()), dict)
    except ValueError:
        return False
