"""Whether an answer holds the object that was asked for: one judgement for every framework and mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from openai_compatible.errors import ContentFilterError, MalformedResponseError
from openai_compatible.plan.structured import Tried

__all__ = ["judge_answer"]

NO_OBJECT = "there is no JSON object in it"
NOT_WHOLE = "its JSON is not whole"


def judge_answer(
    values: Iterable[Any],
    validate: Callable[[Any], tuple[Any, str | None]],
    *,
    finish_reason: str | None,
    refusal: str | None = None,
    damaged: bool = False,
) -> Tried:
    """Judge a finished answer.

    Args:
        values: Whole JSON values that the answer holds, likeliest first.
        validate: Returns the object made of a value and ``None``, or anything and the reason why the
            value does not fit.
        finish_reason: The normalised finish reason.
        refusal: What the model said when it refused.
        damaged: Whether the answer holds a JSON text that is not whole.

    Raises:
        ContentFilterError: The model refused, or a filter stopped the answer. That is so for a whole
            object too: what a filter left over is not what the model wanted to say.
        MalformedResponseError: The answer was cut before there was an object.
    """
    if refusal:
        raise ContentFilterError(f"the model refused: {refusal}")
    if finish_reason == "content_filter":
        raise ContentFilterError(
            "the answer ended (content_filter): a filter stopped it", hint="Change the prompt."
        )
    problem = ""
    for value in values:
        fitting, reason = validate(value)
        if reason is None:
            return Tried(found=True, value=fitting)
        problem = problem or reason
    if finish_reason in ("length", "error") and (damaged or not problem):
        raise MalformedResponseError(
            f"the answer ended ({finish_reason}) before it held an object",
            hint="Raise max_tokens." if finish_reason == "length" else "Ask again.",
        )
    if problem:
        return Tried(problem=problem)
    if damaged:
        return Tried(problem=NOT_WHOLE)
    return Tried(missing=True, problem=NO_OBJECT)
