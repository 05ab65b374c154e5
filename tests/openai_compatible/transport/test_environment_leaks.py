"""What the environment holds for OpenAI's own service reaches no other server.

Each variable was seen to leak through a plain ``openai.OpenAI`` 2.54 and 3.52, 2026-11-20.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from openai_compatible import AsyncClient, Client
from openai_compatible.errors import ConfigError
from openai_compatible.testing.loopback import Loopback, Seen
from openai_compatible.testing.scripted import scripted

HELLO = [{"role": "user", "content": "hello"}]
SECRET = "sk-of-openai"


def blocking(server: Loopback, **fields: Any) -> list[Seen]:
    with Client(base_url=server.base_url, model="m", **fields) as client:
        client.chat(HELLO)
        list(client.stream(HELLO))
        client.embed(["a"])
        client.models()
    return server.requests


def concurrent(server: Loopback, **fields: Any) -> list[Seen]:
    async def run() -> None:
        async with AsyncClient(base_url=server.base_url, model="m", **fields) as client:
            await client.chat(HELLO)
            assert [event async for event in client.stream(HELLO)]
            await client.embed(["a"])
            await client.models()

    asyncio.run(run())
    return server.requests


Ask = Callable[..., list[Seen]]
both = pytest.mark.parametrize("ask", [blocking, concurrent])


@pytest.fixture(name="server")
def _server() -> Iterator[Loopback]:
    with scripted() as server:
        yield server


def everything(seen: Seen) -> str:
    return f"{seen.target} {seen.headers} {seen.body!r}".lower()


@both
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OPENAI_API_KEY", SECRET),
        ("OPENAI_ADMIN_KEY", SECRET),
        ("OPENAI_ORG_ID", "org-secret"),
        ("OPENAI_PROJECT_ID", "proj-secret"),
        ("OPENAI_CUSTOM_HEADERS", "X-Leak: custom-secret"),
        ("OPENAI_CUSTOM_HEADERS", f"Authorization: Bearer {SECRET}"),
        ("OPENAI_WEBHOOK_SECRET", SECRET),
    ],
)
@pytest.mark.parametrize("fields", [{}, {"api_key": "own"}], ids=["no key", "own key"])
def test_a_variable_of_openai_is_not_sent(
    server: Loopback, ask: Ask, variable: str, value: str, fields: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    requests = ask(server, **fields)
    assert len(requests) == 4
    for seen in requests:
        assert value.rsplit(": ", maxsplit=1)[-1].lower() not in everything(seen)
        assert seen.headers.get("authorization") == ("Bearer own" if fields else None)
        assert not any(name.startswith("openai-") for name in seen.headers)


@both
@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE", "LANGSMITH_GATEWAY"])
def test_a_variable_does_not_move_requests_elsewhere(
    server: Loopback, ask: Ask, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:1/v1")
    assert len(ask(server)) == 4


@pytest.mark.parametrize("cls", [Client, AsyncClient])
def test_openais_base_url_is_no_default(
    cls: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with pytest.raises(ConfigError):
        cls(model="m")


@both
def test_a_provider_named_openai_at_another_host_does_not_get_openais_key(
    server: Loopback, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    assert all("authorization" not in seen.headers for seen in ask(server, name="openai"))


@both
def test_the_sdk_does_not_tell_servers_about_this_machine(server: Loopback, ask: Ask) -> None:
    for seen in ask(server):
        assert not [name for name in seen.headers if name.startswith("x-stainless")]
        assert seen.headers["user-agent"].startswith("openai-compatible/")


@both
def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    server: Loopback, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert len(ask(server)) == 4
