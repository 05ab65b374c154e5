"""The small rooms: decoding and putting unknown values together."""

from typing import Any

import pytest

from openai_compatible.wire.decode import decode, dump
from openai_compatible.wire.extras import Extras, fold_values


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": "x\ty\n"}', {"a": "x\ty\n"}),
        (b'{"a\xff": "\xff"}', {"a\ufffd": "\ufffd"}),
        (b'["\\ud83d\\ude00", "\\ud83d", 1, null]', ["\U0001f600", "\ufffd", 1, None]),
        (b'{"\\ud800": {"a": "\\udc00"}}', {"\ufffd": {"a": "\ufffd"}}),
    ],
)
def test_what_strict_json_forbids_is_read(data: bytes, value: Any) -> None:
    assert decode(data) == value
    dump(value).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[DONE]",
        b"[" * 1_000,
        b'"\\ud800"' + b"[" * 9,
        b'["\xff",' + b"[" * 100_000,
        b'["\xff",' + b"[" * 250 + b"]" * 251,
        b"1" * 5_000,
    ],
)
def test_what_is_no_json_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)


@pytest.mark.parametrize(
    ("values", "folded"),
    [
        ([1], 1),
        (["a", "a"], "a"),
        (["a", "b"], "ab"),
        ([[1], [2]], [1, 2]),
        ([{"a": "x"}, {"a": "y", "b": None}], {"a": "xy", "b": None}),
        ([{"a": None}, {"a": 1}], {"a": 1}),
        ([{"a": 1}, {"a": None}], {"a": 1}),
        ([1, 2], 2),
        (["a", 1], 1),
        ([1, "a", [2]], [2]),
    ],
)
def test_pieces_are_put_together(values: list[Any], folded: Any) -> None:
    assert fold_values(values) == folded


def test_what_says_nothing_is_not_kept() -> None:
    extra = Extras()
    nothing: list[Any] = [None, "", [], {}, {"a": None}]
    for value in nothing:
        extra.add("k", value)
        extra.last("n", None)
    assert extra.fold() == {}
    extra.add("zero", 0)
    extra.add("no", False)
    extra.last("t", 1)
    extra.last("t", 2)
    assert extra.fold() == {"zero": 0, "no": False, "t": 2}
