"""LangChain's ``profile``: made of what is known, asked for by ``discover()`` alone."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from pydantic import BaseModel

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from openai_compatible import AsyncClient, AuthenticationError, Client, Model, Provider
from openai_compatible.testing.loopback import Loopback, json_reply, loopback, routes

LISTED = {
    "id": "m",
    "context_length": 8192,
    "max_output_length": 1024,
    "input_modalities": ["text", "image", "file"],
    "output_modalities": ["text"],
    "supported_features": ["tools", "structured_outputs"],
}
SAID = {
    "max_input_tokens": 8192,
    "max_output_tokens": 1024,
    "tool_calling": True,
    "structured_output": True,
    "reasoning_output": False,
    "image_inputs": True,
    "audio_inputs": False,
    "text_inputs": True,
    "video_inputs": False,
    "pdf_inputs": True,
    "text_outputs": True,
    "image_outputs": False,
    "audio_outputs": False,
    "video_outputs": False,
}


@pytest.fixture
def server() -> Any:
    """Lists two models; answers with the weather, in the way it is asked for."""

    def app(seen: Any) -> Any:
        if seen.path == "/v1/models":
            return json_reply({"data": [LISTED, {"id": "other"}]})
        if "response_format" in seen.json:
            message: dict[str, Any] = {"content": '{"city": "Paris"}'}
        else:
            function = {"name": "Weather", "arguments": '{"city": "Paris"}'}
            message = {"tool_calls": [{"id": "1", "type": "function", "function": function}]}
        return json_reply({"choices": [{"message": message, "finish_reason": "stop"}]})

    with loopback(app) as running:
        yield running


def chat(server: Loopback, **fields: Any) -> ChatOpenAICompatible:
    return ChatOpenAICompatible(**{"model": "m", "base_url": server.base_url, **fields})


def test_making_and_reading_models_asks_nobody(server: Loopback) -> None:
    llm = chat(server)
    assert llm.profile is None
    embeddings = OpenAICompatibleEmbeddings(model="m", base_url=server.base_url)
    for made in (llm, embeddings):
        repr(made)
        assert made.targets[0].model == "m"
        pickle.dumps(made)
    llm.bind_tools([])
    llm.model_copy(update={"temperature": 0.5})
    assert llm.client.facts().context_window is None
    assert server.requests == []


async def test_discover_asks_once_and_fills_the_profile(server: Loopback) -> None:
    llm = chat(server)
    assert llm.discover() == llm.profile == SAID
    assert await llm.adiscover() == SAID
    assert len(server.requests) == 1
    assert await llm.adiscover(max_age=0) == SAID
    assert len(server.requests) == 2
    assert chat(server).profile == SAID, "what is known another object need not ask for"
    assert chat(server, model="other").profile is None
    assert len(server.requests) == 2
    llm.close()
    await llm.aclose()


async def test_what_any_client_was_told_is_known(server: Loopback) -> None:
    fields = {"base_url": server.base_url, "model": "m"}
    async with AsyncClient(**fields) as client:
        await client.models()
    assert chat(server).profile == SAID
    with Client(**fields) as other:
        other.model_info()
    llm = chat(server)
    assert llm.discover() == SAID
    assert len(server.requests) == 2


def test_hand_written_facts_stay(server: Loopback) -> None:
    model = Model(context_window=4096, tools=False, display_name="Mine")
    provider = Provider(name="p", base_url=server.base_url, models={"m": model})
    own = {"max_output_tokens": 7, "image_inputs": False}
    llm = ChatOpenAICompatible(model="m", provider=provider, profile=own)
    assert llm.profile == own
    for _ in range(2):
        found = llm.discover()
        assert found == {
            **SAID,
            "name": "Mine",
            "max_input_tokens": 4096,
            "tool_calling": False,
            **own,
        }
    assert ChatOpenAICompatible(model="m", provider=provider).profile == {
        **SAID,
        "name": "Mine",
        "max_input_tokens": 4096,
        "tool_calling": False,
    }
    llm.close()


def test_what_was_found_and_is_no_longer_said_goes(server: Loopback) -> None:
    llm = chat(server)
    llm.discover()
    server.app = routes({"GET /v1/models": json_reply({"data": [{"id": "m", "max_model_len": 5}]})})
    assert llm.discover()["max_input_tokens"] == 8192
    assert llm.discover(max_age=0) == {"max_input_tokens": 5}
    copy = pickle.loads(pickle.dumps(llm))
    assert copy.profile == {"max_input_tokens": 5}
    llm.close()


async def test_an_error_is_raised_and_the_profile_stays() -> None:
    from langchain_core.exceptions import ModelAuthenticationError

    refused = json_reply({"error": {"message": "Invalid API key"}}, 401)
    with loopback(lambda seen: refused) as server:
        llm = chat(server, profile={"max_input_tokens": 5})
        for kind in (AuthenticationError, ModelAuthenticationError):
            with pytest.raises(kind):
                llm.discover()
            with pytest.raises(kind):
                await llm.adiscover()
        assert llm.profile == {"max_input_tokens": 5}
        llm.close()
        await llm.aclose()


class Weather(BaseModel):
    """The weather of a place."""

    city: str


def get_weather(city: str) -> str:
    """The weather."""
    return f"Sunny in {city}"


@pytest.mark.parametrize(
    ("profile", "written", "native"),
    [
        (None, None, True),
        ("vllm", None, False),
        ("openai", None, True),
        (None, False, False),
        ("vllm", True, False),
    ],
)
def test_an_agent_asks_for_a_schema_only_where_tools_go_with_it(
    server: Loopback, profile: str | None, written: bool | None, native: bool
) -> None:
    agents = pytest.importorskip("langchain.agents")
    models = {"m": Model(structured_output=written)}
    provider = Provider(name="p", base_url=server.base_url, profile=profile, models=models)
    llm = ChatOpenAICompatible(model="m", provider=provider)
    llm.discover()
    del server.requests[:]
    agent = agents.create_agent(llm, tools=[get_weather], response_format=Weather)
    answer = agent.invoke({"messages": [("user", "What is the weather in Paris?")]})
    assert answer["structured_response"] == Weather(city="Paris")
    (asked,) = server.requests
    assert ("response_format" in asked.json) is native
    assert "get_weather" in str(asked.json["tools"])
    llm.close()


def test_a_family_that_was_never_tried_with_tools_promises_no_schema(server: Loopback) -> None:
    provider = Provider(name="p", base_url=server.base_url, profile="lmstudio")
    assert ChatOpenAICompatible(model="m", provider=provider).profile is None
    together = provider.changed(dialect={"schema_with_tools": True})
    assert ChatOpenAICompatible(model="m", provider=together).profile == {"structured_output": True}
    never = provider.changed(dialect={"json_schema": False})
    assert ChatOpenAICompatible(model="m", provider=never).profile == {"structured_output": False}


def test_a_summary_in_parts_of_the_window_works_once_that_is_known(server: Loopback) -> None:
    middleware = pytest.importorskip("langchain.agents.middleware")
    llm = chat(server)
    with pytest.raises(ValueError, match="profile"):
        middleware.SummarizationMiddleware(model=llm, trigger=("fraction", 0.5))
    llm.discover()
    middleware.SummarizationMiddleware(model=llm, trigger=("fraction", 0.5))
    llm.close()


def by_key(seen: Any) -> Any:
    window = {"Bearer key-one": 1_000, "Bearer key-two": 2_000}[seen.headers["authorization"]]
    return json_reply({"data": [{"id": "m", "context_length": window}]})


@pytest.mark.parametrize("wrapped", [False, True])
async def test_a_key_is_not_told_what_another_discovered(wrapped: bool) -> None:
    with loopback(by_key) as running:
        for key, window in (("key-one", 1_000), ("key-two", 2_000)):
            given: Any = (lambda key=key: key) if wrapped else key
            llm = chat(running, api_key=given)
            assert (llm.profile or {}).get("max_input_tokens") is None
            assert (await llm.adiscover())["max_input_tokens"] == window
            assert llm.discover()["max_input_tokens"] == window
            assert chat(running, api_key=given).profile["max_input_tokens"] == window
            await llm.aclose()
        assert len(running.requests) == 2, "each key asked once"
