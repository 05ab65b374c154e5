"""Batches that are refused, vectors that are cut here, tasks: over loopback, blocking and async."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible import AdaptationWarning, EmbeddingsRequest, InvalidRequestError
from openai_compatible.errors import ContextLengthExceededError, MalformedResponseError
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback

TEXTS = [str(number) for number in range(25)]


def vectors(seen: Seen, length: int = 2) -> Reply:
    """For each text a vector that begins with its number."""
    data = [
        {"index": place, "embedding": [float(text), *[1.0] * (length - 1)]}
        for place, text in enumerate(seen.json["input"])
    ]
    return json_reply({"data": data, "model": "m", "usage": {"prompt_tokens": len(data)}})


def at_most(size: int, message: str, status: int = 400) -> Any:
    """A server that takes so many texts at once."""

    def app(seen: Seen) -> Reply:
        if len(seen.json["input"]) > size:
            return json_reply({"error": {"message": message}}, status)
        return vectors(seen)

    return app


@pytest.mark.parametrize(
    ("message", "status", "refused"),
    [
        ("batch size is invalid, it should not be larger than 10.", 400, 1),
        ("Request Entity Too Large", 413, 3),
    ],
)
def test_a_batch_that_is_too_large_is_divided_and_the_size_remembered(
    way: Any, message: str, status: int, refused: int
) -> None:
    """embeddings-batch-limit"""
    with loopback(at_most(10, message, status)) as server:
        with pytest.warns(AdaptationWarning, match="texts are too many") as warned:
            first, second = way.use(
                lambda call: [call("embed", TEXTS), call("embed", TEXTS)],
                base_url=server.base_url,
                max_retries=0,
            )
    assert len(warned) == 1
    for found in (first, second):
        assert [vector[0] for vector in found.vectors] == [float(text) for text in TEXTS]
        assert found.usage.input_tokens == 25
    sizes = [len(seen.json["input"]) for seen in server.requests]
    assert sum(size > 10 for size in sizes) == refused
    assert sum(size for size in sizes if size <= 10) == 50


def test_a_size_that_was_asked_for_is_divided_too(way: Any) -> None:
    with loopback(at_most(2, "at most 2 inputs are allowed")) as server:
        with pytest.warns(AdaptationWarning):
            found = way.use(
                lambda call: call("embed", TEXTS[:5], batch_size=5), base_url=server.base_url
            )
    assert len(found.vectors) == 5


def test_other_refusals_and_single_texts_are_errors(way: Any) -> None:
    with loopback(at_most(0, "input too large")) as server, pytest.raises(InvalidRequestError):
        way.use(lambda call: call("embed", ["0"]), base_url=server.base_url)
    with loopback(at_most(2, "at most 2 inputs")) as server, pytest.raises(InvalidRequestError):
        way.use(lambda call: call("embed", TEXTS), base_url=server.base_url, adapt="off")


LONG = "This model's maximum context length is 512 tokens. Please reduce the length of the input."


def test_a_text_that_is_too_long_is_named_by_its_place_among_all(way: Any) -> None:
    """It is blamed when it stands alone in a request: no server says which of a batch it was."""

    def app(seen: Seen) -> Reply:
        if "17" in seen.json["input"]:
            return json_reply({"error": {"message": LONG}}, 400)
        return vectors(seen)

    with loopback(app) as server, pytest.raises(ContextLengthExceededError) as caught:
        way.use(lambda call: call("embed", TEXTS, batch_size=10), base_url=server.base_url)
    assert "The request held text 17 of 25, counted from 0." in str(caught.value)
    assert ["17"] in [seen.json["input"] for seen in server.requests]


@pytest.mark.parametrize(
    "message",
    [
        "Requested 90 tokens, max 30 tokens per request",
        "Request payload size exceeds the limit: 9 bytes",
    ],
)
def test_a_request_with_too_many_tokens_is_divided_each_time(way: Any, message: str) -> None:
    """Texts of another length fit in other numbers: nothing is remembered."""
    with loopback(at_most(10, message)) as server:
        with pytest.warns(AdaptationWarning, match="are too many") as warned:
            found = way.use(
                lambda call: [call("embed", TEXTS), call("embed", TEXTS)], base_url=server.base_url
            )
    assert len(warned) == 1
    assert [[vector[0] for vector in one.vectors] for one in found] == [[float(t) for t in TEXTS]] * 2
    assert len(server.requests[-1].json["input"]) <= 10
    assert [len(seen.json["input"]) for seen in server.requests].count(25) == 2


def test_a_damaged_vector_is_counted_among_all_texts(way: Any) -> None:
    def app(seen: Seen) -> Reply:
        data = [{"embedding": [None if text == "13" else 1.0]} for text in seen.json["input"]]
        return json_reply({"data": data})

    with loopback(app) as server, pytest.raises(MalformedResponseError, match="vector 13 "):
        way.use(lambda call: call("embed", TEXTS, batch_size=5), base_url=server.base_url)


def test_dimensions_are_cut_here_where_the_dialect_says_so(way: Any) -> None:
    """embeddings-dimensions"""
    dialect = {"embeddings_dimensions": False}
    with loopback(lambda seen: vectors(seen, 4)) as server:
        found = way.use(
            lambda call: call("embed", ["3"], dimensions=2), base_url=server.base_url, dialect=dialect
        )
        assert "dimensions" not in server.requests[0].json
    assert found.vectors == [pytest.approx([3 / 10**0.5, 1 / 10**0.5])]


def test_dimensions_that_are_refused_are_an_error_that_names_them(way: Any) -> None:
    said = "Model does not support matryoshka representation, changing output dimensions will lead to"
    with loopback(json_reply({"error": {"message": said}}, 400)) as server:
        with pytest.raises(InvalidRequestError, match="dimensions"):
            way.use(lambda call: call("embed", ["3"], dimensions=2), base_url=server.base_url)
        assert len(server.requests) == 1


def test_the_task_is_said_where_the_dialect_has_a_word_for_it(way: Any) -> None:
    """embeddings-input-type"""
    dialect = {"embeddings_task_field": "input_type", "embeddings_tasks": ["query", "passage"]}
    with loopback(vectors) as server:

        def ask(call: Any) -> None:
            for task in ("query", "document", None):
                call("embed", EmbeddingsRequest("m", ["1"], task=task))

        way.use(ask, base_url=server.base_url, dialect=dialect)
        assert [seen.json.get("input_type") for seen in server.requests] == ["query", "passage", None]


def test_vectors_of_another_length_than_before_are_an_error(way: Any) -> None:
    lengths = iter([2, 2, 3])
    with loopback(lambda seen: vectors(seen, next(lengths))) as server:

        def ask(call: Any) -> None:
            call("embed", ["1"])
            call("embed", ["2"])
            with pytest.raises(MalformedResponseError, match="3 dimensions, and had 2 before"):
                call("embed", ["3"])

        way.use(ask, base_url=server.base_url)
