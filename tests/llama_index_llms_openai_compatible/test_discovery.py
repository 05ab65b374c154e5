"""LlamaIndex's ``metadata``: made of what is known, asked for by ``discover()`` alone."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow
from llama_index.core.constants import DEFAULT_CONTEXT_WINDOW
from llama_index.core.indices.prompt_helper import PromptHelper
from llama_index.core.memory import ChatMemoryBuffer

from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import AuthenticationError, Client, Model, Provider
from openai_compatible.testing.loopback import Loopback, Reply, json_reply, loopback

# LlamaIndex's workflows look at every attribute of a pydantic object, deprecated ones too.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SHOWN = {
    "capabilities": ["completion"],
    "model_info": {"general.architecture": "llama", "llama.context_length": 8192},
}
ANSWERS = {
    "/v1/models": {"data": [{"id": "m:latest", "owned_by": "library", "max_output_tokens": 512}]},
    "/api/show": SHOWN,
    "/api/ps": {"models": [{"name": "m:latest", "context_length": 4096}]},
}


@pytest.fixture
def server() -> Any:
    """An Ollama whose model has no tools and is served with half of its window."""

    def app(seen: Any) -> Reply:
        found = ANSWERS.get(seen.path)
        return json_reply(found) if found is not None else json_reply({"error": "not found"}, 404)

    with loopback(app) as running:
        yield running


def add(a: int, b: int) -> int:
    """The sum."""
    return a + b


def agent(llm: OpenAICompatible) -> str:
    """Which kind of agent LlamaIndex chooses for a model."""
    made = AgentWorkflow.from_tools_or_functions([add], llm=llm)
    return type(next(iter(made.agents.values()))).__name__


def model(server: Loopback, **fields: Any) -> OpenAICompatible:
    return OpenAICompatible(model="m", api_base=server.base_url, **fields)


def test_making_models_and_reading_metadata_asks_nobody(server: Loopback) -> None:
    llm = model(server)
    embedding = OpenAICompatibleEmbedding(model_name="m", api_base=server.base_url)
    assert (llm.metadata.context_window, llm.metadata.num_output) == (DEFAULT_CONTEXT_WINDOW, -1)
    assert llm.metadata.is_function_calling_model, "unknown is tried"
    assert llm.client.facts().context_window is None, "LlamaIndex has no word for it; we have"
    PromptHelper.from_llm_metadata(llm.metadata)
    ChatMemoryBuffer.from_defaults(llm=llm)
    assert agent(llm) == "FunctionAgent"
    llm.to_dict()
    embedding.to_dict()
    assert server.requests == []


async def test_discover_asks_once_and_feeds_the_metadata(server: Loopback) -> None:
    llm = model(server)
    for metadata in (llm.discover(), await llm.adiscover(), llm.metadata, model(server).metadata):
        assert (metadata.context_window, metadata.num_output) == (4096, 512)
        assert metadata.is_function_calling_model is False
    assert [seen.path for seen in server.requests] == ["/v1/models", "/api/show", "/api/ps"]
    assert agent(llm) == "ReActAgent", "this model has no tools"
    llm.close()
    await llm.aclose()


def test_what_any_client_was_told_is_known(server: Loopback) -> None:
    with Client(base_url=server.base_url, model="m") as client:
        client.model_info()
    assert model(server).metadata.context_window == 4096


def test_settings_and_hand_written_facts_stay(server: Loopback) -> None:
    model(server).discover()
    own = model(server, context_window=64, max_tokens=7, is_function_calling_model=True)
    assert (own.metadata.context_window, own.metadata.num_output) == (64, 7)
    assert own.metadata.is_function_calling_model is True
    facts = Model(context_window=2048, tools=True)
    provider = Provider(name="127.0.0.1", base_url=server.base_url, models={"m": facts})
    llm = OpenAICompatible(model="m", provider=provider)
    llm.discover()
    assert (llm.metadata.context_window, llm.metadata.num_output) == (2048, 512)
    assert llm.metadata.is_function_calling_model is True


async def test_an_error_is_raised_and_metadata_still_works() -> None:
    refused = json_reply({"error": {"message": "Invalid API key"}}, 401)
    with loopback(lambda seen: refused) as server:
        llm = model(server, reuse_client=False)
        with pytest.raises(AuthenticationError):
            llm.discover()
        with pytest.raises(AuthenticationError):
            await llm.adiscover()
        assert llm.metadata.context_window == DEFAULT_CONTEXT_WINDOW


def by_key(seen: Any) -> Reply:
    window = {"Bearer key-one": 1_000, "Bearer key-two": 2_000}[seen.headers["authorization"]]
    return json_reply({"data": [{"id": "m", "context_length": window}]})


@pytest.mark.parametrize("wrapped", [False, True])
async def test_a_key_is_not_told_what_another_discovered(wrapped: bool) -> None:
    with loopback(by_key) as running:
        for key, window in (("key-one", 1_000), ("key-two", 2_000)):
            given: Any = (lambda key=key: key) if wrapped else key
            llm = OpenAICompatible("m", api_base=running.base_url, api_key=given)
            assert llm.metadata.context_window == DEFAULT_CONTEXT_WINDOW
            assert (await llm.adiscover()).context_window == window
            assert llm.discover().context_window == window
            assert llm.metadata.context_window == window
            await llm.aclose()
        assert len(running.requests) == 2, "each key asked once"
