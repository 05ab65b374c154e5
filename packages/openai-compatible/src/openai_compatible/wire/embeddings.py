"""Embedding answers to vectors in the order of the texts."""

from __future__ import annotations

import binascii
import math
import sys
from array import array
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openai_compatible.errors import MalformedResponseError
from openai_compatible.types import Embeddings
from openai_compatible.wire.decode import MAX_DEPTH
from openai_compatible.wire.error_body import error_from_chunk
from openai_compatible.wire.json_body import read_json
from openai_compatible.wire.malformed import malformed
from openai_compatible.wire.redact import redact
from openai_compatible.wire.usage import read_usage, whole_number

__all__ = ["read_embeddings", "shortened"]

_LISTS = ("data", "embeddings", "embedding", "results")
_POOLING = (
    "The server sends one vector per token: turn pooling on (llama.cpp: --pooling mean; "
    "llama-cpp-python: a model with pooling)."
)


def read_embeddings(
    body: bytes,
    count: int,
    *,
    first: int = 0,
    dimensions: int | None = None,
    content_type: str | None = None,
    depth: int = MAX_DEPTH,
) -> Embeddings:
    """Read an embeddings answer.

    Args:
        body: The whole body.
        count: How many texts were sent; as many vectors must come back.
        first: Place of the first text among all that are embedded; errors count from there.
        dimensions: Length each vector must have, if known (of an earlier answer).
        content_type: Media type of the body, for error messages.
        depth: Levels of nesting that are read.

    Vectors come as numbers or as base64 of little-endian float32, whichever was asked for. Order is
    by ``index`` where the indexes are a permutation (counted from 0 or 1); if they are missing or
    all the same, vectors keep the order they came in.

    Raises:
        MalformedResponseError: Not an embeddings answer; another number of vectors; indexes that
            contradict each other; vectors of different lengths, nested, empty, with NaN or infinity.
        ResponseTooLargeError: It is nested deeper than ``depth``.
        APIStatusError: The body is an error, whatever the status said.

    Wire:
        ``{"data": [{"index": 1, "embedding": [0.5]}, {"index": 0, "embedding": "AACAPw=="}]}`` ->
        ``[[1.0], [0.5]]``
    """
    value = read_json(body, content_type, what="embeddings", depth=depth)
    error = error_from_chunk(value)
    if error is not None:
        raise error
    items = _items(value)
    if items is None:
        raise malformed(body, content_type, read=True, what="embeddings")
    if items and isinstance(items[0], (int, float)):
        items = [items]
    if len(items) != count:
        raise _wrong(body, f"{count} texts were sent and {len(items)} vectors came back")
    vectors = [_vector(item, place, body) for place, item in enumerate(_ordered(items, body), first)]
    _check_lengths(vectors, dimensions, body)
    head: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    model = head.get("model")
    return Embeddings(vectors, model if isinstance(model, str) else None, read_usage(head.get("usage")))


def shortened(found: Embeddings, dimensions: int) -> Embeddings:
    """The vectors cut to their first numbers and brought back to length 1.

    Only models trained for it (Matryoshka) keep their meaning so.

    >>> shortened(Embeddings([[3.0, 4.0, 5.0]]), 2).vectors
    [[0.6, 0.8]]
    """
    vectors = []
    for vector in found.vectors:
        cut = vector[:dimensions]
        length = math.hypot(*cut)
        vectors.append([number / length for number in cut] if length else cut)
    return replace(found, vectors=vectors)


def _items(value: Any) -> list[Any] | None:
    if isinstance(value, Mapping):
        return next((found for key in _LISTS if isinstance(found := value.get(key), list)), None)
    return value if isinstance(value, list) else None


def _ordered(items: list[Any], body: bytes) -> list[Any]:
    """The items by their index, where indexes say something."""
    indexes = [whole_number(item.get("index")) if isinstance(item, Mapping) else None for item in items]
    size = len(items)
    if indexes == list(range(size)) or len(set(indexes)) == 1:
        return items
    known = sorted(-1 if index is None else index for index in indexes)
    if known not in (list(range(size)), list(range(1, size + 1))):
        raise _wrong(body, "the indexes of the vectors contradict each other")
    return [item for _, item in sorted(zip(indexes, items, strict=True), key=lambda pair: pair[0] or 0)]


def _vector(item: Any, place: int, body: bytes) -> list[float]:
    vector = item.get("embedding", item.get("vector")) if isinstance(item, Mapping) else item
    if isinstance(vector, str):
        return _from_base64(vector, place, body)
    if not isinstance(vector, list) or not vector:
        raise _wrong(body, f"vector {place} is missing or empty")
    if isinstance(vector[0], list):
        if len(vector) > 1:
            raise _wrong(
                body,
                f"vector {place} is nested: {len(vector)} vectors for one text (unpooled)",
                hint=_POOLING,
            )
        vector = vector[0]
    numbers = vector if set(map(type, vector)) == {float} else _floats(vector, place, body)
    return _finite(numbers, place, body)


def _finite(numbers: list[float], place: int, body: bytes) -> list[float]:
    if not numbers:
        raise _wrong(body, f"vector {place} is missing or empty")
    if not math.isfinite(sum(numbers)) and not all(map(math.isfinite, numbers)):
        raise _wrong(body, f"vector {place} holds NaN or infinity")
    return numbers


def _floats(vector: list[Any], place: int, body: bytes) -> list[float]:
    """Numbers that are not all written as floats: ``0``, or texts (embeddings-response-shapes)."""
    try:
        return [float(number) for number in vector]
    except (TypeError, ValueError, OverflowError):
        raise _wrong(body, f"vector {place} holds something that is not a number") from None


def _from_base64(text: str, place: int, body: bytes) -> list[float]:
    numbers = array("f")
    try:
        packed = binascii.a2b_base64(text)
        numbers.frombytes(packed)
    except ValueError:
        raise _wrong(body, f"vector {place} is not base64 of 32-bit floats") from None
    if sys.byteorder == "big":
        numbers.byteswap()
    highest = packed[3::4]  # of each number; NaN and infinity have all of its exponent set
    if not packed or b"\x7f" in highest or b"\xff" in highest:
        return _finite(numbers.tolist(), place, body)
    return numbers.tolist()


def _check_lengths(vectors: list[list[float]], dimensions: int | None, body: bytes) -> None:
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1:
        raise _wrong(body, f"the vectors have different lengths: {sorted(lengths)[:5]}")
    if dimensions is not None and lengths and lengths != {dimensions}:
        raise _wrong(
            body,
            f"the vectors have {lengths.pop()} dimensions instead of {dimensions}",
            hint="The server or its model changed, or it ignores `dimensions`.",
        )


def _wrong(body: bytes, message: str, *, hint: str | None = None) -> MalformedResponseError:
    return MalformedResponseError(message, body=redact(body[:4_000]), hint=hint)
