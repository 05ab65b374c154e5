"""Vectors in the order of their texts, or a clear error."""

import base64
import json
import struct
import sys
from typing import Any

import pytest

from openai_compatible.errors import MalformedResponseError, OpenAICompatibleError, RateLimitError
from openai_compatible.wire.embeddings import read_embeddings, shortened


def dumps(value: Any) -> bytes:
    return json.dumps(value).encode()


def items(*pairs: tuple[Any, Any]) -> bytes:
    return dumps({"data": [{"index": i, "embedding": v} for i, v in pairs]})


def b64(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def test_vectors_model_and_usage() -> None:
    body = {
        "object": "list",
        "model": "m",
        "data": [{"index": 0, "embedding": [0.5, -1.0]}],
        "usage": {"prompt_tokens": 2, "total_tokens": 2},
    }
    found = read_embeddings(dumps(body), 1)
    assert (found.vectors, found.model) == ([[0.5, -1.0]], "m")
    assert found.usage is not None
    assert (found.usage.input_tokens, found.usage.output_tokens) == (2, 0)


def test_missing_usage_and_model_are_unknown() -> None:
    found = read_embeddings(dumps({"data": [{"embedding": [1.0]}], "model": 7, "usage": None}), 1)
    assert (found.model, found.usage) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        items((0, [1.0]), (1, [2.0])),
        items((1, [2.0]), (0, [1.0])),
        items((2, [2.0]), (1, [1.0])),
        items(("1", [2.0]), (0.0, [1.0])),
        items((0, [1.0]), (0, [2.0])),
        items((None, [1.0]), (None, [2.0])),
        items((1, b64(2.0)), (0, b64(1.0))),
        items((0, [1]), (1, ["2.0"])),
        items((0, [[1.0]]), (1, [[2.0]])),
        dumps([{"embedding": [1.0]}, {"embedding": [2.0]}]),
        dumps({"embeddings": [[1.0], [2.0]]}),
        dumps({"data": [[1.0], [2.0]]}),
        dumps({"data": [{"vector": [1.0]}, {"vector": [2.0]}]}),
    ],
)
def test_every_shape_gives_the_same_vectors(body: bytes) -> None:
    found = read_embeddings(body, 2).vectors
    assert found == [[1.0], [2.0]]
    assert {type(number) for vector in found for number in vector} == {float}


def test_one_vector_without_a_list_around_it() -> None:
    assert read_embeddings(b'{"embedding": [1, 2.5]}', 1).vectors == [[1.0, 2.5]]


def test_no_texts_no_vectors() -> None:
    assert read_embeddings(b'{"data": []}', 0).vectors == []


@pytest.mark.parametrize(
    ("body", "count", "words"),
    [
        (items((0, [1.0])), 2, "2 texts were sent and 1 vectors"),
        (items((0, [1.0]), (1, [1.0])), 1, "1 texts were sent and 2 vectors"),
        (items((0, [1.0]), (0, [1.0]), (2, [1.0])), 3, "contradict"),
        (items((0, [1.0]), (5, [1.0])), 2, "contradict"),
        (items((0, [1.0]), (None, [1.0])), 2, "contradict"),
        (items((0, None)), 1, "missing or empty"),
        (items((0, [])), 1, "missing or empty"),
        (items((0, "")), 1, "missing or empty"),
        (dumps({"data": [None]}), 1, "missing or empty"),
        (dumps({"data": ["AAAA!"]}), 1, "base64"),
        (items((0, "AAA")), 1, "base64"),
        (items((0, "AAAA")), 1, "base64"),
        (items((0, [[1.0], [2.0]])), 1, "nested: 2 vectors"),
        (items((0, [1.0, None])), 1, "not a number"),
        (items((0, [1.0, "x"])), 1, "not a number"),
        (items((0, [[1.0, [2.0]]])), 1, "not a number"),
        (items((0, [1.0, 10**400])), 1, "not a number"),
        (b'{"data": [{"embedding": [NaN, 1.0]}]}', 1, "NaN or infinity"),
        (b'{"data": [{"embedding": [1e999, 1.0]}]}', 1, "NaN or infinity"),
        (items((0, b64(float("nan")))), 1, "NaN or infinity"),
        (items((0, b64(1.0, float("inf")))), 1, "NaN or infinity"),
        (items((0, b64(1.0, float("-inf"), 1.0))), 1, "NaN or infinity"),
        (items((0, [1.0]), (1, [1.0, 2.0])), 2, "different lengths"),
        (b"<html>", 1, "web page"),
        (b"", 1, "empty"),
        (b'{"object": "list"}', 1, "not embeddings"),
        (b"null", 1, "not embeddings"),
        (b'{"data": {}}', 1, "not embeddings"),
    ],
)
def test_what_cannot_be_trusted_is_malformed(body: bytes, count: int, words: str) -> None:
    with pytest.raises(MalformedResponseError, match=words):
        read_embeddings(body, count)


def test_unpooled_vectors_name_the_cure() -> None:
    with pytest.raises(MalformedResponseError) as caught:
        read_embeddings(items((0, [[1.0], [2.0]])), 1)
    assert "pooling" in str(caught.value)


def test_large_finite_numbers_are_fine() -> None:
    assert read_embeddings(items((0, [1.7e308, 1.7e308])), 1).vectors == [[1.7e308, 1.7e308]]
    largest = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]
    assert read_embeddings(items((0, b64(largest, -largest))), 1).vectors == [[largest, -largest]]


def test_the_dimension_of_earlier_answers_must_hold() -> None:
    assert read_embeddings(items((0, [1.0, 2.0])), 1, dimensions=2).vectors == [[1.0, 2.0]]
    with pytest.raises(MalformedResponseError, match="2 dimensions instead of 3"):
        read_embeddings(items((0, [1.0, 2.0])), 1, dimensions=3)


def test_base64_is_little_endian_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "byteorder", "big" if sys.byteorder == "little" else "little")
    swapped = base64.b64encode(struct.pack(">2f", 1.0, -2.5)).decode()
    assert read_embeddings(items((0, swapped)), 1).vectors == [[1.0, -2.5]]


def test_an_error_with_status_200_is_raised() -> None:
    with pytest.raises(RateLimitError):
        read_embeddings(b'{"error": {"message": "slow down", "code": 429}}', 1)
    with pytest.raises(OpenAICompatibleError):
        read_embeddings(b'{"object": "error", "message": "x"}', 1)


def test_vectors_are_cut_and_normalised() -> None:
    found = read_embeddings(items((0, [3.0, 4.0, 5.0])), 1)
    assert shortened(found, 2).vectors == [[0.6, 0.8]]
    zero = read_embeddings(items((0, [0.0, 0.0, 5.0])), 1)
    assert shortened(zero, 2).vectors == [[0.0, 0.0]]
