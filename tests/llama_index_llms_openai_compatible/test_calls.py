"""Calls that are given up, and objects that keep no connection."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core.base.llms.types import ChatMessage

from openai_compatible.testing.loopback import Reply

ASKED = [ChatMessage(role="user", content="Hi")]


async def test_a_cancelled_call_closes_the_connection(server, llm):
    server.app = Reply(body=b"", before=60)
    model = llm()
    task = asyncio.create_task(model.achat(ASKED))
    assert await asyncio.to_thread(server.wait_for_requests)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.wait_for_disconnect)
    await model.aclose()


async def test_without_reuse_nothing_stays_open(server, llm):
    model = llm(reuse_client=False)
    await asyncio.to_thread(model.chat, ASKED)
    await model.achat(ASKED)
    assert [r.delta for r in await asyncio.to_thread(lambda: list(model.stream_chat(ASKED)))]
    assert [r.delta async for r in await model.astream_chat(ASKED)]
    assert await asyncio.to_thread(server.wait_for_open_connections)
    assert len({seen.connection for seen in server.requests}) == 4
