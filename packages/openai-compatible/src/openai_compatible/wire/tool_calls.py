"""Tool calls out of deltas: one accumulator for every way servers cut and number them."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from openai_compatible.types import Event, ToolCall, ToolCallDelta
from openai_compatible.wire.arguments import Arguments, parse_arguments
from openai_compatible.wire.decode import dump
from openai_compatible.wire.extras import Extras

__all__ = ["ToolCalls"]

_ITEM_KEYS = frozenset({"index", "id", "type", "function", "name", "arguments"})


def invent_id() -> str:
    """A tool call id for a server that sends none."""
    return f"call_{os.urandom(12).hex()}"


class _Call:
    __slots__ = ("announced", "arguments", "extra", "id", "index", "name", "sent_id")

    def __init__(self, index: int) -> None:
        self.index = index
        self.id = ""
        self.sent_id: str | None = None
        self.name = ""
        self.announced = False
        self.arguments = Arguments()
        self.extra: Extras | None = None


class ToolCalls:
    """Calls of one choice, numbered 0, 1, 2 in the order they appear.

    Args:
        choice: Index of the choice, copied into each delta.
        names: Names of the offered tools, if known: with them a name cut into pieces is joined.

    Seen in the field and read (tool-* entries of the quirk catalogue): deltas without index; every
    delta with index 0 and different ids; id and name repeated in each delta, or ``""``; a fresh id
    in each delta; whole calls in one delta; several in one delta; the name later than the id; no
    ids; arguments as object or null; all arguments sent again at the end, or growing from delta to
    delta; the legacy ``function_call``.
    """

    __slots__ = ("_by_id", "_by_index", "_calls", "_choice", "_legacy", "_names", "_taken")

    def __init__(self, choice: int = 0, names: Collection[str] = ()) -> None:
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._by_id: dict[str, _Call] = {}
        self._choice = choice
        self._names = names
        self._legacy: _Call | None = None
        self._taken: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._calls)

    def read(self, items: list[Any], out: list[Event], *, whole: bool = False) -> None:
        """Take in one ``tool_calls`` array. ``whole``: each item is a call of its own, by position."""
        for position, item in enumerate(items):
            if not isinstance(item, dict):
                continue
            index = item.get("index")
            function = item.get("function")
            if not isinstance(function, dict):
                function = item
            if type(index) is int and not item.get("id") and not function.get("name") and not whole:
                call = self._by_index.get(index)
                if call is not None and call.announced:
                    self._continue(call, item, function, out)
                    continue
            self._general(position if whole else index, item, function, out, whole=whole)

    def read_legacy(self, function: dict[str, Any], out: list[Event]) -> None:
        """Take in a ``function_call``; beside ``tool_calls`` it repeats them (llama-cpp-python)."""
        if self._legacy is None:
            if self._calls:
                return
            self._legacy = self._open()
        self._take(self._legacy, {}, function, out)

    def settle(self, out: list[Event]) -> None:
        """The answer is over: give out what was held back."""
        for call in self._calls:
            self._announce(call, out)
            rest = call.arguments.settle()
            if rest:
                out.append(ToolCallDelta(call.index, None, None, rest, self._choice))

    def calls(self) -> tuple[ToolCall, ...]:
        """The calls, whole. Call :meth:`settle` first."""
        return tuple(
            ToolCall(call.id, call.name, call.arguments.text(), call.extra.fold() if call.extra else {})
            for call in self._calls
        )

    def length(self) -> int:
        """Characters of all arguments so far."""
        return sum(len(call.arguments.text()) for call in self._calls)

    def whole(self) -> bool:
        """Whether every call's arguments are JSON, or absent."""
        return all(parse_arguments(call.arguments.text()) is not None for call in self._calls)

    def unfinished(self) -> list[dict[str, Any]]:
        """What had arrived of each call when the stream was cut; never to be run."""
        return [
            {"id": call.id or None, "name": call.name or None, "arguments": call.arguments.text()}
            for call in self._calls
        ]

    def _continue(
        self, call: _Call, item: dict[str, Any], function: dict[str, Any], out: list[Event]
    ) -> None:
        """The short road: more arguments of a call that is already announced."""
        piece = function.get("arguments")
        if piece:
            given = call.arguments.add(piece if type(piece) is str else _as_text(piece))
            if given:
                out.append(ToolCallDelta(call.index, None, None, given, self._choice))
        if not item.keys() <= _ITEM_KEYS or not function.keys() <= _ITEM_KEYS:
            self._keep(call, item, function)

    def _general(
        self,
        index: Any,
        item: dict[str, Any],
        function: dict[str, Any],
        out: list[Event],
        *,
        whole: bool,
    ) -> None:
        sent_id, name = _text(item.get("id")), _text(function.get("name"))
        piece = _as_text(function.get("arguments"))
        if isinstance(index, str) and index.isascii() and index.isdigit():
            index = int(index[:18])
        if not (sent_id or name or piece) and not (type(index) is int and index in self._by_index):
            return
        if type(index) is int:
            call = self._at(index, sent_id, name, piece, whole=whole)
        else:
            call = self._without_index(sent_id, name, piece)
        if sent_id:
            if call.sent_id is None:
                call.sent_id = sent_id
                self._by_id.setdefault(sent_id, call)
            elif call.sent_id != sent_id:
                self._by_id.setdefault(sent_id, call)
        self._take(call, item, function, out)

    def _at(self, index: int, sent_id: str, name: str, piece: str, *, whole: bool) -> _Call:
        """The call an index stands for; a new one where index and id contradict each other."""
        call = self._by_index.get(index)
        if call is None:
            known = self._by_id.get(sent_id) if sent_id and not name else None
            call = self._by_index[index] = known or self._open()
        elif whole:
            pass
        elif sent_id and call.sent_id is not None and sent_id != call.sent_id:
            if sent_id in self._by_id:
                return self._by_id[sent_id]
            # A fresh id in each delta of one call carries no name, or goes on inside the arguments.
            if name and (not piece or piece.lstrip()[:1] == "{"):
                call = self._by_index[index] = self._open()
        elif name and not sent_id and self._next_call(call, name, piece):
            call = self._by_index[index] = self._open()
        return call

    def _without_index(self, sent_id: str, name: str, piece: str) -> _Call:
        last = self._calls[-1] if self._calls else None
        if sent_id:
            known = self._by_id.get(sent_id)
            if known is not None:
                return known
            if last is None or last.sent_id is not None or last.announced or (name and last.name):
                return self._open()
            return last
        if last is None or (name and self._next_call(last, name, piece)):
            return self._open()
        return last

    def _next_call(self, call: _Call, name: str, piece: str) -> bool:
        """Whether a name without an id opens the next call instead of repeating this one's."""
        if not call.name:
            return False
        if call.arguments.empty():
            return name != call.name and self._fits(call.name)
        if name != call.name:
            return True
        if piece.lstrip()[:1] != "{" or not call.arguments.complete():
            return False
        return piece != call.arguments.text()

    def _fits(self, name: str) -> bool:
        """Whether a name is whole as far as we know."""
        return name in self._names or not any(known.startswith(name) for known in self._names)

    def _open(self) -> _Call:
        call = _Call(len(self._calls))
        self._calls.append(call)
        return call

    def _take(
        self, call: _Call, item: dict[str, Any], function: dict[str, Any], out: list[Event]
    ) -> None:
        name = _text(function.get("name"))
        if name and not call.name:
            call.name = name
        elif name and not call.announced and name != call.name:
            call.name += name
        given = call.arguments.add(_as_text(function.get("arguments")))
        self._keep(call, item, function)
        if call.announced:
            if given:
                out.append(ToolCallDelta(call.index, None, None, given, self._choice))
        elif call.name and self._fits(call.name):
            self._announce(call, out)

    def _announce(self, call: _Call, out: list[Event]) -> None:
        if call.announced:
            return
        call.announced = True
        call.id = call.sent_id if call.sent_id and call.sent_id not in self._taken else invent_id()
        self._taken.add(call.id)
        out.append(ToolCallDelta(call.index, call.id, call.name, call.arguments.given(), self._choice))

    def _keep(self, call: _Call, item: Mapping[str, Any], function: Mapping[str, Any]) -> None:
        sources = (item,) if function is item else (item, function)
        for source in sources:
            if source.keys() <= _ITEM_KEYS:
                continue
            call.extra = call.extra or Extras()
            for key, value in source.items():
                if key not in _ITEM_KEYS:
                    call.extra.add(key, value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else ""


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else dump(value)
