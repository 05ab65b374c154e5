"""JSON schemas in a dialect: tool-schema-dialect, strict-schema-rules."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible.profiles.profile import with_facts
from openai_compatible.wire.dialect.schemas import inlined, minimal, strict_form
from openai_compatible.wire.dialect.steps import PLAIN, spoken

POINT = {"type": "object", "title": "P", "properties": {"x": {"type": "integer", "default": 0}}}
TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "want"),
    [
        ({"$ref": "#/$defs/P", "$defs": {"P": TEXT}}, TEXT),
        (
            {"properties": {"p": {"$ref": "#/$defs/P", "description": "d"}}, "$defs": {"P": TEXT}},
            {"properties": {"p": {**TEXT, "description": "d"}}},
        ),
        (
            {"items": {"$ref": "#/definitions/P"}, "definitions": {"P": {"anyOf": [TEXT]}}},
            {"items": {"anyOf": [TEXT]}},
        ),
        ({"additionalProperties": False, "not": TEXT}, {"additionalProperties": False, "not": TEXT}),
        ("odd", "odd"),
        ({"$ref": "#/$defs/missing"}, {"$ref": "#/$defs/missing"}),
        ({"$ref": "#/$defs/P/x", "$defs": {"P": "odd"}}, {"$ref": "#/$defs/P/x", "$defs": {"P": "odd"}}),
        ({"properties": {"p": "odd"}}, {"properties": {"p": "odd"}}),
    ],
)
def test_references_are_replaced_by_what_they_name(schema: Any, want: Any) -> None:
    assert inlined(schema) == want


def test_a_schema_that_names_itself_keeps_its_reference() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    tree = {"$ref": "#/$defs/Node", "$defs": {"Node": node}}
    made = inlined(tree)
    assert made["properties"]["next"] == {"$ref": "#/$defs/Node"}
    assert made["properties"] == node["properties"]


def test_minimal_keeps_the_plainest_words() -> None:
    assert minimal({"$ref": "#/$defs/P", "$defs": {"P": POINT}, "$schema": "x"}) == {
        "type": "object",
        "properties": {"x": {"type": "integer"}},
    }
    assert minimal({"type": "object"}) == {"type": "object", "properties": {}}
    assert minimal("odd") == "odd"


@pytest.mark.parametrize(
    ("given", "want"),
    [
        (TEXT, {"type": ["string", "null"]}),
        ({"type": "null"}, {"type": "null"}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        (
            {"type": ["string", "integer"]},
            {"anyOf": [{"type": ["string", "integer"]}, {"type": "null"}]},
        ),
        (
            {"type": "string", "enum": ["a"]},
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
        ),
        ({"anyOf": [TEXT]}, {"anyOf": [TEXT, {"type": "null"}]}),
        ({"anyOf": [TEXT, {"type": "null"}]}, {"anyOf": [TEXT, {"type": "null"}]}),
        ({"$ref": "#/$defs/P"}, {"anyOf": [{"$ref": "#/$defs/P"}, {"type": "null"}]}),
        ("odd", "odd"),
    ],
)
def test_an_optional_property_may_be_null_where_all_are_required(given: Any, want: Any) -> None:
    made = strict_form({"type": "object", "properties": {"a": TEXT, "b": given}, "required": ["a"]})
    assert made == {
        "type": "object",
        "properties": {"a": TEXT, "b": want},
        "required": ["a", "b"],
        "additionalProperties": False,
    }


def test_objects_inside_are_closed_too() -> None:
    made = strict_form({"type": "object", "properties": {}, "$defs": {"P": {"type": "object"}}})
    assert made["$defs"]["P"] == {"type": "object", "additionalProperties": False}
    assert strict_form("odd") == "odd"
    assert strict_form({"type": "object", "properties": {"a": TEXT}, "required": "odd"})["required"] == [
        "a"
    ]


def tools(schema: Any, **more: Any) -> Any:
    return [{"type": "function", "function": {"name": "f", "parameters": schema, **more}}]


def test_the_schemas_of_tools_and_formats_are_changed() -> None:
    shape = {"type": "json_schema", "json_schema": {"name": "a", "schema": POINT}}
    body = {"tools": [*tools(POINT), "odd", {"function": 3}], "response_format": shape}
    made = spoken(body, with_facts(PLAIN, {"schemas": "minimal"})).body
    assert "title" not in made["tools"][0]["function"]["parameters"]
    assert made["tools"][1:] == ["odd", {"function": 3}]
    assert "title" not in made["response_format"]["json_schema"]["schema"]
    assert spoken({"stop": ["a"]}, with_facts(PLAIN, {"schemas": "inlined"})).body == {"stop": ["a"]}


def test_strict_rules_are_for_strict_schemas_only() -> None:
    dialect = with_facts(PLAIN, {"strict_schema": True})
    loose = {"tools": tools(POINT)}
    assert spoken(loose, dialect).body is loose
    made = spoken({"tools": tools(POINT, strict=True)}, dialect).body
    assert made["tools"][0]["function"]["parameters"]["required"] == ["x"]
