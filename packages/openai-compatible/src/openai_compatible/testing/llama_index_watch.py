"""What the LlamaIndex suites hang on an object to see what it reports. Needs llama-index-core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import llama_index.core.instrumentation as instrument
from llama_index.core.callbacks import CBEventType
from llama_index.core.callbacks.base_handler import BaseCallbackHandler
from llama_index.core.instrumentation.event_handlers import BaseEventHandler

__all__ = ["Callbacks", "Limiter", "watched"]


class _Events(BaseEventHandler):
    """Keeps what instrumentation reports, of the kinds asked for."""

    kinds: tuple[type, ...]
    seen: list[Any] = []  # noqa: RUF012 - pydantic copies it

    @classmethod
    def class_name(cls) -> str:
        return "ConformanceEvents"

    def handle(self, event: Any, **_: Any) -> None:
        if isinstance(event, self.kinds):
            self.seen.append(event)


@contextmanager
def watched(*kinds: type) -> Iterator[list[Any]]:
    """The instrumentation events of these kinds in the block, in order."""
    handler, dispatcher = _Events(kinds=kinds), instrument.get_dispatcher()  # type: ignore[attr-defined]
    dispatcher.add_event_handler(handler)
    try:
        yield handler.seen
    finally:
        dispatcher.event_handlers.remove(handler)


class Callbacks(BaseCallbackHandler):
    """Keeps the payloads that the older callbacks get for events of one type."""

    def __init__(self, kind: CBEventType) -> None:
        super().__init__([], [])
        self._kind = kind
        self.starts: list[dict[str, Any]] = []
        self.ends: list[dict[str, Any]] = []

    def on_event_start(
        self, event_type: CBEventType, payload: dict[str, Any] | None = None, *_: Any, **__: Any
    ) -> str:
        """Keep the payload of a start."""
        if event_type == self._kind:
            self.starts.append(payload or {})
        return "event"

    def on_event_end(
        self, event_type: CBEventType, payload: dict[str, Any] | None = None, *_: Any, **__: Any
    ) -> None:
        """Keep the payload of an end."""
        if event_type == self._kind:
            self.ends.append(payload or {})

    def start_trace(self, trace_id: str | None = None) -> None:
        """Nothing to keep."""

    def end_trace(
        self, trace_id: str | None = None, trace_map: dict[str, list[str]] | None = None
    ) -> None:
        """Nothing to keep."""


class Limiter:
    """A rate limiter that counts how often it is asked."""

    def __init__(self) -> None:
        self.count = 0

    def acquire(self, *_: Any) -> None:
        """Count one blocking request."""
        self.count += 1

    async def async_acquire(self, *_: Any) -> None:
        """Count one async request."""
        self.count += 1
