"""An instance of a JSON schema, filled with what a prompt mentions.

Deterministic and forgiving: what a schema leaves open is filled with something plain, and what it
says that is not understood is ignored. Understood: ``$ref`` into the document, ``type`` (also as a
list), ``properties``, ``required``, ``items``, ``prefixItems``, ``enum``, ``const``, ``anyOf``,
``oneOf``, ``allOf``, ``format`` of strings, and the limits of numbers, strings and arrays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["example", "schemas_in"]

_MAX_DEPTH = 8
_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00",
    "duration": "PT1H",
    "email": "someone@example.org",
    "uri": "https://example.org",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
}


def example(schema: Mapping[str, Any], prompt: str = "") -> Any:
    """Build an instance of ``schema``.

    Numbers are taken from the prompt in the order they stand there; so are strings in quotes, and
    then names after "in", "at", "for" or "of". When none is left, a number repeats the last one
    (or is 1) and a string names its property.

    >>> schema = {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}
    >>> example(schema, "add 3 to 'x'")
    {'a': 3, 's': 'x'}
    """
    return _Example(schema, prompt).of(schema, "value", 0)


def schemas_in(text: str) -> list[dict[str, Any]]:
    """JSON schemas of objects that are written out in a text, in order.

    >>> schemas_in('Answer as JSON: {"properties": {"a": {}}} please')
    [{'properties': {'a': {}}}]

    LlamaIndex writes every brace twice there (its text programs, 0.14.25).
    """
    if "{{" in text and "}}" in text:
        return _schemas_in(text.replace("{{", "{").replace("}}", "}")) or _schemas_in(text)
    return _schemas_in(text)


def _schemas_in(text: str) -> list[dict[str, Any]]:
    found, at, decoder = [], 0, json.JSONDecoder()
    while (at := text.find("{", at)) >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            at += 1
            continue
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            found.append(value)
        at = end
    return found


class _Example:
    """One run: the document that references point into, and what is left of the prompt."""

    def __init__(self, document: Mapping[str, Any], prompt: str) -> None:
        self._document = document
        self._prompt = prompt
        self._numbers = [float(n) for n in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])", prompt)]
        quoted = re.findall(r"(?<!\w)'([^'\n]+)'(?!\w)|\"([^\"\n]+)\"|`([^`\n]+)`", prompt)
        names = re.findall(r"\b(?:in|at|for|of) ([A-Z]\w+(?: [A-Z]\w+)*)", prompt)
        self._strings = [*("".join(groups) for groups in quoted), *names]

    def of(self, schema: Any, name: str, depth: int) -> Any:
        """An instance of ``schema``, which is the value of the property ``name``."""
        if not isinstance(schema, Mapping):
            return f"scripted {name}"  # `true` and broken schemas allow anything
        schema = self._resolve(schema)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return self._choice(schema["enum"])
        for key in ("anyOf", "oneOf"):
            if isinstance(schema.get(key), list) and schema[key]:
                return self.of(self._option(schema[key], depth), name, depth + 1)
        return self._typed(schema, name, depth)

    def _typed(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        value: Any
        match self._type(schema):
            case "object":
                value = self._object(schema, depth)
            case "array":
                value = self._array(schema, name, depth)
            case "integer":
                value = int(self._number(schema))
            case "number":
                value = self._number(schema)
            case "boolean":
                value = True
            case "null":
                value = None
            case _:
                value = self._string(schema, name)
        return value

    def _resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        for _ in range(_MAX_DEPTH):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                break
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**self._target(reference), **rest}
        for part in schema.get("allOf") or ():
            if isinstance(part, Mapping):
                resolved = self._resolve(part)
                properties = {**(schema.get("properties") or {}), **(resolved.get("properties") or {})}
                schema = {**resolved, **schema, **({"properties": properties} if properties else {})}
        return schema

    def _target(self, reference: str) -> Mapping[str, Any]:
        target: Any = self._document
        for step in reference.lstrip("#/").split("/") if reference != "#" else ():
            name = step.replace("~1", "/").replace("~0", "~")
            target = target.get(name) if isinstance(target, Mapping) else None
        return target if isinstance(target, Mapping) else {}

    def _choice(self, values: list[Any]) -> Any:
        def mentioned(value: Any) -> bool:
            return isinstance(value, str) and bool(
                re.search(rf"(?<!\w){re.escape(value)}(?!\w)", self._prompt)
            )

        return next(filter(mentioned, values), values[0])

    def _option(self, options: list[Any], depth: int) -> Any:
        is_null = [isinstance(option, Mapping) and option.get("type") == "null" for option in options]
        if depth > _MAX_DEPTH and any(is_null):
            return options[is_null.index(True)]
        return options[is_null.index(False)] if False in is_null else options[0]

    @staticmethod
    def _type(schema: Mapping[str, Any]) -> Any:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        if kind is None and "properties" in schema:
            return "object"
        return "array" if kind is None and "items" in schema else kind

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = schema.get("required") or ()
        return {
            name: self.of(part, name, depth + 1)
            for name, part in properties.items()
            if depth < _MAX_DEPTH or (name in required and depth < 2 * _MAX_DEPTH)
        }

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        fixed = [self.of(part, name, depth + 1) for part in schema.get("prefixItems") or ()]
        if depth >= _MAX_DEPTH or "items" not in schema or schema["items"] is False:
            return fixed
        wanted = max(_whole(schema.get("minItems"), 0), 0 if fixed else 1)
        wanted = min(wanted, _whole(schema.get("maxItems"), wanted))
        more = max(0, wanted - len(fixed))
        return [*fixed, *(self.of(schema["items"], name, depth + 1) for _ in range(more))]

    def _number(self, schema: Mapping[str, Any]) -> float:
        number = self._numbers[0] if self._numbers else 1.0
        if len(self._numbers) > 1:
            self._numbers.pop(0)
        low, high = schema.get("minimum"), schema.get("maximum")
        above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        if isinstance(above, int | float) and number <= above:
            number = above + 1
        if isinstance(low, int | float) and number < low:
            number = low
        if isinstance(below, int | float) and number >= below:
            number = below - 1
        if isinstance(high, int | float) and number > high:
            number = high
        return number

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        kind = schema.get("format")
        if isinstance(kind, str) and kind in _FORMATS:
            return _FORMATS[kind]
        text = self._strings.pop(0) if self._strings else f"scripted {name}"
        text = text.ljust(_whole(schema.get("minLength"), 0), ".")
        return text[: _whole(schema.get("maxLength"), len(text))]


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
