"""Headers that frame a message are not the user's to set, and nothing given can begin a new line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import AsyncClient, Client, ConfigError, Model, Provider, explain, load_config
from openai_compatible.testing.loopback import Loopback, json_reply, loopback

from .conftest import KEY

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
FRAMING = (
    *("Host", "Content-Length", "Transfer-Encoding", "Content-Encoding", "Connection", "Keep-Alive"),
    *("Proxy-Connection", "TE", "Trailer", "Upgrade", "HTTP2-Settings", "Expect"),
)


def blocking(headers: Any = None, **fields: Any) -> Any:
    with Client(**{"model": "m", "max_retries": 0, **fields}) as client:
        return client.chat(HELLO, headers=headers)


async def _async(headers: Any, fields: dict[str, Any]) -> Any:
    async with AsyncClient(**{"model": "m", "max_retries": 0, **fields}) as client:
        return await client.chat(HELLO, headers=headers)


def aiohttp(headers: Any = None, **fields: Any) -> Any:
    return asyncio.run(_async(headers, fields))


def httpx(headers: Any = None, **fields: Any) -> Any:
    async def run() -> Any:
        async with openai.DefaultAsyncHttpxClient() as http:
            return await _async(headers, {"http_client": http, **fields})

    return asyncio.run(run())


Ask = Callable[..., Any]
ASKS: list[Ask] = [blocking, aiohttp, httpx]


def langchain(headers: Any = None, **fields: Any) -> Any:
    llm = ChatOpenAICompatible(model="m", **fields)
    try:
        return llm.invoke("hello", headers=headers)
    finally:
        llm.close()


def llama_index(headers: Any = None, **fields: Any) -> Any:
    llm = OpenAICompatible(model="m", **fields)
    try:
        return llm.complete("hello", headers=headers)
    finally:
        llm.close()


@pytest.fixture
def server() -> Any:
    with loopback(json_reply(ANSWER)) as made:
        yield made
        made.stop()


@pytest.mark.parametrize("name", FRAMING)
def test_a_header_that_frames_a_message_is_refused_wherever_it_is_given(
    name: str, server: Loopback
) -> None:
    for spelling in (name, name.lower(), name.upper()):
        given = {spelling: "1"}
        ways: list[Callable[[], Any]] = [
            lambda given=given: Provider(name="a", base_url=server.base_url, headers=given),
            lambda given=given: Provider(name="a", base_url=server.base_url).changed(headers=given),
            lambda given=given: Client(base_url=server.base_url, model="m", headers=given),
            lambda given=given: explain(
                Client(base_url=server.base_url, model="m"), "hi", headers=given
            ),
            *(
                lambda ask=ask, given=given: ask(given, base_url=server.base_url)
                for ask in (*ASKS, langchain, llama_index)
            ),
        ]
        for way in ways:
            with pytest.raises(
                ConfigError, match=f"the header '{spelling}' cannot be set. Leave it out"
            ):
                way()
    assert server.requests == []


def test_a_header_that_frames_a_message_is_refused_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(
        '[[providers]]\nname = "a"\nbase_url = "http://127.0.0.1:9"\nheaders = { hOsT = "evil" }\n'
    )
    with pytest.raises(ConfigError, match="'hOsT' cannot be set"):
        load_config(file)


def test_a_key_does_not_travel_in_a_header_that_frames_a_message(server: Loopback) -> None:
    for ask in ASKS:
        with pytest.raises(ConfigError, match="auth.name: the header 'Host' cannot be set") as caught:
            ask(base_url=server.base_url, api_key=KEY, auth={"style": "header", "name": "Host"})
        assert KEY not in str(caught.value)
    assert server.requests == []


@pytest.mark.parametrize("given", [["X-A: 1"], {"X-A": ["a"]}, {1: "x"}, "X-A: 1"])
def test_headers_of_a_call_that_are_no_text_are_refused(given: Any, server: Loopback) -> None:
    for ask in (*ASKS, langchain, llama_index):
        with pytest.raises(ConfigError, match="headers.* must be"):
            ask(given, base_url=server.base_url)


BREAKS = [
    "a\r\nEvil: 1",
    "a\nEvil: 1",
    "a\rEvil: 1",
    "a\r\n\r\nGET / HTTP/1.1",
    "a\0b",
    "a\x0bb",
    "a\x7f",
]
NAMES = ["X-A\r\nEvil", "X-A: b\r\nEvil", "X-A\n", "X A", "X-A:", ":path", "", "X-\u00e4", "X-A\0"]


@pytest.mark.parametrize("ask", ASKS)
def test_no_header_can_begin_another_line(ask: Ask, server: Loopback) -> None:
    for value in BREAKS:
        for fields in ({"headers": {"X-A": value}}, {"provider": {"headers": {"X-A": value}}}):
            headers = fields.pop("headers", None)
            given = fields.pop("provider", {})
            lab = Provider(name="a", base_url=server.base_url, max_retries=0, **given)
            with pytest.raises(ConfigError, match="cannot travel") as caught:
                ask(headers, provider=lab)
            assert "Evil" not in str(caught.value)
        with pytest.raises(ConfigError, match="control character") as caught:
            ask(base_url=server.base_url, api_key=value)
        assert "Evil" not in str(caught.value)
    for name in NAMES:
        with pytest.raises(ConfigError, match="is no header name"):
            ask({name: "1"}, base_url=server.base_url)
        with pytest.raises(ConfigError, match="is no header name"):
            Provider(name="a", base_url=server.base_url, headers={name: "1"})
    assert server.requests == []


@pytest.mark.parametrize("ask", ASKS)
def test_white_space_around_a_value_stays_behind(ask: Ask, server: Loopback) -> None:
    ask({"X-A": " value\r\n"}, base_url=server.base_url, api_key=f" {KEY}\n")
    assert server.requests[0].headers["x-a"] == "value"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("ask", ASKS)
def test_no_parameter_model_or_address_can_begin_another_line(ask: Ask, server: Loopback) -> None:
    evil = "a\r\nEvil: 1\r\n\r\nGET /evil HTTP/1.1"
    lab = Provider(name="a", base_url=server.base_url, query={"q": evil, evil: "1"}, max_retries=0)
    ask(provider=lab)
    ask(provider=lab.changed(models={"m": Model(id=evil)}))
    ask(base_url=server.base_url, model=evil)
    assert [seen.query.get("q") for seen in server.requests] == [evil, evil, None]
    assert [seen.json["model"] for seen in server.requests] == ["m", evil, evil]
    assert not any("evil" in seen.headers or seen.method != "POST" for seen in server.requests)
    for address in (
        f"{server.url}/v1\r\nEvil: 1",
        f"{server.url}/v1 HTTP/1.1\r\nEvil:1",
        f"{server.url}\n/",
    ):
        with pytest.raises(ConfigError, match="white space or an invisible character"):
            ask(base_url=address)
    assert len(server.requests) == 3
