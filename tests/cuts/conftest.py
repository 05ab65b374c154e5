"""A server whose tool calls and objects are cut at a chosen byte, with a chosen finish reason.

By default the long matrices take a sample of the bytes; ``nox -s cuts`` takes every one of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from openai_compatible.testing.loopback import Loopback, Reply, event_stream, json_reply, loopback

FINISHES = ("length", "content_filter", "stop", "tool_calls")
ARGUMENTS = (
    '{"path": "a.txt", "text": "half \\"of\\" {it}, é \\u00e9 \\\\", "mode": {"more": [1, true]}}'
)
OBJECT = '{"city": "San Francisco", "inner": {"city": "x\\n\\"{y}"}, "size": 12}'


def is_whole(text: str) -> bool:
    """Whether a text is one JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


class CutServer:
    """Answers with the first ``size`` bytes of ``text``, as a call where tools are offered.

    After a tool's result it says ``done``.
    """

    @property
    def cuts_empty_arguments(self) -> bool:
        """Whether no arguments at all mean that they did not arrive."""
        return self.finish in ("length", "content_filter")

    def expected_arguments(self) -> dict[str, Any] | None:
        """The arguments of a call that may run, ``None`` for one that must not."""
        if is_whole(self.cut):
            found: dict[str, Any] = json.loads(self.cut)
            return found
        return None if self.cut.strip() or self.cuts_empty_arguments else {}

    def __init__(self) -> None:
        self.text = ARGUMENTS
        self.size = 0
        self.finish = "stop"
        self.as_text = False
        self.server: Loopback

    @property
    def cut(self) -> str:
        """What arrives."""
        return self.text.encode()[: self.size].decode(errors="ignore")

    def every_cut(self, sample: int = 1) -> Iterator[tuple[int, str]]:
        """Set each cut with each finish reason.

        In the default run ``sample`` leaves bytes out, and the finish reasons take turns but for nothing
        and for the whole text.
        """
        everything = bool(os.environ.get("OPENAI_COMPATIBLE_EVERY_BYTE"))
        last = len(self.text.encode())
        ends = {0, 1, last - 1, last}
        sizes = sorted({*range(0, last, 1 if everything else sample), *ends})
        for number, size in enumerate(sizes):
            all_of_them = everything or size in (0, last)
            turn = FINISHES if all_of_them else (FINISHES[(number + sample) % 4],)
            for finish in turn:
                self.size, self.finish = size, finish
                yield size, finish

    def __call__(self, seen: Any) -> Reply:
        body = seen.json
        if body["messages"][-1]["role"] == "tool":
            return self._reply(body, {"content": "done"}, "stop")
        offered = [tool["function"]["name"] for tool in body.get("tools") or ()]
        if not offered or self.as_text:
            return self._reply(body, {"content": self.cut}, self.finish)
        function = {"name": offered[0], "arguments": self.cut}
        call = {"index": 0, "id": "c1", "type": "function", "function": function}
        return self._reply(body, {"tool_calls": [call]}, self.finish)

    @staticmethod
    def _reply(body: dict[str, Any], message: dict[str, Any], finish: str) -> Reply:
        if not body.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": None, **message}}
            return json_reply(
                {"id": "1", "model": "m", "choices": [{**choice, "finish_reason": finish}]}
            )
        deltas = [*_deltas(message), {}]
        return event_stream(
            *(
                {
                    "id": "1",
                    "model": "m",
                    "choices": [{"index": 0, "delta": each, "finish_reason": None if each else finish}],
                }
                for each in deltas
            )
        )


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "refusal" in message:
        yield message
        return
    if "content" in message:
        text = message["content"]
        for start in range(0, len(text), 20):
            yield {"content": text[start : start + 20]}
        return
    call = message["tool_calls"][0]
    text = call["function"]["arguments"]
    yield {"tool_calls": [{**call, "function": {**call["function"], "arguments": text[:9]}}]}
    for start in range(9, len(text), 20):
        yield {"tool_calls": [{"index": 0, "function": {"arguments": text[start : start + 20]}}]}


@pytest.fixture
def cuts() -> Iterator[CutServer]:
    script = CutServer()
    with loopback(script) as script.server:
        yield script


@pytest.fixture
def whole() -> Any:
    """The predicate :func:`is_whole`."""
    return is_whole


@pytest.fixture
def object_text() -> str:
    """A JSON object with an object inside; all its fields have defaults."""
    return OBJECT
