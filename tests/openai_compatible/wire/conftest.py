"""Bytes as servers send them, made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from openai_compatible.profiles.profile import Profile
from openai_compatible.types import Completion, Event
from openai_compatible.wire.chat import ChatStream

GENERIC = Profile(name="generic")


def sse(*payloads: Any, end: bytes = b"\n\n") -> bytes:
    """Each payload as one event; bytes and texts as they are, all else as JSON."""
    out = b""
    for payload in payloads:
        data = payload.encode() if isinstance(payload, str) else payload
        out += b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + end
    return out


def delta(piece: Any, finish: Any = None, index: int = 0, **more: Any) -> dict[str, Any]:
    """A chunk with one choice."""
    return {"id": "c1", "choices": [{"index": index, "delta": piece, "finish_reason": finish}], **more}


def calls(*items: Any, finish: Any = None) -> dict[str, Any]:
    return delta({"tool_calls": list(items)}, finish)


def read(data: bytes, size: int = 0, **options: Any) -> tuple[list[Event], Completion]:
    """All events and the completion, fed in pieces of ``size`` bytes (0: at once)."""
    stream = ChatStream(options.pop("profile", GENERIC), **options)
    events: list[Event] = []
    for start in range(0, len(data), size or max(len(data), 1)):
        events += stream.feed(data[start : start + (size or len(data))])
    events += stream.flush()
    return events, stream.close()


class Wire:
    """The functions above, for tests that cannot import a conftest."""

    generic = GENERIC
    sse = staticmethod(sse)
    delta = staticmethod(delta)
    calls = staticmethod(calls)
    read = staticmethod(read)


@pytest.fixture(scope="session")
def wire() -> type[Wire]:
    return Wire


@pytest.fixture(scope="session")
def body() -> Callable[..., bytes]:
    """A whole answer: ``body({"content": "Hi"}, finish="stop", usage=...)``."""

    def make(message: Any, finish: Any = "stop", **more: Any) -> bytes:
        return json.dumps(
            {"choices": [{"index": 0, "message": message, "finish_reason": finish}], **more}
        ).encode()

    return make
