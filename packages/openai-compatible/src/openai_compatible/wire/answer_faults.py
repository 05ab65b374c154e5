"""Faults of chat answers: no message in them, cut, damaged, unreadable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from openai_compatible.errors import MalformedResponseError, StreamInterruptedError
from openai_compatible.types import Completion
from openai_compatible.wire.choice import ChoiceState
from openai_compatible.wire.decode import dump
from openai_compatible.wire.halves import Halves
from openai_compatible.wire.redact import redact

__all__ = [
    "build_interruption",
    "build_unreadable",
    "find_missing_message",
    "list_damage",
    "looks_cut",
]


def find_missing_message(
    states: Iterable[ChoiceState], raw: Mapping[str, Any] | None
) -> MalformedResponseError | None:
    """The error for a choice without a message, or with something else in its place."""
    for state in states:
        problem = state.problem()
        if problem:
            return MalformedResponseError(
                f"the answer holds no message in choices[{state.index}]: {problem}",
                body=None if raw is None else redact(dump(raw)),
                hint="The server or a gateway before it is at fault; look at its log.",
            )
    return None


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
