"""JSON schemas in the form a server takes: without references, reduced, or strict.

Evidence: tool-schema-dialect and strict-schema-rules of ``docs/quirks.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.dialect.step import Body, Step

__all__ = ["STEPS", "inlined", "minimal", "strict_form"]

Schema = Any

_MINIMAL = frozenset({"type", "properties", "required", "items", "enum", "description", "anyOf"})
_BRANCHES = ("anyOf", "oneOf", "allOf", "prefixItems")
_TABLES = ("properties", "$defs", "definitions", "patternProperties")
_SINGLE = ("items", "additionalProperties", "not")


def _inside(schema: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """The schema with its direct subschemas changed."""
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _TABLES and isinstance(value, Mapping):
            made[key] = {name: change(one) for name, one in value.items()}
        elif key in _BRANCHES and isinstance(value, list):
            made[key] = [change(one) for one in value]
        elif key in _SINGLE and isinstance(value, Mapping):
            made[key] = change(value)
        else:
            made[key] = value
    return made


def inlined(schema: Schema) -> Schema:
    """The schema with every ``$ref`` replaced by what it names; one that names itself is kept.

    >>> inlined({"properties": {"p": {"$ref": "#/$defs/P"}}, "$defs": {"P": {"type": "string"}}})
    {'properties': {'p': {'type': 'string'}}}
    """
    if not isinstance(schema, Mapping):
        return schema
    found = _inlined(schema, schema, ())
    if "#/" not in str(found):
        return {key: value for key, value in found.items() if key not in ("$defs", "definitions")}
    return found


def _inlined(schema: Any, root: Mapping[str, Any], under: tuple[str, ...]) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    ref = schema.get("$ref")
    if isinstance(ref, str) and ref.startswith("#/"):
        target = _at(root, ref)
        if target is None or ref in under:
            return dict(schema)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return {**_inlined(target, root, (*under, ref)), **beside}
    return _inside(schema, lambda one: _inlined(one, root, under))


def _at(root: Any, ref: str) -> Mapping[str, Any] | None:
    for part in ref[2:].split("/"):
        if not isinstance(root, Mapping) or part not in root:
            return None
        root = root[part]
    return root if isinstance(root, Mapping) else None


def minimal(schema: Schema) -> Schema:
    """The schema inlined and with the plainest words only; an object without properties gets none.

    >>> minimal({"type": "object", "title": "T", "additionalProperties": False})
    {'type': 'object', 'properties': {}}
    """
    return _reduced(inlined(schema))


def _reduced(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    made = _inside({key: value for key, value in schema.items() if key in _MINIMAL}, _reduced)
    if made.get("type") == "object":
        made.setdefault("properties", {})
    return made


def strict_form(schema: Schema) -> Schema:
    """The schema as OpenAI's strict mode wants it: closed objects, every property required.

    A property that was optional may be null instead.

    >>> strict_form({"type": "object", "properties": {"x": {"type": "integer"}}})["required"]
    ['x']
    """
    if not isinstance(schema, Mapping):
        return schema
    made = _inside(schema, strict_form)
    properties = made.get("properties")
    if isinstance(properties, Mapping):
        required = made.get("required")
        needed = required if isinstance(required, list) else []
        made["properties"] = {
            name: one if name in needed else _or_null(one) for name, one in properties.items()
        }
        made["required"] = list(properties)
    if made.get("type") == "object" or isinstance(properties, Mapping):
        made["additionalProperties"] = False
    return made


def _or_null(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    kind = schema.get("type")
    if isinstance(kind, str) and kind != "null" and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    if isinstance(kind, list | str):
        return schema if "null" in kind and "enum" not in schema else {"anyOf": [schema, _NULL]}
    options = schema.get("anyOf")
    if isinstance(options, list):
        return schema if _NULL in options else {**schema, "anyOf": [*options, _NULL]}
    return {"anyOf": [schema, _NULL]}


_NULL = {"type": "null"}
_FORMS: Mapping[str, Callable[[Schema], Schema]] = {"inlined": inlined, "minimal": minimal}


def _schemas(body: Body, profile: Profile) -> Body:
    """Wire: ``"parameters": {"$ref": ..., "$defs": ...}`` -> ``"parameters": {...}``."""
    form = _FORMS.get(profile.schemas)
    return body if form is None else _with_schemas(body, form, strict_only=False)


def _strict(body: Body, profile: Profile) -> Body:
    """Wire: ``"strict": true, "schema": {...}`` -> the same with every object closed."""
    return _with_schemas(body, strict_form, strict_only=True) if profile.strict_schema else body


def _with_schemas(body: Body, form: Callable[[Schema], Schema], *, strict_only: bool) -> Body:
    """The body with the schemas of tools and response format changed."""
    made = dict(body)
    tools = body.get("tools")
    if isinstance(tools, list):
        made["tools"] = [_changed(tool, "function", "parameters", form, strict_only) for tool in tools]
    shape = body.get("response_format")
    if isinstance(shape, Mapping):
        made["response_format"] = _changed(shape, "json_schema", "schema", form, strict_only)
    return made if made != body else body


def _changed(
    outer: Any, holder: str, key: str, form: Callable[[Schema], Schema], strict_only: bool
) -> Any:
    inner = outer.get(holder) if isinstance(outer, Mapping) else None
    if not isinstance(inner, Mapping) or not isinstance(inner.get(key), Mapping):
        return outer
    if strict_only and inner.get("strict") is not True:
        return outer
    return {**outer, holder: {**inner, key: form(inner[key])}}


STEPS = (
    Step(("strict_schema",), _strict),
    Step(("schemas",), _schemas),
)
