"""One canary key, and every sink it could sing in."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest

from openai_compatible import AsyncClient, Client, MissingKeyError, OpenAICompatibleError, Provider
from openai_compatible.testing.loopback import (
    CUT,
    Reply,
    event_stream,
    json_reply,
    loopback,
)

from .conftest import ANSWER, FINISH, HELLO, delta

CANARY = "sk-canary-4711"
STYLES: dict[str, dict[str, Any]] = {
    "bearer": {"api_key": CANARY},
    "header": {"api_key": CANARY, "auth": {"style": "header", "name": "X-Own"}},
    "query": {"api_key": CANARY, "auth": {"style": "query", "name": "code"}},
    "own header": {"headers": {"X-Own": CANARY}},
    "own query": {"query": {"code": CANARY}},
}


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> dict[str, Any]:
    return STYLES[request.param]


def failing(seen: Any) -> Reply:
    return json_reply({"error": {"message": f"wrong key {CANARY} at {seen.target}"}}, 400)


@pytest.mark.parametrize(
    "app",
    [
        failing,
        Reply(body=[CUT], framing="raw"),
        Reply(body=b"<html>no</html>"),
        event_stream(delta("a"), CUT),
    ],
    ids=["status", "cut", "html", "cut stream"],
)
def test_no_error_shows_the_key(way: Any, style: dict[str, Any], app: Any) -> None:
    for ask in (way.chat, way.stream):
        with loopback(app) as server, pytest.raises(OpenAICompatibleError) as caught:
            ask(base_url=server.base_url, max_retries=0, **style)
        for text in (str(caught.value), repr(caught.value), str(vars(caught.value)), _own(caught.value)):
            assert CANARY not in text
        assert CANARY.encode() not in pickle.dumps(caught.value)


def _own(error: BaseException) -> str:
    """Tracebacks with locals of the frames inside the packages, causes included."""
    found = []
    one: BaseException | None = error
    while one is not None:
        frames = traceback.StackSummary.extract(
            (
                (f, n)
                for f, n in traceback.walk_tb(one.__traceback__)
                if "/tests/" not in f.f_code.co_filename
            ),
            capture_locals=True,
        )
        found.append("".join(frames.format()) + repr(one))
        one = one.__cause__ or one.__context__
    return "\n".join(found)


def test_no_log_line_shows_the_key(
    way: Any, style: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with loopback(event_stream(delta("a"), FINISH)) as server:
        way.stream(base_url=server.base_url, **style)
        server.app = json_reply({"error": {"message": "no"}}, 400)
        with pytest.raises(OpenAICompatibleError):
            way.stream(base_url=server.base_url, **style)
        assert CANARY in str(server.requests[0].headers) + server.requests[0].target
    assert caplog.records
    assert CANARY not in caplog.text


@pytest.mark.parametrize("dump", [pickle.dumps, cloudpickle.dumps])
@pytest.mark.parametrize("cls", [Client, AsyncClient])
def test_a_pickle_holds_no_key_and_says_so_when_used(
    style: dict[str, Any], cls: type[Client], dump: Callable[[Any], bytes]
) -> None:
    data = dump(cls(base_url="http://127.0.0.1:1/v1", model="m", **style))
    assert CANARY.encode() not in data
    assert isinstance(pickle.loads(data), cls)


def test_an_unpickled_client_without_its_key_raises_before_it_sends(style: dict[str, Any]) -> None:
    with loopback(json_reply(ANSWER)) as server:
        client = Client(base_url=server.base_url, model="m", **style)
        again = pickle.loads(pickle.dumps(client))
        with pytest.raises(MissingKeyError, match="pickled"):
            again.chat(HELLO)
        assert server.requests == []


def test_an_unpickled_client_looks_its_variable_up_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback(json_reply(ANSWER)) as server:
        client = Client(base_url=server.base_url, model="m", api_key_env="CANARY_KEY")
        again = pickle.loads(pickle.dumps(client))
        monkeypatch.setenv("CANARY_KEY", CANARY)
        with again:
            assert again.chat(HELLO).text == "hi"
        assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"


def test_copies_in_the_same_process_keep_the_key() -> None:
    with loopback(json_reply(ANSWER)) as server:
        provider = Provider(name="p", base_url=server.base_url, api_key=CANARY)
        for same in (provider, copy.copy(provider), copy.deepcopy(provider), provider.model_copy()):
            with Client(same, model="m") as client:
                client.chat(HELLO)
        assert {seen.headers["authorization"] for seen in server.requests} == {f"Bearer {CANARY}"}


def test_no_repr_shows_the_key(style: dict[str, Any]) -> None:
    client = Client(base_url="http://127.0.0.1:1/v1", model="m", **style)
    for text in (
        repr(client),
        str(client.targets),
        repr(client._ready()),
        client.targets[0].provider.model_dump_json(),
    ):
        assert CANARY not in text


def test_a_key_goes_to_no_public_host_in_clear_text(way: Any) -> None:
    from openai_compatible import ConfigError

    with pytest.raises(ConfigError, match="unencrypted to api.example.com"):
        way.chat(base_url="http://api.example.com/v1", api_key=CANARY)


def test_a_callable_key_is_called_for_each_attempt(way: Any) -> None:
    keys = iter(["first", "second"])
    busy = json_reply({"error": {"message": "later"}}, 503, {"retry-after": "0"})
    from openai_compatible.testing.loopback import in_order

    with loopback(in_order(busy, json_reply(ANSWER))) as server:
        way.chat(base_url=server.base_url, api_key=lambda: next(keys))
    assert [seen.headers["authorization"] for seen in server.requests] == [
        "Bearer first",
        "Bearer second",
    ]


def test_an_async_callable_serves_async_clients_only(way: Any) -> None:
    from openai_compatible import ConfigError

    async def key() -> str:
        return "from-afar"

    with loopback(json_reply(ANSWER)) as server:
        if way.name == "blocking":
            with pytest.raises(ConfigError, match="async callable"):
                way.chat(base_url=server.base_url, api_key=key)
        else:
            way.chat(base_url=server.base_url, api_key=key)
            assert server.requests[0].headers["authorization"] == "Bearer from-afar"
