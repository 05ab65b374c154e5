"""JSON in what models write around it (json-fenced-or-prefixed)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.wire.json_answer import json_values


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
    ],
)
def test_objects_are_found_and_none_is_invented(text: str, want: list[Any]) -> None:
    assert list(json_values(text)) == want


@given(st.text(alphabet='{}[]":,a1 `\n'))
def test_any_text_ends(text: str) -> None:
    assert all(isinstance(value, dict | list) for value in json_values(text))
