"""Every chat quirk in every way of asking: four of the core, four of LangChain, four of LlamaIndex."""

from __future__ import annotations

import json
import warnings
from collections.abc import Awaitable, Callable
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import pytest
from langchain_core.messages import convert_to_messages
from llama_index.core.base.llms.types import ChatMessage, ThinkingBlock, ToolCallBlock

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import AsyncClient, Client, OpenAICompatibleError, Provider, targets
from openai_compatible.testing.loopback import Loopback, loopback

HELLO = [{"role": "user", "content": "Say hello"}]


@dataclass
class Got:
    """What one way of asking gave."""

    text: str = ""
    reasoning: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    finish_reason: str | None = None
    usage: list[int] | None = None
    record: dict[str, Any] = field(default_factory=dict)


def _arguments(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value or {}


def of_completion(answer: Any) -> Got:
    usage = answer.usage
    return Got(
        answer.text,
        answer.reasoning,
        [{"name": call.name, "arguments": _arguments(call.arguments)} for call in answer.tool_calls],
        answer.finish_reason,
        None if usage is None else [usage.input_tokens, usage.output_tokens],
        answer.record.to_dict(),
    )


def of_message(message: Any) -> Got:
    usage = message.usage_metadata
    calls = [{"name": call["name"], "arguments": call["args"]} for call in message.tool_calls]
    assert not message.invalid_tool_calls
    return Got(
        message.text,
        message.additional_kwargs.get("reasoning_content", ""),
        calls,
        message.response_metadata.get("finish_reason"),
        None if usage is None else [usage["input_tokens"], usage["output_tokens"]],
        message.response_metadata["openai_compatible"],
    )


def of_response(response: Any) -> Got:
    blocks, told = response.message.blocks, response.additional_kwargs
    calls = [block for block in blocks if isinstance(block, ToolCallBlock)]
    usage = [told["prompt_tokens"], told["completion_tokens"]] if "prompt_tokens" in told else None
    return Got(
        response.message.content or "",
        "".join(block.content or "" for block in blocks if isinstance(block, ThinkingBlock)),
        [{"name": call.tool_name, "arguments": _arguments(call.tool_kwargs)} for call in calls],
        told.get("finish_reason"),
        usage,
        told["openai_compatible"],
    )


def _core(case: Any, fields: dict[str, Any], client: type[Any]) -> tuple[Any, Any, dict[str, Any]]:
    ask = case.ask
    made = client(targets("m", provider=Provider(name="server", **fields)))
    return made, ask.pop("messages", HELLO), ask


def core_chat(case: Any, fields: dict[str, Any]) -> Got:
    client, messages, ask = _core(case, fields, Client)
    with client:
        return of_completion(client.chat(messages, **ask))


def core_stream(case: Any, fields: dict[str, Any]) -> Got:
    client, messages, ask = _core(case, fields, Client)
    with client, client.stream(messages, **ask) as events:
        return of_completion(list(events)[-1])


async def core_achat(case: Any, fields: dict[str, Any]) -> Got:
    client, messages, ask = _core(case, fields, AsyncClient)
    async with client:
        return of_completion(await client.chat(messages, **ask))


async def core_astream(case: Any, fields: dict[str, Any]) -> Got:
    client, messages, ask = _core(case, fields, AsyncClient)
    async with client, client.stream(messages, **ask) as events:
        return of_completion([event async for event in events][-1])


def _langchain(case: Any, fields: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    ask = case.ask
    llm = ChatOpenAICompatible(model="m", provider=Provider(name="server", **fields))
    return llm, convert_to_messages(ask.pop("messages", HELLO)), ask


def langchain_invoke(case: Any, fields: dict[str, Any]) -> Got:
    llm, messages, ask = _langchain(case, fields)
    with closing(llm):
        return of_message(llm.invoke(messages, **ask))


def langchain_stream(case: Any, fields: dict[str, Any]) -> Got:
    llm, messages, ask = _langchain(case, fields)
    with closing(llm):
        return of_message(reduce(add, llm.stream(messages, **ask)))


async def langchain_ainvoke(case: Any, fields: dict[str, Any]) -> Got:
    llm, messages, ask = _langchain(case, fields)
    async with aclosing(llm):
        return of_message(await llm.ainvoke(messages, **ask))


async def langchain_astream(case: Any, fields: dict[str, Any]) -> Got:
    llm, messages, ask = _langchain(case, fields)
    async with aclosing(llm):
        return of_message(reduce(add, [chunk async for chunk in llm.astream(messages, **ask)]))


def _message(wire: dict[str, Any]) -> ChatMessage:
    """A message for LlamaIndex; calls and ids are where its own classes keep them."""
    kept = {name: wire[name] for name in ("tool_calls", "tool_call_id", "name") if name in wire}
    blocks = wire.get("content")
    if isinstance(blocks, list):
        text = "\n".join(part.get("text", "") for part in blocks)
    else:
        text = blocks or ""
    return ChatMessage(role=wire["role"], content=text, additional_kwargs=kept)


def _llama_index(case: Any, fields: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    ask = case.ask
    llm = OpenAICompatible(model="m", provider=Provider(name="server", **fields))
    return llm, [_message(wire) for wire in ask.pop("messages", HELLO)], ask


def llama_index_chat(case: Any, fields: dict[str, Any]) -> Got:
    llm, messages, ask = _llama_index(case, fields)
    with closing(llm):
        return of_response(llm.chat(messages, **ask))


def llama_index_stream(case: Any, fields: dict[str, Any]) -> Got:
    llm, messages, ask = _llama_index(case, fields)
    with closing(llm):
        return of_response(list(llm.stream_chat(messages, **ask))[-1])


async def llama_index_achat(case: Any, fields: dict[str, Any]) -> Got:
    llm, messages, ask = _llama_index(case, fields)
    async with aclosing(llm):
        return of_response(await llm.achat(messages, **ask))


async def llama_index_astream(case: Any, fields: dict[str, Any]) -> Got:
    llm, messages, ask = _llama_index(case, fields)
    async with aclosing(llm):
        stream = await llm.astream_chat(messages, **ask)
        return of_response([response async for response in stream][-1])


BLOCKING: list[Callable[[Any, dict[str, Any]], Got]] = [
    core_chat,
    core_stream,
    langchain_invoke,
    langchain_stream,
    llama_index_chat,
    llama_index_stream,
]
ASYNC: list[Callable[[Any, dict[str, Any]], Awaitable[Got]]] = [
    core_achat,
    core_astream,
    langchain_ainvoke,
    langchain_astream,
    llama_index_achat,
    llama_index_astream,
]


def check(case: Any, got: Got | Exception, server: Loopback, found: Any, warned: list[str]) -> None:
    """Compare what came with what the case expects; keys that are not given are not looked at."""
    expect = case.expect
    if isinstance(got, Exception):
        assert isinstance(got, OpenAICompatibleError), repr(got)
        names = [cls.__name__ for cls in type(got).__mro__]
        assert "error" in expect, repr(got)
        assert expect["error"] in names, repr(got)
        for part in expect.get("message", ()):
            assert part in str(got)
    else:
        assert "error" not in expect, f"no {expect.get('error')}: {got}"
        for name in ("text", "reasoning", "calls", "finish_reason", "usage"):
            if name in expect:
                assert (name, getattr(got, name)) == (name, expect[name])
        for name, value in expect.get("record", {}).items():
            assert (name, got.record[name]) == (name, value)
    sent = [seen for seen in server.requests if seen.method == "POST"]
    if "requests" in expect:
        assert len(sent) == expect["requests"]
    for path, value in expect.get("sent", {}).items():
        assert value in found(sent[-1].json, path), (path, sent[-1].json)
    for path in expect.get("absent", ()):
        assert not found(sent[-1].json, path), (path, sent[-1].json)
    for name, value in expect.get("headers", {}).items():
        assert sent[-1].headers.get(name) == value or (value == "" and name not in sent[-1].headers)
    if "path" in expect:
        assert sent[-1].path == expect["path"]
    for part in expect.get("warns", ()):
        assert any(part in text for text in warned), warned
    if "warns" not in expect:
        assert not warned


@pytest.mark.quirks("chat")
@pytest.mark.parametrize("way", BLOCKING, ids=lambda way: way.__name__)
def test_quirk(case: Any, way: Any, serve: Any, found: Any) -> None:
    if not case.only(way.__name__):
        return
    got: Any
    with loopback(serve(case)) as server, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            got = way(case, case.provider(server.url))
        except Exception as error:
            got = error
        check(case, got, server, found, [str(one.message) for one in warned])


@pytest.mark.quirks("chat")
@pytest.mark.parametrize("way", ASYNC, ids=lambda way: way.__name__)
async def test_quirk_async(case: Any, way: Any, serve: Any, found: Any) -> None:
    if not case.only(way.__name__):
        return
    got: Any
    with loopback(serve(case)) as server, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            got = await way(case, case.provider(server.url))
        except Exception as error:
            got = error
        check(case, got, server, found, [str(one.message) for one in warned])
