"""A cut answer is never whole: LangChain."""

from __future__ import annotations

import itertools
import json
import pickle
from typing import Any, TypedDict

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import ModelError
from langchain_core.load import dumps, loads
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_openai_compatible import ChatOpenAICompatible
from langchain_openai_compatible.structured_answers import UnfitAnswerError
from openai_compatible.errors import ContentFilterError, MalformedResponseError


class Inner(BaseModel):
    city: str = ""


class R(BaseModel):
    """A place."""

    city: str = "?"
    size: int = 0
    inner: Inner = Inner()


class RDict(TypedDict, total=False):
    """A place."""

    city: str
    size: int
    inner: dict[str, str]


@tool
def write_file(path: str = "default.txt", text: str = "", mode: dict[str, Any] | None = None) -> str:
    """Write a file."""
    return f"wrote {path}"


def model(cuts, **fields):
    return ChatOpenAICompatible(model="m", base_url=cuts.server.base_url, **fields)


def check(message: AIMessage, cuts, whole) -> None:
    said = (cuts.size, cuts.finish, message)
    wanted = cuts.expected_arguments()
    if wanted is not None:
        assert [call["args"] for call in message.tool_calls] == [wanted], said
        assert message.invalid_tool_calls == [], said
        return
    assert message.tool_calls == [], said
    assert [call["name"] for call in message.invalid_tool_calls] == ["write_file"], said
    assert message.invalid_tool_calls[0]["args"].startswith(cuts.cut), said


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_call_is_valid_only_if_its_arguments_are_whole(cuts, whole, version):
    llm = model(cuts, output_version=version).bind_tools([write_file])
    for _ in cuts.every_cut(1 if version == "v0" else 6):
        message = llm.invoke("x")
        check(message, cuts, whole)
        if message.invalid_tool_calls:
            assert message.invalid_tool_calls[0]["args"] == cuts.cut
            assert "no JSON object" in message.invalid_tool_calls[0]["error"]
            assert (cuts.finish in message.invalid_tool_calls[0]["error"]) is (cuts.cuts_empty_arguments)
        chunks = list(llm.stream("x"))
        total = chunks[0]
        for chunk in chunks[1:]:
            total = total + chunk
        check(total, cuts, whole)


async def test_async_calls_are_valid_only_if_their_arguments_are_whole(cuts, whole):
    llm = model(cuts).bind_tools([write_file])
    for _ in cuts.every_cut(6):
        check(await llm.ainvoke("x"), cuts, whole)
        total: Any = None
        async for chunk in llm.astream("x"):
            total = chunk if total is None else total + chunk
        check(total, cuts, whole)


@pytest.mark.filterwarnings("ignore:.*beta", "ignore:.*allowed_objects")
def test_the_sum_of_a_stream_stays_invalid_however_it_is_taken(cuts, whole):
    llm = model(cuts).bind_tools([write_file])
    for _ in cuts.every_cut(16):
        chunks = list(llm.stream("x"))
        right = chunks[-1]
        for chunk in reversed(chunks[:-1]):
            right = chunk + right
        sums = [right, chunks[0] + chunks[1:], AIMessageChunk(content="") + right]
        copies = [pickle.loads(pickle.dumps(right)), loads(dumps(right))]
        copies += [AIMessageChunk(**right.model_dump()), AIMessageChunk.model_validate(right)]
        for message in (*sums, *copies, message_chunk_to_message(right)):
            check(message, cuts, whole)


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_invoke_gives_the_raw_text_whether_it_streams_or_comes_from_a_cache(cuts, whole, version):
    cache = InMemoryCache()
    for streaming, stored in itertools.product((True, False), (cache, False)):
        llm = model(cuts, streaming=streaming, cache=stored, output_version=version)
        bound = llm.bind_tools([write_file])
        for number, (size, finish) in enumerate(cuts.every_cut(40)):
            messages = [bound.invoke(f"{number}") for _ in range(2)]
            for message in messages:
                check(message, cuts, whole)
                for call in message.invalid_tool_calls:
                    assert call["args"] == cuts.cut, (size, finish)
                    assert call["error"]
                kinds = [block["type"] for block in message.content_blocks]
                assert "tool_call_chunk" not in kinds


def test_the_model_reads_its_own_text_in_the_next_turn(cuts):
    llm = model(cuts).bind_tools([write_file])
    cuts.size, cuts.finish = 30, "length"
    total: Any = None
    for chunk in llm.stream("x"):
        total = chunk if total is None else total + chunk
    llm.invoke(["x", total, ("human", "go on")])
    sent = json.dumps(cuts.server.requests[-1].json["messages"], ensure_ascii=False)
    assert "\u27e8" not in sent
    assert json.dumps(cuts.cut)[1:-1] in sent or json.dumps(json.dumps(cuts.cut))[1:-1] in sent


@pytest.mark.filterwarnings("ignore:.*beta")
async def test_events_hold_no_cut_call(cuts, whole):
    llm = model(cuts).bind_tools([write_file])
    v3 = hasattr(ChatOpenAICompatible, "stream_events")
    for _ in cuts.every_cut(16):
        async for event in llm.astream_events("x", version="v2"):
            if event["event"] == "on_chat_model_end":
                check(event["data"]["output"], cuts, whole)
        if v3:
            stream = llm.stream_events("x", version="v3")
            for _each in stream:
                pass
            check(stream.output_message, cuts, whole)


# -- structured output

METHODS = (None, "function_calling", "json_schema", "json_mode")


def errors_of(cuts) -> tuple[type[Exception], ...]:
    if cuts.finish == "content_filter":
        return (ContentFilterError,)
    return (MalformedResponseError,) if cuts.finish == "length" else (UnfitAnswerError,)


def check_objects(found: list[Any], error: Exception | None, cuts, whole) -> None:
    """``found``: what came, in order; its last must be the whole object, or there is an error."""
    said = (cuts.size, cuts.finish, found, error)
    if whole(cuts.cut) and cuts.finish != "content_filter":
        assert error is None, said
        last = found[-1]
        assert (last if isinstance(last, dict) else last.model_dump()) == json.loads(cuts.cut), said
        return
    assert isinstance(error, errors_of(cuts)), said
    if cuts.finish == "length":
        assert "the answer ended (length)" in str(error), said
    if cuts.finish == "content_filter":
        assert isinstance(error, ModelError), said
    assert not any(isinstance(each, BaseModel) for each in found), said


def collected(stream) -> tuple[list[Any], Exception | None]:
    found = []
    try:
        for each in stream:
            found.append(each)
    except Exception as error:
        return found, error
    return found, None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [R, RDict])
@pytest.mark.filterwarnings("ignore::openai_compatible.errors.AdaptationWarning")
def test_an_object_appears_only_if_it_is_whole(cuts, whole, object_text, method, schema):
    cuts.text = object_text
    llm = model(cuts)
    runnable = llm.with_structured_output(schema, method=method)
    raw = llm.with_structured_output(schema, method=method, include_raw=True)
    for _ in cuts.every_cut(11):
        check_objects(*collected(runnable.invoke(x) for x in "x"), cuts, whole)
        check_objects(*collected(runnable.stream("x")), cuts, whole)
        both = raw.invoke("x")
        found = [] if both["parsed"] is None else [both["parsed"]]
        check_objects(found, both["parsing_error"], cuts, whole)
        total: Any = None
        for part in raw.stream("x"):
            total = part if total is None else total + part
        assert total.keys() == {"raw", "parsed", "parsing_error"}
        found = [] if total["parsed"] is None else [total["parsed"]]
        check_objects(found, total["parsing_error"], cuts, whole)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore::openai_compatible.errors.AdaptationWarning")
async def test_an_object_appears_only_if_it_is_whole_async(cuts, whole, object_text, method):
    cuts.text = object_text
    runnable = model(cuts).with_structured_output(R, method=method)
    for _ in cuts.every_cut(23):
        found: list[Any] = []
        try:
            found = [await runnable.ainvoke("x")]
            error = None
        except Exception as caught:
            error = caught
        check_objects(found, error, cuts, whole)
        found, error = [], None
        try:
            async for each in runnable.astream("x"):
                found.append(each)
        except Exception as caught:
            error = caught
        check_objects(found, error, cuts, whole)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("text", ["I would rather not.", '{"size": "many"}', ""])
@pytest.mark.filterwarnings("ignore::openai_compatible.errors.AdaptationWarning")
def test_a_stream_without_an_object_raises_what_invoke_raises(cuts, method, text):
    cuts.text, cuts.size, cuts.as_text = text, 99, True
    runnable = model(cuts).with_structured_output(R, method=method)
    _, whole = collected(runnable.invoke(x) for x in "x")
    _, streamed = collected(runnable.stream("x"))
    assert isinstance(whole, UnfitAnswerError)
    assert isinstance(streamed, UnfitAnswerError)
    assert str(whole).split(". Tr")[0] == str(streamed).split(". Tr")[0]


# -- agents


@pytest.mark.parametrize("mode", ["invoke", "values", "messages", "ainvoke", "amessages"])
async def test_an_agent_runs_no_cut_call(cuts, whole, mode):
    agents = pytest.importorskip("langchain.agents")
    ran: list[dict[str, Any]] = []

    @tool("write_file")
    def write(path: str = "default.txt", text: str = "", mode: dict[str, Any] | None = None) -> str:
        """Write a file."""
        ran.append({"path": path, "text": text, "mode": mode})
        return "written"

    agent = agents.create_agent(model(cuts), [write])
    asked: Any = {"messages": [("user", "x")]}
    for size, finish in cuts.every_cut(31):
        ran.clear()
        if mode == "invoke":
            agent.invoke(asked)
        elif mode == "ainvoke":
            await agent.ainvoke(asked)
        elif mode == "amessages":
            async for _ in agent.astream(asked, stream_mode="messages"):
                pass
        else:
            for _ in agent.stream(asked, stream_mode=mode):
                pass
        wanted = cuts.expected_arguments()
        assert bool(ran) is (wanted is not None), (size, finish, ran)
        if wanted:
            assert ran == [wanted]
