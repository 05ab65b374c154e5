"""What is remembered of one endpoint, or told to one key, reaches no other."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from openai_compatible import AdaptationWarning, AsyncClient, Client, Provider
from openai_compatible.config.object_tokens import object_token
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback
from openai_compatible.types import ModelInfo

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = {"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}


def by_key(seen: Seen) -> Reply:
    """A model list that differs by key, header, query and certificate of the caller."""
    key = seen.headers.get("authorization", "no key").removeprefix("Bearer ")
    window = int.from_bytes(key.encode()[-3:])
    return json_reply({"data": [{"id": "m", "max_model_len": window}, {"id": key}]})


def window(key: str) -> int:
    return int.from_bytes(key.encode()[-3:])


Ask = Callable[[Any], Awaitable[Any]]


async def listed(client: Any) -> Any:
    found = client.models(max_age=60)
    return [info.id for info in (await found if isinstance(client, AsyncClient) else found)][1]


async def informed(client: Any) -> Any:
    found = client.model_info(max_age=60)
    info: ModelInfo = await found if isinstance(client, AsyncClient) else found
    return info.context_window


KEYS = ("key-aaa", "key-bbb")


def literal(key: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    return {"api_key": key}


def function(key: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    return {"api_key": lambda: key}


def variable(key: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("THE_KEY", key)
    return {"api_key_env": "THE_KEY"}


def file(key: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    (folder / "key").write_text(key)
    return {"api_key_file": str(folder / "key")}


def command(key: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    return {"api_key_command": [sys.executable, "-S", "-c", f"print({key!r})"]}


@pytest.mark.parametrize("ask", [listed, informed])
@pytest.mark.parametrize("client_class", [Client, AsyncClient])
@pytest.mark.parametrize("source", [literal, function, variable, file, command])
async def test_a_key_is_not_told_what_another_was_told(
    ask: Ask, client_class: Any, source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    want = KEYS if ask is listed else tuple(map(window, KEYS))
    with loopback(by_key) as server:
        for key, told in zip(KEYS, want, strict=True):
            fields = source(key, tmp_path, monkeypatch)
            client = client_class(Provider(name="p", base_url=server.base_url, **fields), model="m")
            assert client.known_info() is None or source is file, "of a file only the path is known"
            assert await ask(client) == told
            assert client.known_info().context_window == window(key)
            assert await ask(client) == told
            again = client_class(Provider(name="p", base_url=server.base_url, **fields), model="m")
            assert await ask(again) == told
            assert again.facts().context_window == window(key)
        assert len(server.requests) == 2, "each key asked once"


async def test_an_async_function_that_gives_each_user_a_key_tells_users_apart() -> None:
    user = contextvars.ContextVar("user", default="key-aaa")

    async def key() -> str:
        return user.get()

    with loopback(by_key) as server:
        client = AsyncClient(base_url=server.base_url, model="m", api_key=key)
        for name, requests in (("key-aaa", 1), ("key-bbb", 2), ("key-aaa", 2), ("key-bbb", 2)):
            user.set(name)
            assert await listed(client) == name
            assert len(server.requests) == requests
        await client.aclose()


def test_a_key_that_changes_between_two_attempts_is_the_one_that_was_sent() -> None:
    keys = iter(["key-aaa", "key-bbb"])

    def app(seen: Seen) -> Reply:
        refused = seen.headers["authorization"].endswith("aaa")
        return json_reply({"error": {"message": "expired"}}, 401) if refused else by_key(seen)

    with loopback(app) as server:
        with Client(base_url=server.base_url, model="m", api_key=lambda: next(keys)) as client:
            assert [info.id for info in client.models()] == ["m", "key-bbb"]
        with Client(base_url=server.base_url, model="m", api_key="key-bbb") as client:
            assert client.models(max_age=60)[1].id == "key-bbb"
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"headers": {"X-Deployment": "{}"}},
        {"query": {"deployment": "{}"}},
        {"base_url": "?deployment={}"},
        {"api_version": "{}"},
    ],
    ids=str,
)
async def test_deployments_are_not_told_what_is_known_of_others(fields: dict[str, Any]) -> None:
    def app(seen: Seen) -> Reply:
        text = f"{seen.path} {seen.query} {seen.headers}"
        return json_reply({"data": [{"id": "m", "max_model_len": 7 if "bravo" in text else 5}]})

    with loopback(app) as server:
        for name, told in (("alpha", 5), ("bravo", 7)):
            given = {
                field: value.format(name)
                if isinstance(value, str)
                else {each: text.format(name) for each, text in value.items()}
                for field, value in fields.items()
            }
            given["base_url"] = server.base_url + given.get("base_url", "")
            with Client(model="m", **given) as client:
                assert client.known_info() is None
                assert client.models(max_age=60)[0].context_window == told
                assert client.model_info().context_window == told
            async with AsyncClient(model="m", **given) as other:
                assert (await other.models(max_age=60))[0].context_window == told
                assert (await other.model_info()).context_window == told
        assert len(server.requests) == 4


def picky(seen: Seen) -> Reply:
    """Deployment ``new`` takes ``max_completion_tokens`` alone, every other ``max_tokens`` alone."""
    is_new = "new" in f"{seen.query} {seen.headers.get('x-deployment')}"
    wrong, right = ("max_tokens", "max_completion_tokens")[:: 1 if is_new else -1]
    if wrong in seen.json:
        text = (
            f"Unsupported parameter: '{wrong}' is not supported with this model. Use '{right}' instead."
        )
        return json_reply({"error": {"message": text, "code": "unsupported_parameter"}}, 400)
    return json_reply(ANSWER)


@pytest.mark.parametrize("where", ["object", "call"])
@pytest.mark.parametrize("kind", ["headers", "query"])
async def test_a_dialect_is_learned_for_one_deployment_alone(where: str, kind: str) -> None:
    name = "X-Deployment" if kind == "headers" else "deployment"

    def split(deployment: str) -> tuple[dict[str, Any], dict[str, Any]]:
        chosen = {kind: {name: deployment}}
        return (chosen, {}) if where == "object" else ({}, chosen)

    with loopback(picky) as server:
        own, call = split("new")
        with Client(base_url=server.base_url, model="m", **own) as client:
            with pytest.warns(AdaptationWarning):
                client.chat(HELLO, max_tokens=5, **call)
        with Client(base_url=server.base_url, model="m", **own) as client:
            client.chat(HELLO, max_tokens=5, **call)
        assert len(server.requests) == 3, "refused once, then known"
        own, call = split("old")
        with Client(base_url=server.base_url, model="m", **own) as client:
            client.chat(HELLO, max_tokens=5, **call)
        async with AsyncClient(base_url=server.base_url, model="m", **own) as other:
            await other.chat(HELLO, max_tokens=5, **call)
        assert len(server.requests) == 5, "the other deployment is spoken to as it wants"


def test_leave_to_drop_a_parameter_is_not_passed_on() -> None:
    def app(seen: Seen) -> Reply:
        if "seed" in seen.json:
            return json_reply({"error": {"message": "Unsupported parameter: 'seed'"}}, 400)
        return json_reply(ANSWER)

    with loopback(app) as server:
        one = Provider(name="p", base_url=server.base_url, drop_params=("seed",))
        with pytest.warns(AdaptationWarning), Client(one, model="m") as client:
            client.chat(HELLO, seed=1)
        with Client(Provider(name="p", base_url=server.base_url), model="m") as client:
            with pytest.raises(Exception, match="seed"):
                client.chat(HELLO, seed=1)


def test_a_model_with_its_own_address_is_asked_about_there() -> None:
    def app(seen: Seen) -> Reply:
        return json_reply({"data": [{"id": "m", "max_model_len": 5}]})

    with loopback(app) as first, loopback(app) as second:
        models: dict[str, Any] = {"other": {"base_url": second.base_url}}
        provider = Provider(name="p", base_url=first.base_url, models=models)
        with Client(provider, model="m") as client:
            assert client.model_info("other") is not None
            assert (len(first.requests), len(second.requests)) == (0, 1)
            assert client.known_info("other") is not None
            assert client.known_info() is None


async def test_a_rate_limit_counts_requests_of_all_headers() -> None:
    with loopback(lambda seen: json_reply(ANSWER)) as server:
        for deployment in ("a", "b"):
            fields = {"headers": {"X-Deployment": deployment}, "rate_limit": 1}
            provider = Provider(
                name="p", base_url=server.base_url, timeout={"total": 0.2}, max_retries=0, **fields
            )
            client = Client(provider, model="m")
            if deployment == "a":
                client.chat(HELLO)
            else:
                with pytest.raises(Exception, match="rate_limit"):
                    await asyncio.to_thread(client.chat, HELLO)
            client.close()


def test_numbers_of_objects_are_never_given_again() -> None:
    class Unhashable:
        __slots__ = ()
        __hash__ = None  # type: ignore[assignment]

    kept = Unhashable()
    assert object_token(kept) == object_token(kept)
    numbers = {object_token(lambda: "key") for _ in range(50)}
    assert len(numbers) == 50
