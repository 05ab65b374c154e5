"""What ``chat``, ``stream`` and ``embed`` of a client take, and where it goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import AsyncClient, Client, targets
from openai_compatible.errors import ConfigError
from openai_compatible.testing.loopback import Loopback, json_reply, loopback
from openai_compatible.testing.scripted import scripted

HELLO = [{"role": "user", "content": "Hello"}]
KEY = "sk-secret-of-a-test"


@pytest.fixture
def server() -> Iterator[Loopback]:
    with scripted() as found:
        yield found


@pytest.fixture
def client(server: Loopback) -> Iterator[Client]:
    with Client(base_url=server.base_url, model="m") as found:
        yield found


def test_extra_headers_and_extra_query_of_the_openai_sdk_are_no_part_of_the_body(server, client):
    client.chat(
        HELLO, extra_headers={"X-A": "1", "X-B": "1"}, headers={"X-B": "2"}, extra_query={"v": "3"}
    )
    client.embed(["text"], extra_headers={"X-A": "1"})
    chat, embed = server.requests
    assert (chat.headers["x-a"], chat.headers["x-b"], chat.query) == ("1", "2", {"v": "3"})
    assert embed.headers["x-a"] == "1"
    assert set(chat.json) == {"model", "messages"}
    assert "extra_headers" not in embed.json


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("api_key", "api_key"),
        ("api_base", "base_url"),
        ("timeout", "timeout"),
        ("num_retries", "max_retries"),
    ],
)
def test_a_setting_of_the_client_is_not_put_into_a_body(server, client, name, ours):
    for ask in (
        lambda: client.chat(HELLO, **{name: KEY}),
        lambda: list(client.stream(HELLO, **{name: KEY})),
        lambda: client.embed(["text"], **{name: KEY}),
    ):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert f"Client(..., {ours}=...)" in str(caught.value)
        assert KEY not in str(caught.value)
    client.chat(HELLO, **{name: None})
    assert [set(seen.json) for seen in server.requests] == [{"model", "messages"}]


def test_chat_does_not_pretend_to_stream(server, client):
    with pytest.raises(ConfigError, match=r"call stream\(\)"):
        client.chat(HELLO, stream=True)
    assert client.chat(HELLO, stream=False).text == "You said: Hello"


def test_what_embed_does_not_know_is_a_config_error(client):
    with pytest.raises(ConfigError, match="Did you mean 'dimensions'"):
        client.embed(["text"], dimension=8)
    with pytest.raises(ConfigError, match=r"extra_body=.'input_type'"):
        client.embed(["text"], input_type="query")
    assert len(client.embed(["text"], dimensions=8, extra_body={"input_type": "query"}).vectors[0]) == 8


async def test_the_async_client_takes_the_same(server):
    async with AsyncClient(base_url=server.base_url, model="m") as client:
        await client.chat(HELLO, extra_headers={"X-A": "1"})
        with pytest.raises(ConfigError, match="Give it to the client"):
            await client.chat(HELLO, api_key=KEY)
    assert server.requests[-1].headers["x-a"] == "1"


@pytest.mark.parametrize("way", ["chat", "stream", "explain"])
def test_a_misspelt_parameter_is_refused_with_a_near_name_and_nothing_is_sent(server, client, way):
    with pytest.raises(ConfigError, match=r"takes no 'temprature'.*Did you mean 'temperature'"):
        list(getattr(client, way)(HELLO, temprature=0))
    with pytest.raises(ConfigError, match=r"extra_body=\{'top_k'"):
        list(getattr(client, way)(HELLO, top_k=5))
    assert server.requests == []
    client.chat(HELLO, extra_body={"top_k": 5}, metadata={"job": "7"})
    assert server.requests[0].json["top_k"] == 5


@pytest.mark.parametrize("make", [Client, AsyncClient, targets])
def test_a_misspelt_argument_is_refused_before_the_model_is_looked_up(make):
    with pytest.raises(ConfigError, match=r"takes no 'base_ulr'.*Did you mean 'base_url'"):
        make(model="nothing/configured", base_ulr="http://127.0.0.1:1/v1")


def test_arguments_beside_targets_are_refused():
    found = targets("m", base_url="http://127.0.0.1:1/v1")
    with pytest.raises(ConfigError, match="targets say everything"):
        Client(found, max_retries=0)


@pytest.mark.parametrize("name", ["messages", "model", "stream", "input"])
def test_a_body_that_would_replace_the_request_is_refused(client, name):
    body = {name: "x"}
    place = {"model": "m", "base_url": "http://127.0.0.1:1/v1"}
    for make in (
        lambda: ChatOpenAICompatible(**place, model_kwargs=body),
        lambda: ChatOpenAICompatible(**place, extra_body=body),
        lambda: ChatOpenAICompatible(**place).invoke("Hi", extra_body=body),
        lambda: OpenAICompatibleEmbeddings(**place, model_kwargs=body),
        lambda: OpenAICompatibleEmbeddings(**place, query_extra_body=body),
        lambda: OpenAICompatible(**place, additional_kwargs=body),
        lambda: OpenAICompatible(**place).complete("Hi", extra_body=body),
        lambda: OpenAICompatibleEmbedding(**place, additional_kwargs=body),
        lambda: client.chat(HELLO, extra_body=body),
        lambda: client.embed(["text"], extra_body=body),
    ):
        with pytest.raises(ConfigError, match=f"may not hold '{name}'"):
            make()


@pytest.mark.parametrize(
    "name",
    ["headers", "default_headers", "Default-Headers", "query", "default_query", "cookies"],
)
def test_headers_and_query_parameters_in_a_body_are_refused_without_showing_them(client, name):
    body = {name: {"X-Own": "s3cret-of-mine"}}
    place = {"model": "m", "base_url": "http://127.0.0.1:1/v1"}
    for make in (
        lambda: ChatOpenAICompatible(**place, model_kwargs=body),
        lambda: ChatOpenAICompatible(**place, extra_body=body),
        lambda: ChatOpenAICompatible(**place, model_kwargs={"extra_body": body}),
        lambda: ChatOpenAICompatible(**place).invoke("Hi", extra_body=body),
        lambda: OpenAICompatibleEmbeddings(**place, model_kwargs=body),
        lambda: OpenAICompatibleEmbeddings(**place, document_extra_body=body),
        lambda: OpenAICompatible(**place, additional_kwargs=body),
        lambda: OpenAICompatible(**place, additional_kwargs={"extra_body": body}),
        lambda: OpenAICompatible(**place).complete("Hi", extra_body=body),
        lambda: OpenAICompatibleEmbedding(**place, additional_kwargs=body),
        lambda: client.chat(HELLO, extra_body=body),
        lambda: client.embed(["text"], extra_body=body),
    ):
        with pytest.raises(ConfigError, match=f"may not hold '{name}'") as caught:
            make()
        assert "s3cret" not in str(caught.value)
        kind = "query={...}" if "query" in name else "headers={"
        assert str(caught.value.hint).startswith(f"Pass {kind}")


@pytest.mark.parametrize("name", ["extra_headers", "extra_query"])
def test_what_the_sdk_takes_beside_the_body_is_refused_within_it(client, name):
    with pytest.raises(ConfigError, match=f"extra_body may not hold '{name}'"):
        client.chat(HELLO, extra_body={name: {"X-Own": "s3cret"}})


def test_a_text_under_the_name_query_is_a_field_of_a_body():
    place = {"model": "m", "base_url": "http://127.0.0.1:1/v1"}
    found = ChatOpenAICompatible(**place, extra_body={"query": "weather"})
    assert found.extra_body == {"query": "weather"}


@pytest.mark.parametrize(
    ("make", "setting", "ask"),
    [
        (ChatOpenAICompatible, "model_kwargs", lambda made: made.invoke("Hi")),
        (OpenAICompatible, "additional_kwargs", lambda made: made.complete("Hi")),
        (OpenAICompatibleEmbeddings, "model_kwargs", lambda made: made.embed_query("Hi")),
        (OpenAICompatibleEmbedding, "additional_kwargs", lambda made: made.get_query_embedding("Hi")),
    ],
)
def test_arguments_of_the_sdk_among_further_parameters_are_sent_as_what_they_are(make, setting, ask):
    further = {
        "extra_headers": {"X-Own": "s3cret-of-mine"},
        "extra_query": {"code": "s3cret-of-mine"},
        "extra_body": {"top_k": 5},
        "user": "u",
    }
    answer = {
        "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "data": [{"index": 0, "embedding": [1.0]}],
    }
    with loopback(json_reply(answer)) as server:
        made = make(model="m", base_url=server.base_url, api_key="k", **{setting: further})
        ask(made)
        assert "s3cret" not in repr(made)
        (seen,) = server.requests
    assert seen.headers["x-own"] == "s3cret-of-mine"
    assert seen.query == {"code": "s3cret-of-mine"}
    assert (seen.json["top_k"], seen.json["user"]) == (5, "u")
    assert not [name for name in seen.json if name.startswith("extra_")]
