"""``method="auto"``: chosen from what is known, noticed when refused or ignored, repaired once."""

from __future__ import annotations

import json
import pickle
from collections.abc import AsyncIterator
from typing import Any, TypedDict

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel

from langchain_openai_compatible import ChatOpenAICompatible
from langchain_openai_compatible.structured_auto import UnfitAnswerError
from openai_compatible.errors import (
    AdaptationWarning,
    AuthenticationError,
    MalformedResponseError,
    UnsupportedParameterError,
)
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback

GOOD = {"setup": "ab", "punchline": "c"}


class Joke(BaseModel):
    """A joke."""

    setup: str
    punchline: str


class TypedJoke(TypedDict):
    """A joke."""

    setup: str
    punchline: str


SCHEMA = {**Joke.model_json_schema(), "title": "Joke"}


def text(content: str | None, reason: str = "stop", **message: Any) -> Reply:
    whole = {"role": "assistant", "content": content, **message}
    return json_reply({"choices": [{"message": whole, "finish_reason": reason}]})


def call(arguments: Any, name: str = "Joke") -> Reply:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return text(None, "tool_calls", tool_calls=[{"id": "a", "type": "function", "function": function}])


def refused(message: str, status: int = 400) -> Reply:
    return json_reply({"error": {"message": message, "type": "invalid_request_error"}}, status)


def way(seen: Seen) -> str:
    """How a request asked for the object."""
    shape = (seen.json.get("response_format") or {}).get("type")
    if seen.json.get("tools"):
        return "function_calling"
    return {"json_schema": "json_schema", "json_object": "json_mode"}.get(shape, "prompt")


MADE: list[ChatOpenAICompatible] = []


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    """Models of a test are closed in its event loop."""
    yield
    while MADE:
        made = MADE.pop()
        made.close()
        await made.aclose()


def model(server: Any, **fields: Any) -> ChatOpenAICompatible:
    made = ChatOpenAICompatible(model="m", base_url=server.base_url, max_retries=0, **fields)
    MADE.append(made)
    return made


async def both(structured: Any) -> tuple[Any, Any]:
    return structured.invoke("x"), await structured.ainvoke("x")


@pytest.mark.parametrize("schema", [Joke, TypedJoke, SCHEMA])
async def test_one_request_suffices_where_the_first_way_works(schema: Any) -> None:
    want = Joke(**GOOD) if schema is Joke else GOOD
    with loopback(lambda seen: call(GOOD, seen.json["tools"][0]["function"]["name"])) as server:
        assert await both(model(server).with_structured_output(schema)) == (want, want)
        assert len(server.requests) == 2


async def test_a_refused_schema_is_followed_by_the_next_way_and_remembered() -> None:
    """json-schema-unsupported, DeepSeek's words."""

    def deepseek(seen: Seen) -> Reply:
        if way(seen) == "json_schema":
            return refused("This response_format type is unavailable now")
        return call(GOOD)

    with loopback(deepseek) as server:
        llm = model(server, dialect={"json_schema": True})
        with pytest.warns(AdaptationWarning, match="json_schema") as warned:
            assert llm.with_structured_output(Joke).invoke("x") == Joke(**GOOD)
        assert len(warned) == 1
        assert await llm.with_structured_output(Joke).ainvoke("x") == Joke(**GOOD)
        ways = [way(seen) for seen in server.requests]
    assert ways == ["json_schema", "function_calling", "function_calling"]


async def test_a_server_that_ignores_everything_is_asked_by_the_prompt_in_the_end() -> None:
    """json-schema-silently-ignored: FastChat, transformers serve."""
    prose = "I like jokes."
    fenced = f"Sure!\n```json\n{json.dumps(GOOD)}\n```"
    with loopback(lambda seen: text(fenced if way(seen) == "prompt" else prose)) as server:
        llm = model(server)
        with pytest.warns(AdaptationWarning):
            assert llm.with_structured_output(Joke).invoke("x") == Joke(**GOOD)
        assert [way(seen) for seen in server.requests] == [
            "function_calling",
            "json_schema",
            "json_mode",
            "prompt",
        ]
        assert "JSON schema" in server.requests[-1].json["messages"][0]["content"]
        assert await llm.with_structured_output(SCHEMA).ainvoke("x") == GOOD
        assert len(server.requests) == 5


def test_an_object_tool_choice_that_is_refused_is_said_in_another_form() -> None:
    """tool-choice-forms: LM Studio."""
    said = "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"

    def lm_studio(seen: Seen) -> Reply:
        if isinstance(seen.json.get("tool_choice"), dict):
            return json_reply({"error": said}, 400)
        return call(GOOD)

    with loopback(lm_studio) as server:
        with pytest.warns(AdaptationWarning, match="tool_choices"):
            assert model(server).with_structured_output(Joke).invoke("x") == Joke(**GOOD)
        assert server.requests[-1].json["tool_choice"] == "required"


@pytest.mark.parametrize("include_raw", [False, True])
async def test_an_object_that_does_not_fit_is_repaired_once(include_raw: bool) -> None:
    def mended(seen: Seen) -> Reply:
        return call(GOOD if len(seen.json["messages"]) > 1 else {"setup": "ab"})

    with loopback(mended) as server:
        structured = model(server).with_structured_output(Joke, include_raw=include_raw)
        for found in await both(structured):
            if include_raw:
                record = found["raw"].response_metadata["openai_compatible"]
                assert (found["parsed"], record["repaired"]) == (Joke(**GOOD), True)
            else:
                assert found == Joke(**GOOD)
        assert len(server.requests) == 4
        *_, answer, problem = server.requests[1].json["messages"]
        assert answer["role"] == "assistant"
        assert "punchline: Field required" in problem["content"]


async def test_what_cannot_be_repaired_is_an_error_with_what_was_tried() -> None:
    with loopback(lambda seen: call({"setup": 3})) as server:
        structured = model(server).with_structured_output(Joke)
        with pytest.raises(UnfitAnswerError, match="punchline") as caught:
            structured.invoke("x")
        assert len(server.requests) == 2
        assert isinstance(caught.value, OutputParserException)
        assert isinstance(caught.value, MalformedResponseError)
        assert "function_calling" in str(caught.value)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
        raw = await model(server).with_structured_output(Joke, include_raw=True).ainvoke("x")
        assert raw["parsed"] is None
        assert isinstance(raw["parsing_error"], UnfitAnswerError)
        once = model(server).with_structured_output(SCHEMA, repair=False)
        with pytest.raises(UnfitAnswerError):
            once.invoke("x")
        assert len(server.requests) == 5


@pytest.mark.parametrize(
    "content",
    [
        f"<think>{{hm}}</think>{json.dumps(GOOD)}",
        f"Here you are: {json.dumps(GOOD)} Enjoy {{it}}!",
        f"```\n{json.dumps(GOOD)}\n```",
        f'{{"other": 1}}\n{json.dumps(GOOD)}',
    ],
)
def test_json_is_found_in_what_models_write_around_it(content: str) -> None:
    """json-fenced-or-prefixed."""
    with loopback(text(content)) as server:
        llm = model(server, dialect={"json_schema": True, "reasoning_place": "off"})
        assert llm.with_structured_output(Joke).invoke("x") == Joke(**GOOD)
        assert len(server.requests) == 1


@pytest.mark.filterwarnings("ignore:.*only reasoning")
def test_json_in_the_reasoning_of_an_answer_without_text_is_read() -> None:
    """vLLM 0.32.0 with a reasoning parser, tests/fixtures/vllm_reasoning_key/json_schema."""
    with loopback(text(None, reasoning=json.dumps(GOOD))) as server:
        llm = model(server, dialect={"json_schema": True})
        assert llm.with_structured_output(Joke).invoke("x") == Joke(**GOOD)


def test_an_answer_cut_by_the_limit_says_so_and_teaches_nothing() -> None:
    with loopback(text("{", "length")) as server:
        with pytest.raises(MalformedResponseError, match="max_tokens"):
            model(server).with_structured_output(Joke).invoke("x")
        assert len(server.requests) == 1


def test_errors_that_blame_no_way_are_raised_at_once() -> None:
    with loopback(refused("Invalid API key", 401)) as server:
        with pytest.raises(AuthenticationError):
            model(server).with_structured_output(Joke).invoke("x")
        assert len(server.requests) == 1


def test_a_refusal_of_every_way_raises_the_last() -> None:
    with loopback(refused("Unsupported parameter: 'response_format' and tools")) as server:
        llm = model(server, dialect={"tools": False, "json_object": False})
        with pytest.raises(UnsupportedParameterError), pytest.warns(AdaptationWarning):
            llm.with_structured_output(Joke).invoke("x")


def test_an_explicit_method_asks_in_that_way_only() -> None:
    with loopback(text("prose")) as server:
        with pytest.raises(OutputParserException):
            model(server).with_structured_output(Joke, method="json_schema").invoke("x")
        assert [way(seen) for seen in server.requests] == ["json_schema"]


async def test_it_streams_and_stands_in_chains() -> None:
    chunks = [
        {"choices": [{"index": 0, "delta": {"content": part}}]} for part in ('{"setup": "a', 'b", "pun')
    ]
    last = {"choices": [{"index": 0, "delta": {"content": 'chline": "c"}'}, "finish_reason": "stop"}]}
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in [*chunks, last]).encode()
    with loopback(Reply(headers={"content-type": "text/event-stream"}, body=body)) as server:
        llm = model(server, dialect={"json_schema": True})
        chain = ChatPromptTemplate.from_template("{topic}") | llm.with_structured_output(SCHEMA)
        assert list(chain.stream({"topic": "x"}))[-1] == GOOD
        assert [part async for part in chain.astream({"topic": "x"})][-1] == GOOD
        assert chain.invoke({"topic": "x"}) == GOOD
        assert chain.batch([{"topic": "x"}] * 2) == [GOOD] * 2
