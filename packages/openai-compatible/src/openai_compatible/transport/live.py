"""An answer that is being streamed: its open body, its parser, and how it ended."""

from __future__ import annotations

from typing import Generic, TypeVar

from openai_compatible.errors import (
    ConnectionFailedError,
    IdleTimeoutError,
    RequestTimeoutError,
    ResponseTooLargeError,
    StreamInterruptedError,
    TotalTimeoutError,
)
from openai_compatible.types import Completion, Event
from openai_compatible.wire.body_decoder import is_lack_of_memory, out_of_memory
from openai_compatible.wire.chat import ChatStream

__all__ = ["Live"]

B = TypeVar("B")


class Live(Generic[B]):
    """Bytes go in by :meth:`take`, events come out, :meth:`finish` says what it was in all."""

    __slots__ = ("_completion", "at_end", "body", "changes", "cut", "ended", "events", "parser")

    def __init__(self, body: B, parser: ChatStream) -> None:
        self.body = body
        self.parser = parser
        self.events: list[Event] = []
        """What came with the first useful bytes, read before anybody saw anything."""
        self.changes: list[str] = []
        self.cut: ConnectionFailedError | None = None
        """The broken connection, if one ended the stream."""
        self.ended = False
        """No more events will come."""
        self.at_end = False
        """The body has been read to its end, or cannot be read further."""
        self._completion: Completion | None = None

    def take(self, piece: bytes | None) -> list[Event]:
        """The events in some bytes; ``None`` is the end of the body."""
        if piece is None:
            self.ended = self.at_end = True
            return self.parser.flush()
        try:
            events = self.parser.feed(piece)
        except ResponseTooLargeError as error:
            error.partial = self.parser.partial()
            raise
        except BaseException as error:
            if is_lack_of_memory(error):
                raise out_of_memory() from None
            raise
        self.ended = self.parser.done
        return events

    def late(self, error: RequestTimeoutError) -> None:
        """A time limit passed: an error, unless the answer was complete but for ``[DONE]``."""
        if self.parser.finished and isinstance(error, IdleTimeoutError):
            self.changes.append("the stream stayed open after its finish reason and was closed")
            return
        if isinstance(error, IdleTimeoutError | TotalTimeoutError):
            error.partial = self.parser.partial()
        raise error

    def finish(self) -> Completion:
        """The whole answer.

        Raises:
            StreamInterruptedError: It ended without a finish reason and without ``[DONE]``.
            MalformedResponseError: It was no stream of chat completion chunks.
        """
        if self._completion is None:
            try:
                self._completion = self.parser.close(clean=self.cut is None)
            except StreamInterruptedError as error:
                raise error from self.cut
        return self._completion
