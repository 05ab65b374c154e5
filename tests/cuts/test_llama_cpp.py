"""A real llama.cpp server that is cut by ``max_tokens``: no tool runs and no object appears by half."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import pytest
from langchain_core.tools import tool
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible.errors import MalformedResponseError, OpenAICompatibleError

QUESTION = "What is the weather in Paris?"
EVERYTHING = bool(os.environ.get("OPENAI_COMPATIBLE_EVERY_BYTE"))
LIMITS = tuple(range(1, 13)) if EVERYTHING else (3, 6, 9)
"""Tokens. The call is whole from 7 on."""
WHOLE = {"city": "Paris"}

pytestmark = pytest.mark.llama_cpp


class Weather(BaseModel):
    """The weather somewhere."""

    city: str = "?"
    warm: bool | None = None


@pytest.fixture(scope="module")
def base_url():
    pytest.importorskip("xllamacpp")
    pytest.importorskip("gguf")
    from openai_compatible.testing.llama_cpp import llama_cpp

    with llama_cpp(embeddings=False) as url:
        yield url


def langchain(base_url, limit, **fields):
    model: dict[str, Any] = {"model": "tiny", "base_url": base_url, "timeout": 60, "temperature": 0}
    return ChatOpenAICompatible(**model, max_tokens=limit, **fields)


def llama_index(base_url, limit):
    model: dict[str, Any] = {"model": "tiny", "api_base": base_url, "timeout": 60, "temperature": 0}
    return OpenAICompatible(**model, max_tokens=limit)


@pytest.mark.parametrize(
    "mode", ["invoke", "messages", "ainvoke", "amessages"] if EVERYTHING else ["messages", "ainvoke"]
)
async def test_langchains_agent_runs_whole_calls_only(base_url, mode):
    agents = pytest.importorskip("langchain.agents")
    ran: list[str] = []

    @tool
    def get_weather(city: str = "default") -> str:
        """The weather in a city."""
        ran.append(city)
        return "sunny"

    asked: Any = {"messages": [("user", QUESTION)]}
    for limit in LIMITS:
        agent = agents.create_agent(langchain(base_url, limit), [get_weather])
        if mode == "invoke":
            agent.invoke(asked)
        elif mode == "ainvoke":
            await agent.ainvoke(asked)
        elif mode == "messages":
            list(agent.stream(asked, stream_mode="messages"))
        else:
            async for _ in agent.astream(asked, stream_mode="messages"):
                pass
    assert set(ran) == {"Paris"}
    assert len(ran) < len(LIMITS)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("streaming", [True, False])
async def test_llama_indexs_agent_runs_whole_calls_only(base_url, streaming):
    ran: list[str] = []

    def get_weather(city: str = "default") -> str:
        """The weather in a city."""
        ran.append(city)
        return "sunny"

    tools = [FunctionTool.from_defaults(get_weather)]
    refused, llm = [], llama_index(base_url, 1)
    for limit in LIMITS:
        llm.max_tokens = limit
        try:
            await FunctionAgent(tools=tools, llm=llm, streaming=streaming).run(QUESTION)
        except MalformedResponseError as error:
            refused.append(str(error))
    assert set(ran) == {"Paris"}
    assert refused
    assert all("the answer ended (length)" in each for each in refused)


@pytest.mark.filterwarnings("ignore::openai_compatible.errors.AdaptationWarning")
def test_structured_output_is_whole_or_an_error(base_url):
    found: dict[int, list[Any]] = {}
    for limit in (6, 40):
        into = found.setdefault(limit, [])
        for method in (None, "function_calling"):
            runnable = langchain(base_url, limit).with_structured_output(Weather, method=method)
            with contextlib.suppress(OpenAICompatibleError):
                into.append(runnable.invoke(QUESTION))
            with contextlib.suppress(OpenAICompatibleError):
                into += runnable.stream(QUESTION)
        model, prompt = llama_index(base_url, limit), PromptTemplate(QUESTION)
        with contextlib.suppress(OpenAICompatibleError):
            into.append(model.structured_predict(Weather, prompt))
        with contextlib.suppress(OpenAICompatibleError):
            into += model.stream_structured_predict(Weather, prompt)
    assert not any(isinstance(each, Weather) for each in found[6]), found
    assert all(isinstance(each, BaseModel) for each in found[40]), found
