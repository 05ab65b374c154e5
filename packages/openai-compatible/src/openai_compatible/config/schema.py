"""The JSON Schema of the provider file, made of the classes that read it.

Editors show it as one types: ``openai-compatible schema > providers.schema.json``, and
``#:schema ./providers.schema.json`` as the first line of ``providers.toml`` (Taplo, Even Better TOML).
It is shipped beside this module as ``providers.schema.json``.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticOmit

from openai_compatible.config.control_characters import PATTERN
from openai_compatible.config.expanded_fields import EXPANDED_FIELDS
from openai_compatible.config.migration import VERSION
from openai_compatible.config.provider import (
    Auth,
    Model,
    Provider,
    RateLimit,
    ResponseLimits,
    Timeouts,
    Tls,
)
from openai_compatible.config.settings import Settings
from openai_compatible.presets.registry import presets
from openai_compatible.profiles.profile import FACTS
from openai_compatible.profiles.registry import names

__all__ = ["schema"]

_CLASSES: tuple[type[Settings], ...] = (
    Provider,
    Model,
    Auth,
    RateLimit,
    ResponseLimits,
    Timeouts,
    Tls,
)
_ROUTE: JsonSchemaValue = {
    "type": "object",
    "description": "A named list of references: the primary, then its fallbacks.",
    "additionalProperties": False,
    "required": ["primary"],
    "properties": {
        "primary": {"type": "string", "description": "provider/model, an alias or a provider."},
        "fallback": {"type": "array", "items": {"type": "string"}},
        "description": {"type": "string"},
    },
}
_ALSO: dict[tuple[str, str], JsonSchemaValue] = {
    ("Provider", "auth"): {"enum": ["bearer", "header", "query", "basic", "none"]},
    ("Provider", "timeout"): {"type": "number", "exclusiveMinimum": 0},
    ("Provider", "rate_limit"): {"type": "integer", "exclusiveMinimum": 0},
    ("Model", "rate_limit"): {"type": "integer", "exclusiveMinimum": 0},
}
"""Shorter forms that a file may have."""

_SLUG = r"^[a-z0-9._]+(-[a-z0-9._]+)*$"
"""A provider's name."""
_TLS: JsonSchemaValue = {
    "dependentRequired": {"client_key": ["client_cert"]},
    "not": {"required": ["ca_bundle", "verify"], "properties": {"verify": {"const": False}}},
}


class _Generated(GenerateJsonSchema):
    """As pydantic makes it, without what a file cannot hold: callables."""

    def emit_warning(self, kind: Any, detail: str) -> None:
        """Nothing: what is left out is left out on purpose."""

    def callable_schema(self, schema: Any) -> JsonSchemaValue:
        """No JSON is one."""
        raise PydanticOmit


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``providers.toml``.

    >>> sorted(schema()["properties"])
    ['allow_plain_keys', 'providers', 'routes', 'version']
    """
    made = Provider.model_json_schema(schema_generator=_Generated)
    defined: dict[str, Any] = {**made.pop("$defs"), "Provider": made}
    for cls in _CLASSES:
        _described(defined[cls.__name__], cls)
    for (name, field), form in _ALSO.items():
        _widened(defined[name]["properties"][field], form)
    _widened(defined["Provider"]["properties"]["models"]["additionalProperties"], {"type": "string"})
    properties = defined["Provider"]["properties"]
    properties["preset"]["examples"] = list(presets())
    properties["profile"]["examples"] = sorted(names())
    properties["name"]["pattern"] = _SLUG
    properties["base_url"]["minLength"] = 1
    for name in ("Provider", "Model"):
        defined[name]["properties"]["dialect"]["propertyNames"] = {"enum": list(FACTS)}
    defined["Tls"] |= _TLS
    properties["models"]["propertyNames"] = {"pattern": PATTERN}
    _note_references(defined)
    defined["Provider"].pop("required")
    defined["Provider"]["anyOf"] = [{"required": ["name"]}, {"required": ["preset"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Providers of openai-compatible",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "version": {"type": "integer", "minimum": 1, "maximum": VERSION, "default": VERSION},
            "allow_plain_keys": {
                "type": "boolean",
                "default": False,
                "description": "Keys themselves are meant to be in this file, whoever may read it.",
            },
            "providers": {"type": "array", "items": {"$ref": "#/$defs/Provider"}},
            "routes": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Route"}},
        },
        "$defs": {**dict(sorted(defined.items())), "Route": _ROUTE},
    }


def _note_references(defined: dict[str, JsonSchemaValue]) -> None:
    """Say in the descriptions which fields may refer to variables."""
    for path in EXPANDED_FIELDS:
        words = path.split(".")
        name = "Model" if words[0] == "models" else "Tls" if words[0] == "tls" else "Provider"
        field = defined[name]["properties"][words[-1]]
        field["description"] += " May refer to variables: `${NAME}`."


def _widened(place: JsonSchemaValue, form: JsonSchemaValue) -> None:
    """Let a value have one more form."""
    choices = place.pop("anyOf", None)
    if choices is None:
        choices = [{key: place.pop(key) for key in ("$ref", "type") if key in place}]
    place["anyOf"] = [*(one for one in choices if one != {"type": "null"}), form]


def _described(made: JsonSchemaValue, cls: type[Settings]) -> None:
    """The first paragraph of each docstring as a description; TOML has no null, so none is offered."""
    made["description"] = _plain(inspect.getdoc(cls) or "")
    documented = _field_docs(cls)
    for name, field in made["properties"].items():
        field.pop("title", None)
        if field.get("default") is None or isinstance(field["default"], dict):
            field.pop("default", None)
        choices = [one for one in field.get("anyOf", ()) if one != {"type": "null"}]
        if len(choices) == 1:
            del field["anyOf"]
            field.update(choices[0])
        elif choices:
            field["anyOf"] = choices
        if name in documented:
            field["description"] = documented[name]


def _field_docs(cls: type[Settings]) -> dict[str, str]:
    """The texts below the fields of a class, as its source has them."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[field.target.id] = _plain(inspect.cleandoc(str(text.value.value)))
    return found


_MARKS = {
    "``": "`",
    ":meth:": "",
    ":class:": "",
    "`False`": "`false`",
    "`None`": "absent",
    "`True`": "`true`",
}


def _plain(doc: str) -> str:
    """The first paragraph, on one line, without reStructuredText's marks."""
    first = " ".join(doc.partition("\n\n")[0].split())
    for written, read in _MARKS.items():
        first = first.replace(written, read)
    return first
