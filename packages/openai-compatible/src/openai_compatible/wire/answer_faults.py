"""Faults of chat answers: no message in them, cut, damaged, unreadable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openai_compatible.errors import MalformedResponseError, ServerError, StreamInterruptedError
from openai_compatible.types import Completion
from openai_compatible.wire.arguments import CUT_REASONS
from openai_compatible.wire.choice import ChoiceState
from openai_compatible.wire.decode import dump
from openai_compatible.wire.error_limits import CODE, MESSAGE, cut_text
from openai_compatible.wire.halves import Halves
from openai_compatible.wire.redact import redact

__all__ = [
    "are_calls_whole",
    "build_interruption",
    "build_unreadable",
    "find_failure",
    "find_missing_message",
    "list_damage",
    "looks_cut",
]


def find_missing_message(
    states: Mapping[int, ChoiceState], raw: Mapping[str, Any] | None, expected: int | None
) -> MalformedResponseError | None:
    """The error for a choice without a message, or with something else in its place.

    Args:
        states: The choices by index.
        raw: The whole body, if there is one.
        expected: How many choices of a stream must have a message; ``None``: all that came.
    """
    for state in states.values():
        problem = state.problem() if expected is None or state.index < expected else ""
        if problem:
            return MalformedResponseError(
                f"the answer holds no message in choices[{state.index}]: {problem}",
                body=None if raw is None else redact(dump(raw)),
                hint="The server or a gateway before it is at fault; look at its log.",
            )
    return None


def find_failure(
    answer: Completion, states: Mapping[int, ChoiceState], halves: Halves
) -> ServerError | MalformedResponseError | None:
    """The error for a failure reported as a finish reason only (finish-reason-error), or for stray bytes.

    The first bytes of a character end an answer only where that was cut. A finished one is in another
    charset: ``caf\xe9`` is Latin-1.
    """
    for choice in answer.choices:
        if choice.finish_reason == "error":
            said = states[choice.index].finish_message or ""
            reason = cut_text(choice.raw_finish_reason or "", CODE)
            text = f"the server ended the answer with finish reason {reason!r}: {said}"
            return ServerError(redact(text.removesuffix(": "), MESSAGE), code=reason)
    if halves.has_waiting_bytes() and all(
        choice.finish_reason not in CUT_REASONS for choice in answer.choices
    ):
        return build_unreadable("holds bytes that are no UTF-8")
    return None


def are_calls_whole(states: Mapping[int, ChoiceState]) -> bool:
    """Whether the arguments of every tool call are JSON, or absent."""
    return all(state.calls is None or state.calls.whole() for state in states.values())


def build_interruption(partial: Completion, *, clean: bool) -> StreamInterruptedError:
    """The error for a stream that was cut; ``clean``: its body ended in an orderly way."""
    how = "ended without a finish reason and without [DONE]" if clean else "was cut off"
    return StreamInterruptedError(
        f"the answer {how}",
        partial=partial,
        clean_end=clean,
        hint="The text so far is in the error's `partial`; ask again for the whole answer.",
    )


def build_unreadable(why: str) -> MalformedResponseError:
    """The error for an answer whose bytes cannot be read as text."""
    return MalformedResponseError(
        f"the answer {why}",
        hint="The server must send UTF-8, or name the charset it sends in its content-type.",
    )


def list_damage(halves: Halves, broken: bytes | None) -> Iterator[tuple[str, Any]]:
    """What could not be read of an answer that is whole all the same, as keys of its ``extra``."""
    lost = halves.replaced + len(halves.pending)
    if lost:
        yield "unreadable_characters", lost
    if broken is not None:
        yield "damaged_event", redact(broken, 200)


def looks_cut(payload: bytes) -> bool:
    """Whether an unreadable payload is the beginning of a readable one."""
    return payload.startswith(b"{") or b"[DONE]".startswith(payload)
