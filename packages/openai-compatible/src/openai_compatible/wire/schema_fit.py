"""Whether arguments fit the JSON schema of a tool: what tells a call from text that looks like one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["fits"]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def fits(arguments: Any, schema: Any) -> bool:
    """Required properties are there, no unknown ones, and simple types and enums agree.

    A schema that says nothing fits every object. References are not followed: they fit.

    >>> fits({"x": 1}, {"properties": {"x": {"type": "string"}}})
    False
    """
    if not isinstance(arguments, dict):
        return False
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    required = schema.get("required")
    if isinstance(required, list) and any(name not in arguments for name in required):
        return False
    more = schema.get("additionalProperties")
    if properties and not more and not arguments.keys() <= properties.keys():
        return False
    return all(_value(value, properties.get(name)) for name, value in arguments.items())


def _value(value: Any, facts: Any) -> bool:
    if not isinstance(facts, Mapping):
        return True
    options = facts.get("enum")
    if isinstance(options, list) and value not in options:
        return False
    kinds = facts.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not isinstance(kinds, list):
        return True
    return any(_is(value, kind) for kind in kinds)


def _is(value: Any, kind: Any) -> bool:
    types = _TYPES.get(kind) if isinstance(kind, str) else None
    if types is None:
        return True
    if isinstance(value, bool):
        return bool in types
    return isinstance(value, types) or (int in types and isinstance(value, float) and value.is_integer())
