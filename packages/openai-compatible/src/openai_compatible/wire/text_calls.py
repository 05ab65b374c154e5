"""Tool calls that stand in the text because the server has no parser for them (tool-call-in-text).

Only calls that cannot be meant otherwise are recovered: tools were offered, the name is one of
them, the arguments fit its schema, the form is one that models are trained on, and nothing but
white space follows. What is inside a code block after other text is an example, not a call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from openai_compatible.wire.call_forms import FENCE, FORMS, TRIGGERS, Form, ReadCall
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

    __slots__ = ("_before", "_held", "_marked", "_ticks", "_tools")

    def __init__(self, tools: Collection[str]) -> None:
        self._tools: Mapping[str, Any] = tools if isinstance(tools, Mapping) else dict.fromkeys(tools)
        self._held = ""
        self._marked = False
        """A form has begun: everything from there on is held."""
        self._before = False
        """Text was given out."""
        self._ticks = 0
        """Back quotes given out: an odd number of them stands open, one or three alike."""

    def passes(self, text: str) -> bool:
        """Whether this piece of text can be given out unread."""
        return (
            self._before and not self._held and "<" not in text and "[" not in text and "`" not in text
        )

    def feed(self, text: str) -> str:
        """What may be given out now."""
        self._held += text
        if self._marked:
            return ""
        if not self._before:
            begun = self._held.lstrip()
            if not begun or _still_a_call(begun):
                return ""
        given = self._give(self._start())
        self._marked = self._held.startswith(TRIGGERS)
        return given

    def flush(self, *, recover: bool = True) -> tuple[Found | None, str]:
        """The text is over: the calls that were held back, or the text if they are none.

        ``recover`` false says that they cannot be: the answer was cut, or real calls came.
        """
        held, self._held = self._held, ""
        if recover and self._ticks % 2 == 0 and held.strip():
            for name, form in FORMS:
                calls = self._read(form, held.strip())
                if calls:
                    return Found(calls, name), ""
        return None, held

    def _give(self, at: int) -> str:
        given, self._held = self._held[:at], self._held[at:]
        self._ticks += given.count("`")
        self._before = self._before or bool(given.strip())
        return given

    def _start(self) -> int:
        """Where a form begins, or may begin; the end of the text if nowhere."""
        held = self._held
        found = [at for one in TRIGGERS if (at := held.find(one)) >= 0]
        if found:
            return min(found)
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
        return call.name, json.dumps(arguments, ensure_ascii=False)


def _still_a_call(text: str) -> bool:
    """Whether a text that is a JSON object or a code block so far may be a call.

    The first key decides; a list counts as its first object does.
    """
    if text.startswith("`"):
        opening, newline, rest = text.partition("\n")
        if not newline:
            return any(one.startswith(opening) for one in _FENCES)
        if opening.strip() not in _FENCES:
            return False
        text = rest.lstrip()
        if not text:
            return True
    inner = text.removeprefix("[").lstrip()
    if inner[:1] != "{":
        return text == "[" or not inner
    key = inner[1:].lstrip()
    return any(one.startswith(key) or key.startswith(one) for one in _KEYS)


_FENCES = (FENCE, f"{FENCE}json", f"{FENCE}tool_call", f"{FENCE}tool_code")
_KEYS = ('"name"', '"function"', '"type"', '"id"', '"arguments"', '"parameters"', '"tool_calls"')


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
    except ValueError:
        return text
