"""Tool calls out of deltas: one accumulator for every way servers cut and number them."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from openai_compatible.types import Event, ToolCall, ToolCallDelta
from openai_compatible.wire.arguments import Arguments, parse_arguments
from openai_compatible.wire.custom_input import CustomInput
from openai_compatible.wire.extras import Extras
from openai_compatible.wire.tool_items import ITEM_KEYS, Item, as_text, read_item
from openai_compatible.wire.tool_names import is_whole_name, match_name

__all__ = ["ToolCalls"]

_MOST_SPLITS = 64
"""Calls of one choice that are found behind another's arguments under one index."""


def invent_id() -> str:
    """A tool call id for a server that sends none."""
    return f"call_{os.urandom(12).hex()}"


class _Call:
    __slots__ = ("announced", "arguments", "before", "extra", "id", "index", "name", "sent_id")

    def __init__(self) -> None:
        self.index = -1
        """Its number among the calls given out; -1: not given out yet."""
        self.id = ""
        self.sent_id: str | None = None
        self.name = ""
        self.announced = False
        self.arguments: Arguments | CustomInput = Arguments()
        self.before: _Call | None = None
        """The call behind whose arguments this one's stood, without a name of its own."""
        self.extra: Extras | None = None


class ToolCalls:
    """Calls of one choice, numbered 0, 1, 2 in the order they are given out.

    Args:
        choice: Index of the choice, copied into each delta.
        names: Names of the offered tools, if known: with them a name cut into pieces is joined, and
            one with parts of the chat template in it is matched.

    Seen in the field and read (tool-* entries of the quirk catalogue): deltas without index; every
    delta with index 0 and different ids; id and name repeated in each delta, or ``""``; a fresh id
    in each delta; whole calls in one delta; several in one delta, heads first and arguments later;
    the name later than the id; no ids; arguments as object or null; all arguments sent again at the
    end, or growing from delta to delta; ``{...}{...}`` under one index; arguments under an index
    that nothing opened; the legacy ``function_call``; custom tools.

    A call that never gets a name is not given out; :meth:`nameless` has it.
    """

    __slots__ = (
        "_by_id",
        "_by_index",
        "_calls",
        "_choice",
        "_given",
        "_group",
        "_legacy",
        "_names",
        "_splits",
        "_taken",
    )

    def __init__(self, choice: int = 0, names: Collection[str] = ()) -> None:
        self._calls: list[_Call] = []
        self._given: list[_Call] = []
        self._group: list[_Call] = []
        """The calls whose heads came together, without index: their arguments may come by place."""
        self._by_index: dict[int, _Call] = {}
        self._by_id: dict[str, _Call] = {}
        self._choice = choice
        self._names = names
        self._legacy: _Call | None = None
        self._taken: set[str] = set()
        self._splits = 0

    def __bool__(self) -> bool:
        return bool(self._calls)

    def read(self, items: list[Any], out: list[Event], *, whole: bool = False) -> None:
        """Take in one ``tool_calls`` array. ``whole``: each item is a call of its own, by position."""
        if len(items) == 1 and not whole and type(items[0]) is dict:
            item = items[0]
            index, function = item.get("index"), item.get("function")
            if (
                type(index) is int
                and type(function) is dict
                and not item.get("id")
                and not function.get("name")
            ):
                call = self._by_index.get(index)
                if call is not None and call.announced:
                    self._continue(call, item, function, out)
                    return
        found = [read_item(item) for item in items if isinstance(item, dict)]
        if whole:
            for place, entry in enumerate(found):
                self._take_whole(place, entry, out)
        elif len(found) == 1:
            self._take_one(found[0], out)
        else:
            self._take_several(found, out)

    def read_legacy(self, function: dict[str, Any], out: list[Event]) -> None:
        """Take in a ``function_call``; beside ``tool_calls`` it repeats them (llama-cpp-python)."""
        if self._legacy is None:
            if self._calls:
                return
            self._legacy = self._open(out)
        self._take(self._legacy, read_item(function)._replace(entry={}, id=""), out)

    def settle(self, out: list[Event], *, closed: bool = True) -> None:
        """The answer is over: give out what was held back; ``closed``: it was not cut."""
        for call in self._calls:
            self._announce(call, out)
            rest = call.arguments.settle(closed=closed)
            if rest and call.announced:
                out.append(ToolCallDelta(call.index, None, None, rest, self._choice))

    def calls(self) -> tuple[ToolCall, ...]:
        """The calls, whole. Call :meth:`settle` first."""
        return tuple(
            ToolCall(call.id, call.name, call.arguments.text(), call.extra.fold() if call.extra else {})
            for call in self._given
        )

    def nameless(self) -> list[dict[str, Any]]:
        """Calls that came without a name. Call :meth:`settle` first."""
        return [
            {"id": call.sent_id, "arguments": call.arguments.text()}
            for call in self._calls
            if not call.name and (call.before is None or not call.before.announced)
        ]

    def length(self) -> int:
        """Characters of all arguments so far."""
        return sum(len(call.arguments.text()) for call in self._calls)

    def whole(self) -> bool:
        """Whether every call's arguments are JSON, or absent."""
        return all(parse_arguments(call.arguments.text()) is not None for call in self._calls)

    def unfinished(self) -> list[dict[str, Any]]:
        """What had arrived of each call when the stream was cut; never to be run."""
        return [
            {
                "id": call.id or call.sent_id,
                "name": call.name or None,
                "arguments": call.arguments.text(),
            }
            for call in self._calls
        ]

    def _continue(
        self, call: _Call, item: dict[str, Any], function: dict[str, Any], out: list[Event]
    ) -> None:
        """The short road: more arguments of a call that is already announced."""
        piece = function.get("arguments")
        if piece:
            text = piece if type(piece) is str else as_text(piece)
            if "{" in text:
                self._add(call, text, "", out)
            else:
                given = call.arguments.add(text)
                if given:
                    out.append(ToolCallDelta(call.index, None, None, given, self._choice))
        if not item.keys() <= ITEM_KEYS or not function.keys() <= ITEM_KEYS:
            self._keep(call, item, function)

    # -- which call an item belongs to

    def _take_whole(self, place: int, item: Item, out: list[Event]) -> None:
        """An item of a whole message: a call of its own, by its place."""
        if not (item.id or item.name or item.piece) and place not in self._by_index:
            return
        call = self._by_index.get(place)
        if call is None:
            known = self._by_id.get(item.id) if item.id and not item.name else None
            call = self._by_index[place] = known or self._open(out)
        self._take(call, item, out)

    def _take_one(self, item: Item, out: list[Event]) -> None:
        """The only item of its array."""
        if item.index is None:
            if item.id or item.name or item.piece:
                self._take(self._without_index(item, out), item, out)
        elif item.id or item.name or item.piece or item.index in self._by_index:
            self._take(self._at(item.index, item, out), item, out)

    def _take_several(self, items: list[Item], out: list[Event]) -> None:
        """An array of several items: heads of calls, arguments by place, or each under its index."""
        bare = all(not item.id and not item.name for item in items)
        opened: set[int] = set()
        heads: list[_Call] = []
        for place, item in enumerate(items):
            if item.index is not None:
                if item.name and not item.id and item.index in opened:
                    self._take(self._reopen(item.index, out), item, out)
                else:
                    self._take_one(item, out)
                if item.name:
                    opened.add(item.index)
                continue
            if not (item.id or item.name or item.piece):
                continue
            call = self._in_place(place, item, bare, out)
            if not bare and call not in heads:
                heads.append(call)
            self._take(call, item, out)
        if len(heads) > 1:
            self._group = heads

    def _reopen(self, index: int, out: list[Event]) -> _Call:
        """A second call under one index of one array."""
        call = self._by_index[index] = self._open(out)
        return call

    def _in_place(self, place: int, item: Item, bare: bool, out: list[Event]) -> _Call:
        """The call of an item without index, at its place among several."""
        there = self._group[place] if place < len(self._group) else None
        if (
            there is not None
            and not item.id
            and (bare or (item.name == there.name and not self._is_next(there, item)))
        ):
            return there
        if item.name and not item.id and place > 0:
            return self._open(out)
        return self._without_index(item, out)

    def _at(self, index: int, item: Item, out: list[Event]) -> _Call:
        """The call an index stands for; a new one where index and id contradict each other."""
        call = self._by_index.get(index)
        if call is None:
            if not item.id and not item.name and self._calls:
                call = self._continued(item, out)
            else:
                known = self._by_id.get(item.id) if item.id and not item.name else None
                call = known or self._open(out)
            self._by_index[index] = call
        elif item.id and call.sent_id is not None and item.id != call.sent_id:
            if item.id in self._by_id:
                return self._by_id[item.id]
            # A fresh id in each delta of one call carries no name, or goes on inside the arguments.
            if item.name and (not item.piece or item.piece.lstrip()[:1] == "{"):
                call = self._by_index[index] = self._open(out)
        elif item.name and not item.id and self._is_next(call, item):
            call = self._by_index[index] = self._open(out)
        return call

    def _continued(self, item: Item, out: list[Event]) -> _Call:
        """The call of nameless arguments under an index that nothing opened."""
        last = self._calls[-1]
        if item.piece.lstrip()[:1] == "{" and last.arguments.is_complete():
            return self._open_behind(last, out)
        return last

    def _without_index(self, item: Item, out: list[Event]) -> _Call:
        last = self._calls[-1] if self._calls else None
        if item.id:
            known = self._by_id.get(item.id)
            if known is not None:
                return known
            if last is None or last.sent_id is not None or last.announced or (item.name and last.name):
                return self._open(out)
            return last
        if last is None or (item.name and self._is_next(last, item)):
            return self._open(out)
        return last

    def _is_next(self, call: _Call, item: Item) -> bool:
        """Whether a name without an id opens the next call instead of repeating this one's."""
        name, known = match_name(item.name, self._names), match_name(call.name, self._names)
        if not known:
            return False
        if call.arguments.is_empty():
            return name != known and is_whole_name(known, self._names)
        if name != known:
            return True
        if item.piece.lstrip()[:1] != "{" or not call.arguments.is_complete():
            return False
        return item.piece != call.arguments.text()

    def _open(self, out: list[Event]) -> _Call:
        if self._calls and self._calls[-1].before is not None:
            self._announce(self._calls[-1], out)
        call = _Call()
        self._calls.append(call)
        return call

    def _open_behind(self, before: _Call, out: list[Event]) -> _Call:
        """A call whose arguments stand behind another's: given out once it is known to differ."""
        self._splits += 1
        call = self._open(out)
        call.before = before
        return call

    # -- what it says

    def _take(self, call: _Call, item: Item, out: list[Event]) -> None:
        if item.id:
            if call.sent_id is None:
                call.sent_id = item.id
            self._by_id.setdefault(item.id, call)
        if "custom" in item.entry and not call.announced and call.arguments.is_empty():
            call.arguments = CustomInput()
            call.extra = call.extra or Extras()
            call.extra.last("type", "custom")
        if item.name and not call.name:
            call.name = item.name
        elif item.name and not call.announced and item.name != call.name:
            call.name += item.name
        self._keep(call, item.entry, item.function)
        self._add(call, item.piece, item.id, out)

    def _add(self, call: _Call, piece: str, sent_id: str, out: list[Event]) -> None:
        """More arguments; what stands behind finished ones belongs to the next call."""
        while True:
            at = call.arguments.next_object(piece) if self._splits < _MOST_SPLITS else -1
            if at < 0 or (isinstance(call.arguments, Arguments) and call.arguments.repeats(piece)):
                break
            self._give(call, piece[:at], out)
            before = call
            call = self._open_behind(before, out)
            if sent_id and sent_id != before.sent_id:
                call.sent_id = sent_id
            for index, known in self._by_index.items():
                if known is before:
                    self._by_index[index] = call
            piece = piece[at:]
        self._give(call, piece, out)

    def _give(self, call: _Call, piece: str, out: list[Event]) -> None:
        given = call.arguments.add(piece)
        if call.announced:
            if given:
                out.append(ToolCallDelta(call.index, None, None, given, self._choice))
        elif call.name and call.before is None and is_whole_name(call.name, self._names):
            self._announce(call, out)

    def _announce(self, call: _Call, out: list[Event]) -> None:
        """Give a call out, unless it has no name, or only says another one again."""
        if call.announced:
            return
        before = call.before
        if before is not None and before.announced and not call.name and not _says_again(call, before):
            call.name = before.name
        if not call.name:
            return
        call.name = match_name(call.name, self._names)
        call.announced, call.index = True, len(self._given)
        self._given.append(call)
        call.id = call.sent_id if call.sent_id and call.sent_id not in self._taken else invent_id()
        self._taken.add(call.id)
        out.append(ToolCallDelta(call.index, call.id, call.name, call.arguments.given(), self._choice))

    def _keep(self, call: _Call, item: Mapping[str, Any], function: Mapping[str, Any]) -> None:
        sources = (item,) if function is item else (item, function)
        for source in sources:
            if source.keys() <= ITEM_KEYS:
                continue
            call.extra = call.extra or Extras()
            for key, value in source.items():
                if key not in ITEM_KEYS:
                    call.extra.add(key, value)


def _says_again(call: _Call, before: _Call) -> bool:
    return isinstance(before.arguments, Arguments) and before.arguments.repeats(call.arguments.text())
