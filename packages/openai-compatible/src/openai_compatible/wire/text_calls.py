"""Tool calls that stand in the text because the server has no parser for them (tool-call-in-text).

Only calls that cannot be meant otherwise are recovered: tools were offered, the name is one of
them, the arguments fit its schema, the form is one that models are trained on, and nothing but
white space follows. What is inside a code block after other text is an example, not a call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from openai_compatible.wire.call_forms import FENCES, FORMS, TRIGGERS, Form, ReadCall
from openai_compatible.wire.schema_fit import fits

__all__ = ["Found", "TextCalls"]


class Found(NamedTuple):
    """Calls that stood in the text: ``(name, arguments as JSON text)``, and their form's name."""

    calls: list[tuple[str, str]]
    form: str


class TextCalls:
    """Holds back text that may be a tool call, until it is known to be one or not.

    Args:
        tools: The offered tools, by name with the JSON schema of their arguments, or names alone.

    >>> read = TextCalls({"add": None})
    >>> read.feed('Sure. <tool_call>{"name": "add", "arguments": {}}')
    'Sure. '
    >>> read.flush()
    (Found(calls=[('add', '{}')], form='hermes'), '')
    """

    __slots__ = ("_before", "_marked", "_pieces", "_ticks", "_tools", "held_length")

    def __init__(self, tools: Collection[str]) -> None:
        self._tools: Mapping[str, Any] = tools if isinstance(tools, Mapping) else dict.fromkeys(tools)
        self._pieces: list[str] = []
        """What is held back."""
        self.held_length = 0
        """Characters of it."""
        self._marked = False
        """A form has begun: everything from there on is held."""
        self._before = False
        """Text was given out."""
        self._ticks = 0
        """Back quotes given out: an odd number of them stands open, one or three alike."""

    def passes(self, text: str) -> bool:
        """Whether this piece of text can be given out unread."""
        return (
            self._before and not self._pieces and "<" not in text and "[" not in text and "`" not in text
        )

    @property
    def held(self) -> str:
        """The text held back so far."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def feed(self, text: str) -> str:
        """What may be given out now. Cost is linear in the text once a call has begun."""
        self._pieces.append(text)
        self.held_length += len(text)
        if self._marked or (not self._before and text.isspace()):
            return ""
        if not self._before:
            begun = self.held.lstrip()
            verdict = _may_be_call(begun, self._tools) if begun else None
            if verdict is not False:
                self._marked = verdict is True
                return ""
        given = self._give(self._start())
        self._marked = self.held.startswith(TRIGGERS)
        return given

    def flush(self, *, recover: bool = True) -> tuple[Found | None, str]:
        """The text is over: the calls that were held back, or the text if they are none.

        ``recover`` false says that they cannot be: the answer was cut, or real calls came.
        """
        held, self._pieces = self.held, []
        if recover and held.strip():
            for name, form in FORMS:
                calls = self._read(form, held.strip())
                if calls:
                    return Found(calls, name), ""
        return None, held

    def _give(self, at: int) -> str:
        given, rest = self.held[:at], self.held[at:]
        self._pieces = [rest] if rest else []
        self.held_length = len(rest)
        self._ticks += given.count("`")
        self._before = self._before or bool(given.strip())
        return given

    def _start(self) -> int:
        """Where a form begins, or may begin; the end of the text if nowhere.

        Inside a code block or between back quotes it is an example, and is not held.
        """
        held, ticks, place = self.held, self._ticks, 0
        for match in _TRIGGER.finditer(held):
            ticks, place = ticks + held.count("`", place, match.start()), match.start()
            if ticks % 2 == 0:
                return place
        if (ticks + held.count("`", place)) % 2 == 0:
            for size in range(min(max(map(len, TRIGGERS)) - 1, len(held)), 0, -1):
                if any(one.startswith(held[-size:]) for one in TRIGGERS):
                    return len(held) - size
        return len(held)

    def _read(self, form: Form, text: str) -> list[tuple[str, str]] | None:
        """The calls in a text, if all of it is of that form and every call fits."""
        calls = form(text)
        if not calls:
            return None
        found = [self._fitting(call) for call in calls]
        return None if None in found else [call for call in found if call is not None]

    def _fitting(self, call: ReadCall) -> tuple[str, str] | None:
        if call.name not in self._tools:
            return None
        schema = self._tools[call.name]
        arguments = call.arguments
        if call.as_text:
            arguments = {name: _typed(text, name, schema) for name, text in arguments.items()}
        if not fits(arguments, schema):
            return None
        try:
            written = json.dumps(arguments, ensure_ascii=False, allow_nan=False)
            written.encode()
        except (ValueError, RecursionError):  # NaN, half a surrogate pair, too deep
            return None
        return call.name, written


_TRIGGER = re.compile("|".join(map(re.escape, TRIGGERS)))
_KEYS = ("name", "function", "type", "id", "arguments", "parameters", "tool_calls")
_FIRST = re.compile(r'"(?P<key>\w*)(?P<closed>"\s*(?::\s*(?:"(?P<text>[^"\\]*)(?P<end>")?)?)?)?')


def _may_be_call(text: str, names: Collection[str]) -> bool | None:
    """Whether a text that is a JSON object or a code block so far may be a call; ``None``: too early.

    The first key decides, and its value where it is the name of the tool; a list counts as its
    first object does.
    """
    if text.startswith("`"):
        opening, newline, rest = text.partition("\n")
        if not newline:
            return None if any(one.startswith(opening.rstrip()) for one in FENCES) else False
        if opening.rstrip() not in FENCES:
            return False
        text = rest.lstrip()
    inner = text.removeprefix("[").lstrip()
    if inner[:1] != "{":
        return False if inner else None
    first = inner[1:].lstrip()
    found = _FIRST.match(first)
    if found is None:
        return False if first else None
    return _first_key(found, whole=found.end() == len(first), names=names)


def _first_key(found: re.Match[str], *, whole: bool, names: Collection[str]) -> bool | None:
    """The same of the first key and what follows it; ``whole``: nothing else came yet."""
    key, text = found["key"], found["text"]
    if not found["closed"]:
        return None if whole and any(one.startswith(key) for one in _KEYS) else False
    if text is None:
        return None if whole else key in _KEYS and key not in ("name", "type")
    if key not in ("name", "type", "function"):
        return key in _KEYS
    known = ("function",) if key == "type" else names
    if found["end"]:
        return text in known
    return None if whole and any(one.startswith(text) for one in known) else False


_READERS: Mapping[str, Callable[[str], Any]] = {"integer": int, "number": float}


def _typed(text: str, name: str, schema: Any) -> Any:
    """A parameter written as text, in the type its schema says."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    facts = properties.get(name) if isinstance(properties, Mapping) else None
    kind = facts.get("type") if isinstance(facts, Mapping) else None
    if kind == "string" or not isinstance(kind, str):
        return text
    try:
        return _READERS.get(kind, json.loads)(text)
    except (ValueError, RecursionError):
        return text
