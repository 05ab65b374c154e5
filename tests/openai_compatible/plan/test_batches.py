"""How many texts are sent after a refusal (embeddings-batch-limit)."""

from __future__ import annotations

import pytest

from openai_compatible.errors import (
    APIStatusError,
    ContextLengthExceededError,
    InvalidRequestError,
    OpenAICompatibleError,
    RateLimitError,
)
from openai_compatible.plan.batches import smaller


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
    assert smaller(APIStatusError(message, status_code=status), 64) == want


@pytest.mark.parametrize(
    "error",
    [
        APIStatusError("no such model", status_code=400),
        APIStatusError("batch size too large", status_code=500),
        RateLimitError("too many requests", status_code=429),
        InvalidRequestError("`dimensions` is not supported", status_code=400),
        ContextLengthExceededError("maximum input length is 512 tokens", status_code=400),
        OpenAICompatibleError("batch size"),
    ],
)
def test_other_errors_are_not_about_the_number(error: OpenAICompatibleError) -> None:
    assert smaller(error, 64) is None


def test_one_text_cannot_be_divided() -> None:
    assert smaller(APIStatusError("too large", status_code=413), 1) is None


def test_it_ends_after_the_logarithm() -> None:
    size, steps = 1_000, 0
    while (less := smaller(APIStatusError("", status_code=413), size)) is not None:
        assert less < size
        size, steps = less, steps + 1
    assert (size, steps) == (1, 9)
