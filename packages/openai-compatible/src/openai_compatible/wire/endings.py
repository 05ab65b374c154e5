"""Answers that end otherwise than with success."""

from __future__ import annotations

from collections.abc import Mapping

from openai_compatible.errors import ServerError, StreamInterruptedError
from openai_compatible.types import Completion
from openai_compatible.wire.choice import ChoiceState

__all__ = ["calls_whole", "failed_finish", "interrupted", "looks_cut"]


def failed_finish(answer: Completion, messages: Mapping[int, str | None]) -> ServerError | None:
    """Build the error for a failure reported as a finish reason only (finish-reason-error).

    Args:
        answer: The whole answer.
        messages: What the server said beside the finish reason, by index of the choice.
    """
    for choice in answer.choices:
        if choice.finish_reason == "error":
            reason, said = choice.raw_finish_reason, messages[choice.index]
            text = f"the server ended the answer with finish reason {reason!r}"
            return ServerError(f"{text}: {said}" if said else text, code=reason)
    return None


def calls_whole(choices: Mapping[int, ChoiceState]) -> bool:
    """Whether the arguments of every tool call are JSON, or absent."""
    return all(state.calls is None or state.calls.whole() for state in choices.values())


def interrupted(partial: Completion, *, clean: bool) -> StreamInterruptedError:
    """Build the error for a stream that ended too early.

    Args:
        partial: What had arrived.
        clean: The body ended in an orderly way; ``False``: the connection broke.
    """
    how = "ended without a finish reason and without [DONE]" if clean else "was cut off"
    return StreamInterruptedError(
        f"the answer {how}",
        partial=partial,
        clean_end=clean,
        hint="The text so far is in the error's `partial`; ask again for the whole answer.",
    )


def looks_cut(payload: bytes) -> bool:
    """Whether an unreadable payload is the beginning of a readable one."""
    return payload.startswith(b"{") or b"[DONE]".startswith(payload)
