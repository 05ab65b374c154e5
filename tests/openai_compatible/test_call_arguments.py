"""What ``chat``, ``stream`` and ``embed`` of a client take, and where it goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openai_compatible import AsyncClient, Client
from openai_compatible.errors import ConfigError
from openai_compatible.testing.loopback import Loopback
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
