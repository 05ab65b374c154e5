"""Joins tiny pieces of a long tool call, because LangChain parses all arguments at each addition."""

from __future__ import annotations

import time
from collections.abc import Callable

from langchain_core.outputs import ChatGenerationChunk

from langchain_openai_compatible.pacing import may_wait
from openai_compatible.types import Event, TextDelta, ToolCallDelta

__all__ = ["ArgumentPieces", "join_pieces"]


class ArgumentPieces:
    """Holds back short pieces of arguments for a moment; everything else passes at once.

    ``AIMessageChunk + AIMessageChunk`` parses the arguments so far (langchain-core 1.8.1,
    ``init_tool_calls``): in single characters a call costs quadratic time. A piece waits only where
    it is less than 1/64 of what was given out, and for 0.1 seconds at most while pieces come: up to
    64 characters nothing waits, and a model that writes slowly is shown as it writes.

    Args:
        clock: Gives seconds that only grow.
    """

    __slots__ = ("_clock", "_given", "_held", "_length", "_open", "_since", "is_waiting")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: ToolCallDelta | None = None
        """The call that goes on."""
        self._given = 0
        self._held: list[str] = []
        self._length = 0
        self._since = 0.0
        self.is_waiting = False
        """Whether pieces wait to be joined."""

    def feed(self, event: Event) -> tuple[Event, ...]:
        """The events to give out now, in order."""
        if type(event) is not ToolCallDelta:
            return (*self._flush(), event) if self._held else (event,)
        call = self._open
        if call is None or event.id is not None or event[0] != call[0] or event.choice != call.choice:
            before = self._flush()
            self._open, self._given = event, len(event.arguments)
            self._since = self._clock()
            return (*before, event)
        self._held.append(event.arguments)
        self.is_waiting = True
        self._length += len(event.arguments)
        if may_wait(self._length, self._given, self._clock() - self._since):
            return ()
        return self._flush()

    def _flush(self) -> tuple[Event, ...]:
        if not self._held or self._open is None:
            return ()
        joined = ToolCallDelta(self._open[0], None, None, "".join(self._held), self._open.choice)
        self._given += self._length
        self._held, self._length, self._since = [], 0, self._clock()
        self.is_waiting = False
        return (joined,)


def join_pieces(
    make: Callable[[Event], ChatGenerationChunk | None],
) -> Callable[[Event], list[ChatGenerationChunk]]:
    """Make the chunks of events with ``make``, tiny pieces of arguments joined."""
    pieces = ArgumentPieces()

    def make_chunks(event: Event) -> list[ChatGenerationChunk]:
        if type(event) is TextDelta and not pieces.is_waiting:  # nearly all events of a stream
            chunk = make(event)
            return [] if chunk is None else [chunk]
        return [chunk for one in pieces.feed(event) if (chunk := make(one)) is not None]

    return make_chunks
