"""Beginnings of JSON texts are told from what can never become one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.wire.json_prefix import begins_json

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(ANY, st.data(), st.sampled_from([None, 1]))
def test_every_beginning_of_a_json_text_is_one(
    value: Any, data: st.DataObject, indent: int | None
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=data.draw(st.booleans()))
    assert begins_json(text[: data.draw(st.integers(0, len(text)))])


@given(st.dictionaries(st.text(), ANY))
def test_a_whole_object_twice_begins_no_json(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    assert not begins_json(text + text)


@pytest.mark.parametrize(
    "text",
    [
        "{{",
        "{1",
        '{"a"{',
        '{"a":}',
        "[1 2",
        "[,",
        '{"a":1,}',
        "{]",
        "[}",
        '{"a":[}',
        "1,",
        "}",
        '"a"b',
        "tru ",
        "x",
        "[nul]",
        "nope",
        "{,",
        ":",
        "&",
        "[1]]",
    ],
)
def test_what_can_never_become_json(text: str) -> None:
    assert not begins_json(text + ("1" if text == "tru " else ""))


@pytest.mark.parametrize(
    "text", ["", "  ", "[", '"\\', "-", "1.", "1e", "t", "[true, fal", '{"a": nu', "[1, ", '{"a": 1, ']
)
def test_what_can(text: str) -> None:
    assert begins_json(text)
