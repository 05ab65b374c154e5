"""How an embeddings request is divided after a refusal (embeddings-batch-limit)."""

from __future__ import annotations

import pytest

from openai_compatible.errors import (
    APIStatusError,
    ContextLengthExceededError,
    InvalidRequestError,
    MalformedResponseError,
    ModelNotFoundError,
    OpenAICompatibleError,
    RateLimitError,
    UnsupportedParameterError,
)
from openai_compatible.plan.batches import Division, describe_texts, divide_batch


@pytest.mark.parametrize(
    ("status", "message", "want"),
    [
        (400, "batch size is invalid, it should not be larger than 10.: input.contents", 10),
        (413, "input batch size 64 > maximum allowed batch size 32", 32),
        (422, "batch size 33 > maximum allowed batch size 32", 32),
        (
            400,
            "[] is too long - 'input': array too long. Expected an array with maximum length 2048",
            32,
        ),
        (413, "Request Entity Too Large", 32),
        (413, "", 32),
        (400, "too many inputs, at most 96 are allowed", 32),
        (400, "At most 100 requests can be in one batch", 32),
        (400, "the input exceeds the limit of 16 texts", 16),
    ],
)
def test_the_number_the_error_names_or_half(status: int, message: str, want: int) -> None:
    assert divide_batch(APIStatusError(message, status_code=status), 64) == Division(want, True)


@pytest.mark.parametrize(
    "message",
    [
        "Requested 312345 tokens, max 300000 tokens per request",
        "Too many tokens overall, split into more batches.",
        "Request to model 'voyage-3' failed. The max allowed tokens per submitted batch is 120000. Your "
        "batch has 250000 tokens after truncation. Please lower the number of tokens in the batch.",
        "Request payload size exceeds the limit: 36700160 bytes.",
        "The total number of tokens in the request exceeds the maximum of 20000.",
        "input is too long: 9000 characters, at most 50 are allowed",
        "request body larger than 1048576 bytes",
    ],
)
@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_with_too_many_tokens_or_bytes_is_halved(status: int, message: str) -> None:
    """The number is no number of texts, and other texts may fit: it is not remembered."""
    error = InvalidRequestError(message, status_code=status)
    assert divide_batch(error, 64) == Division(32, False)


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_a_batch_with_a_text_that_is_too_long_is_halved_until_that_text_is_alone(status: int) -> None:
    error = ContextLengthExceededError("maximum input length is 512 tokens", status_code=status)
    assert divide_batch(error, 3) == Division(1, False)
    assert divide_batch(error, 1) is None


@pytest.mark.parametrize(
    "error",
    [
        APIStatusError("no such model", status_code=400),
        ModelNotFoundError("input: the model limit is unknown", status_code=400),
        UnsupportedParameterError("the input exceeds what `user` may hold", status_code=400),
        APIStatusError("batch size too large", status_code=500),
        RateLimitError("too many requests", status_code=429),
        InvalidRequestError("`dimensions` is not supported", status_code=400),
        OpenAICompatibleError("batch size"),
    ],
)
def test_other_errors_are_not_about_the_number(error: OpenAICompatibleError) -> None:
    assert divide_batch(error, 64) is None


def test_one_text_cannot_be_divided() -> None:
    assert divide_batch(APIStatusError("too large", status_code=413), 1) is None


def test_it_ends_after_the_logarithm() -> None:
    size, steps = 1_000, 0
    while (division := divide_batch(APIStatusError("", status_code=413), size)) is not None:
        assert division.size < size
        size, steps = division.size, steps + 1
    assert (size, steps) == (1, 9)


def test_an_error_says_which_texts_its_request_held() -> None:
    refused = APIStatusError("input[1] is empty", status_code=400)
    assert describe_texts(refused, 64, 64, 200) == (
        "The request held the texts 64 to 127 of 200, counted from 0."
    )
    assert describe_texts(MalformedResponseError("NaN"), 3, 1, 9) == (
        "The request held text 3 of 9, counted from 0."
    )
    assert describe_texts(refused, 0, 200, 200) is None, "it held all"
    assert describe_texts(APIStatusError("no key", status_code=401), 0, 1, 9) is None
