"""JSON in what models write around it (json-fenced-or-prefixed)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.wire.json_answer import has_cut_json, json_values


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ('{"a": 1}', [{"a": 1}]),
        (' \n[{"a": 1}] ', [[{"a": 1}]]),
        ('\ufeff{"a": 1}', [{"a": 1}]),
        ('<think>{"b": 2}</think>{"a": 1}', [{"a": 1}]),
        ('Sure:\n```json\n{"a": 1}\n```', [{"a": 1}, {"a": 1}]),
        ('Here {it} is: {"a": {"b": [1]}} and {"c": 2}.', [{"a": {"b": [1]}}, {"c": 2}]),
        ("```\nno\n``` [1]", [[1]]),
        ('{"a": ', []),
        ("none", []),
        ("3", []),
        ("", []),
        ("{" * 500, []),
        ('{"first": {"a": 1}, "sec', []),
        ('Here: {"first": {"a": 1}, "sec', []),
        ('{"first": {"a": 1}, }', []),
        ('Try {"first": {"a": 1}, } or {"b": 2}', [{"b": 2}]),
        ('{"a": 1}{"b": {"c": 2}, "d', [{"a": 1}]),
        ('[{"a": 1}, {"a": 2', []),
        ('{"a": "```{}```", "b', []),
        ('{"a": "x\ny", "b": {"c": 1}}', [{"a": "x\ny", "b": {"c": 1}}]),
        ('{"a": 1 b {"c": "}"', []),
    ],
)
def test_objects_are_found_and_none_is_invented(text: str, want: list[Any]) -> None:
    assert list(json_values(text)) == want


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("{", True),
        ('{"a": 1', True),
        ('Here: {"a": {"b": 1}', True),
        ('{"a": 1 b {"c": "}"', True),
        ('{"a": 1}', False),
        ('{"a": 1} and {"b', True),
        ("Prose with {braces}", False),
        ("", False),
    ],
)
def test_a_text_that_ends_within_json_is_known(text: str, cut: bool) -> None:
    assert has_cut_json(text) is cut


def test_no_prefix_of_an_object_holds_an_object() -> None:
    whole = '{"a": {"b": "x}\\"{"}, "c": [{"d": 1}, "```{}```"], "e": {}}'
    for size in range(len(whole)):
        assert list(json_values(whole[:size])) == [], size
        assert list(json_values(f"Here: {whole[:size]}")) == [], size
        assert has_cut_json(whole[:size]) is (size > 0), size


@given(st.text(alphabet='{}[]":,a1 `\n'))
def test_any_text_ends(text: str) -> None:
    assert all(isinstance(value, dict | list) for value in json_values(text))
