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
        b'["\n",' + b"[" * 250 + b"]" * 251,
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


@pytest.mark.parametrize(
    ("pieces", "folded"),
    [
        ({"logprobs": {"content": [{"token": "ha", "logprob": -1, "bytes": [104]}]}}, "list"),
        ({"logprobs": {"tokens": ["ha"], "token_logprobs": [-1], "text_offset": [0]}}, "list"),
        ({"token_ids": [7]}, [7, 7, 7]),
        ({"audio": {"id": "a", "data": "AAAA", "transcript": "ha", "expires_at": 9}}, "audio"),
        ({"meta": {"output_ids": [7], "finish": None}}, {"meta": [7, 7, 7]}),
        ({"content_filter_results": {"hate": {"filtered": False, "severity": "safe"}}}, "same"),
        ({"provider": "DeepInfra"}, "same"),
        ({"annotations": [{"type": "url_citation", "url": "u"}]}, "same"),
        ({"safety": ["a"]}, "same"),
    ],
)
def test_equal_pieces_are_joined_and_equal_values_kept_once(
    wire: Any, pieces: dict[str, Any], folded: Any
) -> None:
    where = "logprobs" if "logprobs" in pieces else "delta"
    chunks = [wire.delta({"content": "ha", **(pieces if where == "delta" else {})}) for _ in range(3)]
    for chunk in chunks:
        chunk["choices"][0].update(pieces if where != "delta" else {})
    _, done = wire.read(wire.sse(*chunks, wire.delta({}, "stop"), "[DONE]"))
    choice = done.choices[0]
    assert choice.text == "hahaha"
    if where == "logprobs":
        ((key, first), *_) = pieces["logprobs"].items()
        assert choice.logprobs[key] == first * 3
        assert all(len(value) == 3 for value in choice.logprobs.values())
    elif folded == "audio":
        assert choice.extra["audio"] == {
            "id": "a",
            "data": "AAAA" * 3,
            "transcript": "hahaha",
            "expires_at": 9,
        }
    elif folded == "same":
        assert choice.extra == pieces
    else:
        assert [7, 7, 7] in (
            choice.extra.get("token_ids"),
            choice.extra.get("meta", {}).get("output_ids"),
        )


def test_equal_pieces_of_reasoning_items_are_joined_and_encrypted_ones_kept_once(wire: Any) -> None:
    text = {"type": "reasoning.text", "text": "ha", "format": "x", "index": 0}
    secret = {"type": "reasoning.encrypted", "data": "s", "index": 1}
    pieces = [text, text, text, secret, secret]
    chunks = [wire.delta({"reasoning_details": [piece]}) for piece in pieces]
    _, done = wire.read(wire.sse(*chunks, wire.delta({"content": "a"}, "stop")))
    assert done.reasoning == "hahaha"
    assert done.choices[0].extra["reasoning_details"] == [{**text, "text": "hahaha"}, secret]


def test_a_list_that_grows_is_kept_once() -> None:
    assert fold_values([["a"], ["a", "b"], ["a", "b", "c"]], "citations") == ["a", "b", "c"]


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
