"""A loopback server and LLMs that speak to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible.testing.loopback import Loopback, Reply, event_stream, json_reply, loopback

USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def hello(seen: Any) -> Reply:
    """Says Hello!, streamed or not, as asked."""
    base = {"id": "chatcmpl-1", "created": 1, "model": "m"}
    if not seen.json.get("stream"):
        message = {"role": "assistant", "content": "Hello!"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return json_reply({**base, "choices": [choice], "usage": USAGE})
    deltas: list[tuple[dict[str, Any], str | None]] = [
        ({"role": "assistant", "content": ""}, None),
        ({"content": "Hel"}, None),
        ({"content": "lo!"}, None),
        ({}, "stop"),
    ]
    return event_stream(
        *({**base, "choices": [{"index": 0, "delta": d, "finish_reason": f}]} for d, f in deltas),
        {**base, "choices": [], "usage": USAGE},
    )


@pytest.fixture
def server() -> Iterator[Loopback]:
    """Answers ``Hello!``; set ``server.app`` for anything else."""
    with loopback(hello) as running:
        yield running


@pytest.fixture
def llm(server: Loopback) -> Callable[..., OpenAICompatible]:
    """Makes LLMs of the server."""

    def make(**fields: Any) -> OpenAICompatible:
        return OpenAICompatible(**{"model": "m", "base_url": server.base_url, **fields})

    return make
