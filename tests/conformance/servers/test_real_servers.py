"""The same calls against every real server: core, LangChain, LlamaIndex."""

from __future__ import annotations

from contextlib import aclosing, closing
from functools import reduce
from operator import add
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import (
    AuthenticationError,
    Client,
    ContextLengthExceededError,
    OpenAICompatibleError,
    Provider,
)

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::openai_compatible.OpenAICompatibleWarning"),
]
GREETING = "Hello, this is a tiny model."
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
PARIS = {"name": "get_weather", "args": {"city": "Paris"}}


class Reply(BaseModel):
    """A reply."""

    answer: str


@pytest.fixture
def fields(server: Any) -> dict[str, Any]:
    provider = Provider(
        name="real", base_url=server.base_url, profile=server.profile, api_key=server.key, timeout=120
    )
    return {"provider": provider, "temperature": 0}


@pytest.fixture
def chat(fields: Any, server: Any) -> Any:
    with closing(ChatOpenAICompatible(model=server.model, **fields)) as made:
        yield made


@pytest.fixture
def llm(fields: Any, server: Any) -> Any:
    with closing(OpenAICompatible(model=server.model, **fields)) as made:
        yield made


@pytest.fixture
def client(fields: Any, server: Any) -> Any:
    with Client(fields["provider"], model=server.model) as made:
        yield made


async def test_langchain_in_four_ways(chat: Any) -> None:
    async with aclosing(chat):
        answers = [
            chat.invoke("Say hello"),
            await chat.ainvoke("Say hello"),
            reduce(add, chat.stream("Say hello")),
            reduce(add, [chunk async for chunk in chat.astream("Say hello")]),
        ]
    for answer in answers:
        assert answer.text.strip() == GREETING
        assert answer.usage_metadata["output_tokens"] > 0
        assert answer.response_metadata["finish_reason"] == "stop"


async def test_llama_index_in_four_ways(llm: Any) -> None:
    asked = [ChatMessage(role="user", content="Say hello")]
    async with aclosing(llm):
        answers = [
            llm.chat(asked),
            await llm.achat(asked),
            list(llm.stream_chat(asked))[-1],
            [one async for one in await llm.astream_chat(asked)][-1],
        ]
    for answer in answers:
        assert (answer.message.content or "").strip() == GREETING
        assert answer.additional_kwargs["completion_tokens"] > 0


def test_reasoning_comes_apart_from_the_answer(chat: Any, llm: Any) -> None:
    for answer in (chat.invoke("think"), reduce(add, chat.stream("think"))):
        assert "ponder" in answer.additional_kwargs["reasoning_content"]
        assert answer.text.strip() == GREETING
    response = llm.chat([ChatMessage(role="user", content="think")])
    assert "ponder" in response.message.blocks[0].content


def calls(message: AIMessage) -> list[dict[str, Any]]:
    return [{"name": call["name"], "args": call["args"]} for call in message.tool_calls]


def test_a_tool_is_called_and_its_answer_read(chat: Any) -> None:
    bound = chat.bind_tools([WEATHER])
    asked = [HumanMessage("What is the weather?")]
    for message in (bound.invoke(asked), reduce(add, bound.stream(asked))):
        assert calls(message) == [PARIS]
        told = ToolMessage("It is sunny in Paris.", tool_call_id=message.tool_calls[0]["id"])
        assert bound.invoke([*asked, message, told]).text


@pytest.mark.parametrize("choice", ["required", "get_weather"])
def test_a_tool_can_be_forced(chat: Any, choice: str) -> None:
    assert calls(chat.bind_tools([WEATHER], tool_choice=choice).invoke("Weather?")) == [PARIS]


def test_an_object_is_found_whatever_the_server_obeys(chat: Any, llm: Any, needs: Any) -> None:
    needs("json_schema")
    assert isinstance(chat.with_structured_output(Reply).invoke("Say hello"), Reply)
    assert isinstance(llm.structured_predict(Reply, PromptTemplate("Say hello")), Reply)
    assert isinstance(chat.with_structured_output(Reply, method="json_schema").invoke("Hi"), Reply)


def test_several_answers(client: Any, needs: Any) -> None:
    needs("n")
    assert len(client.chat([{"role": "user", "content": "Say hello"}], n=2).choices) == 2


def test_the_list_of_models(client: Any, server: Any, needs: Any) -> None:
    needs("models")
    assert server.model in [info.id for info in client.models()]


def test_an_unknown_model_is_an_error_of_ours(client: Any, needs: Any) -> None:
    needs("unknown_model")
    with pytest.raises(OpenAICompatibleError):
        client.chat([{"role": "user", "content": "Say hello"}], model="nobody/knows-me")


def test_a_prompt_that_is_too_long_is_that_error(client: Any, needs: Any) -> None:
    needs("context")
    with pytest.raises(ContextLengthExceededError):
        client.chat([{"role": "user", "content": "word " * 9_000}])


def test_a_wrong_key_is_that_error(server: Any) -> None:
    if server.key is None:
        pytest.skip(f"{server.name} was started without a key")
    provider = Provider(name="real", base_url=server.base_url, api_key="sk-wrong", max_retries=0)
    with Client(provider, model=server.model) as client, pytest.raises(AuthenticationError):
        client.chat([{"role": "user", "content": "Say hello"}])


def test_parameters_that_a_strict_server_refuses_do_not_stop_a_call(client: Any) -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Say hello"}]},
    ]
    answer = client.chat(messages, max_tokens=50, stop="END", seed=1)
    assert answer.text.strip() == GREETING
    assert answer.record.dialect["system_role"] == "system"


def test_vectors(client: Any, needs: Any) -> None:
    needs("embeddings")
    found = client.embed(["a cat", "a dog"])
    assert len(found.vectors) == 2
