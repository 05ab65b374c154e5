"""How many texts go into one embeddings request after the server refused as many as it got. Pure."""

from __future__ import annotations

from openai_compatible.errors import (
    APIStatusError,
    ContextLengthExceededError,
    OpenAICompatibleError,
)
from openai_compatible.patterns import LazyPattern

__all__ = ["smaller"]

_TOO_MANY = LazyPattern(
    r"batch.?size|at most \d{1,9} (?:\w{1,20} )?(?:inputs?|texts?|items|requests?)"
    r"|payload too large|request entity too large|larger than"
    r"|(?:input|texts?|inputs|items|array).{0,40}"
    r"(?:exceed|larger|more than|at most|too (?:many|long|large)|maximum|limit)"
    r"|too (?:many|large).{0,40}(?:inputs?|texts?|items|batch|request|payload)"
)
_LIMITS = LazyPattern(
    r"(?:not be (?:larger|more|greater) than|at most|maximum(?: allowed)?(?: batch size)?(?: of| is)?"
    r"|max(?:imum)?[ _]\w{1,40}[ _:=]{0,8}|limit(?: of| is|:)?|up to|<="
    r"|less than or equal to) ?(\d{1,9})(?!\d)"
)


def smaller(error: OpenAICompatibleError, size: int) -> int | None:
    """The next number of texts to try; ``None`` if the error is not about their number.

    The number that the error names, if it is smaller than ``size``; otherwise half. A single text
    cannot be divided.

    Args:
        error: A 400, 413 or 422; nothing else is about the size.
        size: How many texts were sent.

    Evidence: embeddings-batch-limit of ``docs/quirks.md``: DashScope "batch size is invalid, it should
    not be larger than 10", TEI "batch size 33 > maximum allowed batch size 32", OpenAI "array too long".

    >>> smaller(APIStatusError("it should not be larger than 10.", status_code=400), 64)
    10
    """
    if size < 2 or not isinstance(error, APIStatusError):
        return None
    if error.status_code == 413:
        return _named(error.message, size) or size // 2
    if isinstance(error, ContextLengthExceededError):
        return None  # one text is too long: dividing would not help
    if error.status_code not in (400, 422) or not _TOO_MANY.search(error.message):
        return None
    return _named(error.message, size) or size // 2


def _named(message: str, size: int) -> int | None:
    numbers = [int(found[1]) for found in _LIMITS.finditer(message)]
    fitting = [number for number in numbers if 0 < number < size]
    return max(fitting, default=None)
