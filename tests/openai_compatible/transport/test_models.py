"""``models()``: the list, the server's own paths beside it, and what is kept of both."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from openai_compatible import (
    AsyncClient,
    AuthenticationError,
    Client,
    ConnectionFailedError,
    EndpointNotFoundError,
    MalformedResponseError,
    Provider,
    ServerError,
)
from openai_compatible.testing.loopback import (
    HANG,
    Loopback,
    Reply,
    Seen,
    json_reply,
    loopback,
    routes,
)

PAGE = Reply(body=b"<!doctype html><p>", headers={"content-type": "text/html"})
IDS = {"data": [{"id": "a"}, {"id": "b:latest"}]}
SERVERS: dict[str, dict[str, Any]] = {
    "ollama": {
        "/api/tags": {
            "models": [
                {"name": "a", "capabilities": ["completion", "tools"]},
                {"name": "b:latest", "details": {"context_length": 8192}},
                {"name": "not-listed"},
            ]
        },
        "/api/ps": {"models": [{"name": "b:latest", "context_length": 4096}]},
    },
    "lmstudio": {
        "/api/v1/models": {"models": [{"key": "a", "type": "llm", "max_context_length": 7}]},
    },
    "litellm": {"/model/info": {"data": [{"model_name": "a", "model_info": {"supports_vision": True}}]}},
    "tgi": {"/info": {"model_id": "x", "max_total_tokens": 6}},
}
WANT = {
    "ollama": {"a": {"tools": True}, "b:latest": {"context_window": 4096}},
    "lmstudio": {"a": {"kind": "chat", "context_window": 7}, "b:latest": {}},
    "litellm": {"a": {"image_inputs": True}, "b:latest": {}},
    "tgi": {"a": {}, "b:latest": {}},
}


def server(listed: Any = IDS, **paths: Any) -> Any:
    answers = {f"GET {path}": json_reply(value) for path, value in paths.items()}
    return loopback(routes({"GET /v1/models": json_reply(listed), **answers}))


def provider(running: Loopback, profile: str | None = None, **fields: Any) -> Provider:
    return Provider(name="p", base_url=running.base_url, profile=profile, **{"max_retries": 0, **fields})


@pytest.mark.parametrize("profile", SERVERS)
async def test_the_familys_own_paths_are_merged_into_the_list(profile: str) -> None:
    with server(**SERVERS[profile]) as running:
        with Client(provider(running, profile)) as client:
            found = client.models()
        async with AsyncClient(provider(running, profile)) as other:
            assert await other.models() == found
    assert [info.id for info in found] == ["a", "b:latest"], "what is not listed cannot be asked for"
    for info in found:
        for name, value in WANT[profile][info.id].items():
            assert getattr(info, name) == value
        assert info.raw["id"] == info.id


@pytest.mark.parametrize("profile", SERVERS)
async def test_a_server_without_its_familys_paths_lists_its_models_all_the_same(profile: str) -> None:
    with server() as running, Client(provider(running, profile)) as client:
        assert [info.id for info in client.models()] == ["a", "b:latest"]
        asked = len(running.requests)
        assert [info.id for info in client.models(details=False)] == ["a", "b:latest"]
        assert len(running.requests) == asked + 1


async def test_own_paths_that_fail_lose_nothing_and_are_not_asked_twice() -> None:
    for reply in (
        json_reply({"error": {"message": "no"}}, 500),
        json_reply({}, 401),
        Reply(body=b"<p>"),
    ):
        app = routes({
            "GET /v1/models": json_reply(IDS),
            "GET /api/tags": reply,
            "GET /api/ps": json_reply({"models": 7}),
        })  # fmt: skip
        with loopback(app) as running, Client(provider(running, "ollama", max_retries=3)) as client:
            assert len(client.models()) == 2
        assert Counter(seen.path for seen in running.requests) == {
            "/v1/models": 1,
            "/api/tags": 1,
            "/api/ps": 1,
        }


def test_an_own_path_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai_compatible.transport.native._CALL", 0.2)
    app = routes({"GET /v1/models": json_reply(IDS), "GET /model/info": Reply(body=[b"{", HANG])})
    with loopback(app) as running, Client(provider(running, "litellm", timeout=300)) as client:
        assert len(client.models()) == 2


async def test_a_server_with_own_paths_alone_is_listed_by_them() -> None:
    for profile, path, body in (
        ("ollama", "/api/tags", {"models": [{"name": "a"}]}),
        ("tgi", "/info", {"model_id": "a", "max_total_tokens": 6}),
        ("lmstudio", "/api/v0/models", {"data": [{"id": "a"}]}),
    ):
        with loopback(routes({f"GET {path}": json_reply(body)})) as running:
            with Client(provider(running, profile)) as client:
                assert [info.id for info in client.models()] == ["a"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (json_reply({"error": {"message": "Invalid API key"}}, 401), AuthenticationError),
        (json_reply({"detail": "Not Found"}, 404), EndpointNotFoundError),
        (
            Reply(body=b"<!doctype html><p>", headers={"content-type": "text/html"}),
            MalformedResponseError,
        ),
        (json_reply({"error": {"message": "out of order"}}, 500), ServerError),
    ],
)
async def test_an_error_of_the_list_is_raised_and_not_an_empty_list(reply: Reply, error: Any) -> None:
    for profile in (None, "ollama"):
        with loopback(lambda seen: reply) as running:
            with Client(provider(running, profile)) as client, pytest.raises(error):
                client.models()
            async with AsyncClient(provider(running, profile)) as other:
                with pytest.raises(error):
                    await other.models()


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
async def test_a_model_is_not_unknown_because_its_server_refuses_or_fails(status: int) -> None:
    with loopback(lambda seen: json_reply({"error": {"message": "no"}}, status)) as running:
        with Client(provider(running), model="m") as client, pytest.raises(Exception, match="no"):
            client.model_info()
        running.app = routes({"GET /v1/models": json_reply({"data": [{"id": "m", "max_model_len": 9}]})})
        async with AsyncClient(provider(running), model="m") as other:
            info = await other.model_info()
            assert info is not None, "a failure is not remembered"
            assert info.context_window == 9
        running.app = lambda seen: PAGE
        with Client(provider(running), model="other") as client, pytest.raises(MalformedResponseError):
            client.model_info()
    with Client(base_url=running.base_url, model="other", max_retries=0) as client:
        with pytest.raises(ConnectionFailedError):
            client.model_info()


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_model_is_unknown_to_a_server_without_a_list(status: int) -> None:
    with loopback(lambda seen: json_reply({"detail": "Not Found"}, status)) as running:
        async with AsyncClient(provider(running), model="m") as client:
            assert await client.model_info() is None
            asked = len(running.requests)
            assert await client.model_info() is None
            assert len(running.requests) == asked, "that is an answer, and kept"


async def test_an_answer_is_kept_as_long_as_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr("openai_compatible.transport.memory.time.monotonic", lambda: now)
    listed = {"data": [{"id": "a", "max_model_len": 9}, {"id": "b"}]}
    with server(listed) as running, Client(provider(running), model="a") as client:
        assert client.known_info() is None
        client.models()
        client.models()
        assert len(running.requests) == 2, "asked anew each time"
        assert client.models(max_age=60)[0].context_window == 9
        assert len(running.requests) == 2
        async with AsyncClient(provider(running), model="b") as other:
            assert len(await other.models(max_age=60)) == 2
            assert other.known_info() is not None
            assert other.facts("a").context_window == 9
        known = client.known_info()
        assert known is not None
        assert known.context_window == 9, "a list says something of each model"
        assert len(running.requests) == 2
        now += 3_601
        assert client.known_info() == known, "old is better than nothing: it asks nobody"
        client.models(max_age=3_600)
        assert len(running.requests) == 3


async def test_each_of_model_infos_answers_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr("openai_compatible.transport.memory.time.monotonic", lambda: now)
    with server() as running, Client(provider(running), model="a") as client:
        for seconds, requests in ((0, 1), (3_599, 1), (2, 2), (0, 2)):
            now += seconds
            client.model_info()
            assert len(running.requests) == requests
        client.model_info(max_age=0)
        assert len(running.requests) == 3


@pytest.mark.parametrize(
    ("owner", "path"), [("library", "/api/tags"), ("organization_owner", "/api/v1/models")]
)
def test_a_server_without_a_profile_is_known_by_whom_its_list_names(owner: str, path: str) -> None:
    listed = {"data": [{"id": "a", "owned_by": owner}]}
    body = {"models": [{"name": "a", "max_context_length": 5}]}
    with server(listed, **{path: body}) as running, Client(provider(running)) as client:
        assert client.models()[0].context_window == 5


def test_a_server_is_known_by_the_port_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    from openai_compatible.presets.registry import preset

    with server(**SERVERS["litellm"]) as running, Client(provider(running)) as client:
        monkeypatch.setattr(
            "openai_compatible.transport.native.for_url", lambda url: preset("litellm-proxy")
        )
        assert client.models()[0].image_inputs is True


async def test_the_list_is_asked_for_where_chat_is_with_its_key_headers_and_query() -> None:
    def app(seen: Seen) -> Reply:
        if seen.path.startswith("/deep/v1/"):
            return json_reply(IDS)
        return json_reply(SERVERS["ollama"].get(seen.path.removeprefix("/deep"), {}))

    with loopback(app) as running:
        fields = {"api_key": "k", "headers": {"x-own": "1"}, "query": {"v": "2"}, "auth": "bearer"}
        own = Provider(name="p", base_url=f"{running.url}/deep/v1/", profile="ollama", **fields)
        with Client(own) as client:
            client.models()
    assert [seen.path for seen in running.requests] == [
        "/deep/v1/models",
        "/deep/api/tags",
        "/deep/api/ps",
    ]
    for seen in running.requests:
        assert seen.headers["authorization"] == "Bearer k"
        assert seen.headers["x-own"] == "1"
        assert seen.query == {"v": "2"}


async def test_another_spelling_that_answered_is_where_the_own_paths_are() -> None:
    app = routes({"GET /models": json_reply(IDS), "GET /api/tags": json_reply({"models": []})})
    with loopback(app) as running, Client(provider(running, "ollama")) as client:
        assert len(client.models()) == 2
    paths = [seen.path for seen in running.requests]
    assert paths == ["/v1/models", "/models", "/api/tags", "/api/ps"]


def test_one_model_of_several_servers_is_the_first_servers() -> None:
    with server() as first, server({"data": [{"id": "z"}]}) as second:
        places = [provider(first), provider(second).changed(name="q")]
        with Client(places[0], fallbacks=[places[1]]) as client:
            assert [info.id for info in client.models()] == ["a", "b:latest"]
        assert not second.requests


def test_geminis_prefix_need_not_be_written() -> None:
    listed = {"data": [{"id": "models/gemini-3"}, {"id": "models/other"}]}
    with server(listed) as running, Client(provider(running), model="gemini-3") as client:
        info = client.model_info()
        assert info is not None
        assert info.id == "models/gemini-3"


@pytest.mark.parametrize("answer", [Reply(status=500), Reply(status=404), Reply(status=401), PAGE])
@pytest.mark.parametrize("profile", [*SERVERS, "llama_cpp", "vllm", "sglang"])
async def test_the_list_stays_whole_when_the_familys_own_paths_fail(profile: str, answer: Reply) -> None:
    def serve(seen: Seen) -> Reply:
        return json_reply({"data": [{"id": "only"}]}) if seen.path == "/v1/models" else answer

    with loopback(serve) as running:
        asked = provider(running, profile, timeout={"call": 0.3, "connect": 0.3})
        with Client(asked) as client:
            assert [info.id for info in client.models()] == ["only"]
        async with AsyncClient(asked) as other:
            assert [info.id for info in await other.models()] == ["only"]
