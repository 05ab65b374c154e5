"""How an embeddings request is divided after the server refused it for its size. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from openai_compatible.errors import (
    APIStatusError,
    ContextLengthExceededError,
    InvalidRequestError,
    MalformedResponseError,
    OpenAICompatibleError,
)

__all__ = ["Division", "describe_texts", "divide_batch"]

_COUNTED = re.compile(
    r"\b(?:inputs?|texts?|items|array|batch|documents|elements|strings|requests?|payload|body|entity"
    r"|size|length|content|context)\b|batch_?size",
    re.IGNORECASE,
)
_MEASURED = re.compile(r"\b(?:tokens?|bytes?|[kmg]i?b|characters|chars)\b", re.IGNORECASE)
_EXCEEDED = re.compile(
    r"exceed|\btoo (?:many|large|long|big)|\bmax(?:imum|_|\b)|\blimit"
    r"|\b(?:larger|greater|longer|more) than|\bat most\b|\bup to\b|\breduce|\bsplit"
    r"|\blower the\b|\bover the\b|[<>]=? ?\d",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:not be (?:larger|more|greater) than|at most|maximum(?: allowed)?(?: batch size)?(?: of| is)?"
    r"|max(?:imum)?[ _]\w{1,40}[ _:=]{0,3}|limit(?: of| is|:)?|up to|<=|less than or equal to)"
    r" ?(\d{1,9})",
    re.IGNORECASE,
)
_LONGEST = 2_000
"""Characters of a message that are looked at."""

_GENERAL = (APIStatusError, InvalidRequestError, ContextLengthExceededError)
"""Classes of errors that may be about the size; the others say that something else was refused."""


class Division(NamedTuple):
    """How the texts of a refused request are sent instead."""

    size: int
    """Texts in a request."""
    lasting: bool
    """Whether the server takes no more texts than that, whatever they hold."""


def divide_batch(error: OpenAICompatibleError, size: int) -> Division | None:
    """Return how to divide a refused request, or ``None`` if the error is not about its size.

    The server may count texts, tokens or bytes of the whole request, or find one text too long without
    saying which: all of them are divided, so that in the end a text that is blamed stands alone. A
    single text cannot be divided.

    Args:
        error: A 400, 413 or 422, or a context length that was exceeded; nothing else is about the size.
        size: How many texts were sent.

    Evidence: embeddings-batch-limit of ``docs/quirks.md``: DashScope "batch size is invalid, it should
    not be larger than 10", TEI "batch size 33 > maximum allowed batch size 32", OpenAI "array too long";
    OpenAI "Requested 312345 tokens, max 300000 tokens per request", Mistral "Too many tokens overall,
    split into more batches", Voyage "The max allowed tokens per submitted batch is 120000", Gemini
    "Request payload size exceeds the limit: 36700160 bytes" (reported 2025 and 2026).

    >>> divide_batch(APIStatusError("it should not be larger than 10.", status_code=400), 64)
    Division(size=10, lasting=True)
    """
    if size < 2 or not isinstance(error, APIStatusError):
        return None
    message = error.message[:_LONGEST]
    if isinstance(error, ContextLengthExceededError):
        return Division(size // 2, lasting=False)
    if error.status_code != 413 and not _is_about_size(error, message):
        return None
    if _MEASURED.search(message):
        return Division(size // 2, lasting=False)
    return Division(_find_limit(message, size) or size // 2, lasting=True)


def describe_texts(error: OpenAICompatibleError, first: int, size: int, total: int) -> str | None:
    """Say which of all texts a refused request held, or ``None`` where that does not matter.

    >>> describe_texts(APIStatusError("too long", status_code=400), 8, 1, 20)
    'The request held text 8 of 20, counted from 0.'
    """
    refused = isinstance(error, APIStatusError) and error.status_code in (400, 413, 422)
    lengthy = isinstance(error, ContextLengthExceededError | MalformedResponseError)
    if size == total or not (refused or lengthy):
        return None
    texts = f"text {first}" if size == 1 else f"the texts {first} to {first + size - 1}"
    return f"The request held {texts} of {total}, counted from 0."


def _is_about_size(error: APIStatusError, message: str) -> bool:
    if error.status_code not in (400, 422) or type(error) not in _GENERAL:
        return False
    named = _NAMED.search(message) or _COUNTED.search(message) or _MEASURED.search(message)
    return bool(named and _EXCEEDED.search(message))


def _find_limit(message: str, size: int) -> int | None:
    """The largest number of texts that the message allows and that is below ``size``."""
    numbers = [int(found) for found in _NAMED.findall(message)]
    return max((number for number in numbers if 0 < number < size), default=None)
