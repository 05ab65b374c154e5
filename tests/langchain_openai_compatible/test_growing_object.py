"""Structured streams in small pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk

from langchain_openai_compatible.growing_object import GrowingObject, sum_chunks
from langchain_openai_compatible.structured_answers import AnswerReader
from openai_compatible.testing.loopback import event_stream

SCHEMA = {"title": "Joke", "type": "object", "properties": {"setup": {"type": "string"}}}


class CountingReader(AnswerReader):
    """Counts how often it reads."""

    def __init__(self) -> None:
        super().__init__(SCHEMA, "Joke", "text")
        self.reads = 0

    def read_part(self, message: Any) -> Any:
        self.reads += 1
        return super().read_part(message)


def chunks(text: str) -> list[AIMessageChunk]:
    return [AIMessageChunk(one) for one in text]


def test_single_characters_are_read_in_groups_once_there_are_many() -> None:
    want = {"setup": "s" * 8_000}
    reader = CountingReader()
    growing = GrowingObject(reader, clock=lambda: 0.0)
    found = [part for chunk in chunks(json.dumps(want)) for part in growing.add(chunk)]
    assert 100 < reader.reads < 500
    assert found[0] == {}
    assert [*found, *growing.end()][-1] == want


def test_a_slow_stream_is_read_as_it_comes_and_so_are_the_first_chunks_of_any() -> None:
    for size, step in ((60, 0.0), (400, 0.2)):
        now = [0.0]
        reader = CountingReader()
        growing = GrowingObject(reader, clock=lambda now=now: now[0])
        pieces = chunks(json.dumps({"setup": "s" * size})[: size + 4])
        for chunk in pieces:
            now[0] += step
            list(growing.add(chunk))
        assert reader.reads == len(pieces)


def test_a_sum_is_what_adding_one_by_one_gives() -> None:
    pieces = chunks("abc")
    assert sum_chunks(pieces) == pieces[0] + pieces[1] + pieces[2]
    assert sum_chunks(pieces[:1]) is pieces[0]
    assert sum_chunks([AIMessage("a"), AIMessage("b")]).content == "b"
    assert sum_chunks([{"a": 1}]) == {"a": 1}


@pytest.mark.parametrize("include_raw", [False, True])
def test_an_object_that_drips_in_single_characters_is_whole_at_the_end(server, chat, include_raw):
    want = {"setup": "s" * 300}
    deltas = [{"choices": [{"index": 0, "delta": {"content": one}}]} for one in json.dumps(want)]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    server.app = lambda seen: event_stream(*deltas, last)
    structured = chat().with_structured_output(SCHEMA, method="json_schema", include_raw=include_raw)
    parts = list(structured.stream("x"))
    assert (parts[-1]["parsed"] if include_raw else parts[-1]) == want
