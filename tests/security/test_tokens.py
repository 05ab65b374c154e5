"""Keys that run out: callables, and tokens of a token server as Entra ID has one."""

from __future__ import annotations

import asyncio
import copy
import functools
import json
import os
import pickle
import threading
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import openai
import pytest

from openai_compatible import (
    AsyncClient,
    AuthenticationError,
    CachedToken,
    Client,
    ConfigError,
    ConnectionFailedError,
    MissingKeyError,
    Provider,
)
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback
from openai_compatible.testing.scripted import respond

from .conftest import PASSWORD, Sinks, caught

HELLO = [{"role": "user", "content": "hello"}]
SCOPE = "https://cognitiveservices.azure.com/.default"


class TokenServer:
    """Gives tokens ``token-1``, ``token-2`` ... that are valid for an hour."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.expires_in = 3600.0
        self.reply: Reply | None = None
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> Reply:
        with self._lock:
            form = {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
            self.forms.append(form)
            if self.reply is not None:
                return self.reply
            secret = form.get("client_secret", form.get("client_assertion", "")).strip()
            if seen.path != "/tenant/oauth2/v2.0/token" or secret != PASSWORD:
                return json_reply({"error": "invalid_client", "error_description": f"{form}"}, 401)
            token = f"token-{len(self.forms)}"
            return json_reply(
                {"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"}
            )


class ModelServer:
    """Answers whoever brings a token that was not revoked."""

    def __init__(self) -> None:
        self.revoked: set[str] = set()
        self.all_revoked = False

    def __call__(self, seen: Seen) -> Reply:
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        if self.all_revoked or token in self.revoked or not token:
            return json_reply({"error": {"message": "the token is expired", "code": "401"}}, 401)
        return respond(seen.method, seen.path, seen.headers, seen.body)


@pytest.fixture
def tokens() -> Iterator[tuple[Loopback, TokenServer]]:
    app = TokenServer()
    with loopback(app) as server:
        yield server, app


@pytest.fixture
def models() -> Iterator[tuple[Loopback, ModelServer]]:
    app = ModelServer()
    with loopback(app) as server:
        yield server, app


def sent(server: Loopback) -> list[str]:
    return [seen.headers["authorization"].removeprefix("Bearer ") for seen in server.requests]


def fetching(server: Loopback) -> Callable[[], tuple[str, float]]:
    """Client credentials, as anybody would write it with the standard library."""

    def entra() -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_secret": PASSWORD,
            "scope": SCOPE,
        }
        url = f"{server.url}/tenant/oauth2/v2.0/token"
        with urllib.request.urlopen(url, urlencode(form).encode()) as answer:
            found = json.load(answer)
        return found["access_token"], found["expires_in"]

    return entra


def fetching_later(server: Loopback) -> Callable[[], Awaitable[tuple[str, float]]]:
    """The same with an async HTTP client."""

    async def entra() -> tuple[str, float]:
        form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": PASSWORD}
        async with openai.DefaultAsyncHttpxClient(trust_env=False) as http:
            answer = await http.post(f"{server.url}/tenant/oauth2/v2.0/token", data=form)
            answer.raise_for_status()
        found = answer.json()
        return found["access_token"], found["expires_in"]

    return entra


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


# ---------------------------------------------------------------------- callables and 401


def blocking(streamed: bool, **fields: Any) -> None:
    with Client(model="m", **fields) as client:
        list(client.stream(HELLO)) if streamed else client.chat(HELLO)


def concurrent(streamed: bool, **fields: Any) -> None:
    async def run() -> None:
        async with AsyncClient(model="m", **fields) as client:
            if streamed:
                _ = [event async for event in client.stream(HELLO)]
            else:
                await client.chat(HELLO)

    asyncio.run(run())


def callables(keys: Iterator[str]) -> dict[str, Callable[[], Any]]:
    async def later() -> str:
        return next(keys)

    class Given:
        def __call__(self) -> str:
            return next(keys)

    return {"function": lambda: next(keys), "async": later, "object": Given()}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("kind", ["function", "async", "object"])
@pytest.mark.parametrize("ask", [blocking, concurrent])
def test_a_callable_is_asked_once_more_after_a_401(
    models: tuple[Loopback, ModelServer], ask: Callable[..., None], kind: str, streamed: bool
) -> None:
    if ask is blocking and kind == "async":
        pytest.skip("async callables are for async calls")
    server, app = models
    app.revoked = {"old"}
    ask(streamed, base_url=server.base_url, api_key=callables(iter(["old", "new"]))[kind])
    assert sent(server) == ["old", "new"]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("ask", [blocking, concurrent])
def test_a_callable_is_asked_no_third_time(
    models: tuple[Loopback, ModelServer], ask: Callable[..., None], streamed: bool
) -> None:
    server, app = models
    app.all_revoked = True
    with pytest.raises(AuthenticationError, match="token is expired"):
        ask(streamed, base_url=server.base_url, api_key=callables(iter("abcdef"))["function"])
    assert sent(server) == ["a", "b"]


@pytest.mark.parametrize("ask", [blocking, concurrent])
def test_a_callable_that_fails_is_an_error_that_says_where(
    models: tuple[Loopback, ModelServer], ask: Callable[..., None], sinks: Sinks
) -> None:
    def broken() -> str:
        password = PASSWORD
        raise KeyError(len(password))

    with pytest.raises(ConfigError, match=r"callable failed with KeyError.*test_tokens\.py:\d+") as told:
        ask(False, base_url=models[0].base_url, api_key=broken)
    sinks.look_at_error(told.value)
    sinks.check()


# ---------------------------------------------------------------------- tokens that are kept


FETCHES = {"function": fetching, "async": fetching_later}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("ask", "kind"), [(blocking, "function"), (concurrent, "function"), (concurrent, "async")]
)
def test_a_token_is_fetched_once_and_kept(
    tokens: tuple[Loopback, TokenServer],
    models: tuple[Loopback, ModelServer],
    ask: Callable[..., None],
    kind: str,
    streamed: bool,
) -> None:
    token = CachedToken(FETCHES[kind](tokens[0]))
    for _ in range(3):
        ask(streamed, base_url=models[0].base_url, api_key=token)
    assert sent(models[0]) == ["token-1"] * 3
    assert [form["grant_type"] for form in tokens[1].forms] == ["client_credentials"]


@pytest.mark.parametrize("kind", ["function", "async"])
def test_a_token_is_fetched_anew_shortly_before_it_runs_out(
    tokens: tuple[Loopback, TokenServer], models: tuple[Loopback, ModelServer], kind: str
) -> None:
    clock = Clock()
    token = CachedToken(FETCHES[kind](tokens[0]), early=60, clock=clock)
    for at in (0.0, 3539.0, 3540.0, 3541.0, 7079.0, 7080.0):
        clock.now = at
        concurrent(False, base_url=models[0].base_url, api_key=token)
    assert [name.removeprefix("token-") for name in sent(models[0])] == ["1", "1", "2", "2", "2", "3"]


def test_a_token_that_lives_for_seconds_is_kept_for_half_of_them() -> None:
    clock, count = Clock(), iter(range(9))
    token = CachedToken(lambda: (f"t{next(count)}", 10), early=60, clock=clock)
    given = []
    for clock.now in (0.0, 4.9, 5.0, 9.9, 10.0):
        given.append(str(token()))
    assert given == ["t0", "t0", "t1", "t1", "t2"]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("ask", "kind"), [(blocking, "function"), (concurrent, "function"), (concurrent, "async")]
)
def test_a_kept_token_that_was_revoked_is_fetched_anew_exactly_once(
    tokens: tuple[Loopback, TokenServer],
    models: tuple[Loopback, ModelServer],
    ask: Callable[..., None],
    kind: str,
    streamed: bool,
) -> None:
    token = CachedToken(FETCHES[kind](tokens[0]))
    ask(streamed, base_url=models[0].base_url, api_key=token)
    models[1].revoked = {"token-1"}
    ask(streamed, base_url=models[0].base_url, api_key=token)
    assert sent(models[0]) == ["token-1", "token-1", "token-2"]
    models[1].all_revoked = True
    with pytest.raises(AuthenticationError):
        ask(streamed, base_url=models[0].base_url, api_key=token)
    assert sent(models[0])[3:] == ["token-2", "token-3"]
    assert len(tokens[1].forms) == 3


def test_threads_that_need_a_token_wait_for_one(tokens: tuple[Loopback, TokenServer]) -> None:
    token, found = CachedToken(fetching(tokens[0])), []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        found.append(token())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(one) for one in found] == ["token-1"] * 8
    assert len(tokens[1].forms) == 1


@pytest.mark.parametrize("kind", ["function", "async"])
async def test_tasks_that_need_a_token_wait_for_one(
    tokens: tuple[Loopback, TokenServer], models: tuple[Loopback, ModelServer], kind: str
) -> None:
    token = CachedToken(FETCHES[kind](tokens[0]))
    async with AsyncClient(base_url=models[0].base_url, model="m", api_key=token) as client:
        await asyncio.gather(*(client.chat(HELLO) for _ in range(8)))
    assert sent(models[0]) == ["token-1"] * 8
    assert len(tokens[1].forms) == 1


def test_a_token_serves_event_loops_one_after_the_other(
    tokens: tuple[Loopback, TokenServer], models: tuple[Loopback, ModelServer]
) -> None:
    token = CachedToken(fetching_later(tokens[0]))
    concurrent(False, base_url=models[0].base_url, api_key=token)
    token.renew()
    concurrent(False, base_url=models[0].base_url, api_key=token)
    blocking(False, base_url=models[0].base_url, api_key=token)  # it is there already
    assert sent(models[0]) == ["token-1", "token-2", "token-2"]


def test_an_async_fetch_is_for_async_calls(tokens: tuple[Loopback, TokenServer]) -> None:
    with pytest.raises(ConfigError, match="async callable, and this is a blocking call"):
        blocking(False, base_url="http://127.0.0.1:9", api_key=CachedToken(fetching_later(tokens[0])))


def test_a_function_that_calls_an_async_one_is_told_to_be_that_one() -> None:
    async def later(tenant: str) -> tuple[str, float]:
        return tenant, 5.0

    with pytest.raises(ConfigError, match="Give the async function itself, not one that calls it"):
        concurrent(False, base_url="http://127.0.0.1:9", api_key=CachedToken(lambda: later("a")))
    with loopback(ModelServer()) as server:
        token = CachedToken(functools.partial(later, "a"))
        concurrent(False, base_url=server.base_url, api_key=token)
        assert sent(server) == ["a"]


# ---------------------------------------------------------------------- the ways of Entra ID


def test_workload_identity_sends_the_token_of_the_file(
    tokens: tuple[Loopback, TokenServer],
    models: tuple[Loopback, ModelServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "token").write_text(PASSWORD + "\n")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))

    def workload() -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": Path(os.environ["AZURE_FEDERATED_TOKEN_FILE"]).read_text(),
            "scope": SCOPE,
        }
        url = f"{tokens[0].url}/tenant/oauth2/v2.0/token"
        with urllib.request.urlopen(url, urlencode(form).encode()) as answer:
            found = json.load(answer)
        return found["access_token"], found["expires_in"]

    blocking(False, base_url=models[0].base_url, api_key=CachedToken(workload))
    assert sent(models[0]) == ["token-1"]
    assert tokens[1].forms[0]["client_assertion"].strip() == PASSWORD


class AccessToken:
    """As ``azure.core.credentials.AccessToken``."""

    def __init__(self, token: str, expires_on: int) -> None:
        self.token = token
        self.expires_on = expires_on


class Credential:
    """As the credentials of ``azure.identity``: they keep their tokens themselves."""

    def __init__(self, server: Loopback) -> None:
        self._fetch = fetching(server)
        self._kept: AccessToken | None = None

    def get_token(self, *scopes: str) -> AccessToken:
        assert scopes == (SCOPE,)
        if self._kept is None:
            token, seconds = self._fetch()
            self._kept = AccessToken(token, int(seconds))
        return self._kept


def get_bearer_token_provider(credential: Credential, *scopes: str) -> Callable[[], str]:
    """As ``azure.identity.get_bearer_token_provider``: a function that returns text."""
    return lambda: credential.get_token(*scopes).token


def get_async_bearer_token_provider(
    credential: Credential, *scopes: str
) -> Callable[[], Awaitable[str]]:
    """As ``azure.identity.aio.get_bearer_token_provider``."""

    async def get() -> str:
        return await asyncio.to_thread(lambda: credential.get_token(*scopes).token)

    return get


def test_a_bearer_token_provider_of_azure_identity_is_an_api_key(
    tokens: tuple[Loopback, TokenServer], models: tuple[Loopback, ModelServer]
) -> None:
    credential = Credential(tokens[0])
    provider = get_bearer_token_provider(credential, SCOPE)
    later = get_async_bearer_token_provider(credential, SCOPE)
    for streamed in (False, True):
        blocking(streamed, base_url=models[0].base_url, api_key=provider)
        concurrent(streamed, base_url=models[0].base_url, api_key=provider)
        concurrent(streamed, base_url=models[0].base_url, api_key=later)
    assert sent(models[0]) == ["token-1"] * 6
    assert len(tokens[1].forms) == 1


# ---------------------------------------------------------------------- a token server in trouble


def in_trouble(token: CachedToken, ask: Callable[..., None], **fields: Any) -> BaseException:
    with caught() as errors:
        ask(False, base_url="http://127.0.0.1:9", api_key=token, **fields)
    return errors[0]


TROUBLE = [(blocking, "function"), (concurrent, "function"), (concurrent, "async")]


@pytest.mark.parametrize(("ask", "kind"), TROUBLE)
def test_a_token_server_that_is_down_is_named(sinks: Sinks, ask: Callable[..., None], kind: str) -> None:
    with loopback(TokenServer()) as server:
        pass
    token = CachedToken(FETCHES[kind](server), name="login.lab.example")
    error = in_trouble(token, ask, max_retries=0)
    assert isinstance(error, ConnectionFailedError)
    assert "no token came from 'login.lab.example': it cannot be reached" in str(error)
    assert error.__cause__ is not None
    sinks.look_at_error(error)
    sinks.check()


@pytest.mark.parametrize(("ask", "kind"), TROUBLE)
def test_a_token_server_that_refuses_is_named(
    tokens: tuple[Loopback, TokenServer], sinks: Sinks, ask: Callable[..., None], kind: str
) -> None:
    tokens[1].reply = json_reply({"error": "invalid_client", "error_description": PASSWORD}, 401)
    error = in_trouble(CachedToken(FETCHES[kind](tokens[0])), ask)
    assert isinstance(error, ConfigError)
    assert "entra': HTTP" in str(error)  # HTTPError of urllib, HTTPStatusError of httpx
    assert len(tokens[1].forms) == 1
    sinks.look_at_error(error)
    sinks.check()


@pytest.mark.parametrize(("ask", "kind"), TROUBLE)
@pytest.mark.parametrize("body", [b"<html>no</html>", b"{}", b'{"access_token": "", "expires_in": 1}'])
def test_a_token_server_that_talks_nonsense_is_named(
    tokens: tuple[Loopback, TokenServer],
    sinks: Sinks,
    ask: Callable[..., None],
    kind: str,
    body: bytes,
) -> None:
    tokens[1].reply = Reply(200, {"content-type": "application/json"}, body)
    error = in_trouble(CachedToken(FETCHES[kind](tokens[0])), ask)
    assert isinstance(error, ConfigError)
    assert "no token came from" in str(error)
    sinks.look_at_error(error)
    sinks.check()


@pytest.mark.parametrize("answer", [None, PASSWORD, (PASSWORD,), (PASSWORD, "3600"), (5, 5), (" ", 5)])
def test_a_fetch_that_returns_no_pair_is_told_what_it_must(sinks: Sinks, answer: Any) -> None:
    async def later() -> Any:
        return answer

    for ask, fetch in ((blocking, lambda: answer), (concurrent, later)):
        error = in_trouble(CachedToken(fetch), ask)
        assert isinstance(error, ConfigError)
        assert "It must return a pair: the token as text" in str(error)
        sinks.look_at_error(error)
    sinks.check()


def test_an_error_of_ours_passes_a_fetch_as_it_is() -> None:
    def fetch() -> tuple[str, float]:
        raise MissingKeyError("AZURE_CLIENT_SECRET is not set")

    with pytest.raises(MissingKeyError, match="AZURE_CLIENT_SECRET is not set"):
        blocking(False, base_url="http://127.0.0.1:9", api_key=CachedToken(fetch))


def test_a_token_server_that_comes_back_is_asked_again(
    tokens: tuple[Loopback, TokenServer], models: tuple[Loopback, ModelServer]
) -> None:
    fetch, tries = fetching(tokens[0]), iter([ConnectionResetError(), None])

    def shaky() -> tuple[str, float]:
        trouble = next(tries)
        if trouble is not None:
            raise trouble
        return fetch()

    blocking(False, base_url=models[0].base_url, api_key=CachedToken(shaky), max_retries=1)
    assert sent(models[0]) == ["token-1"]


def test_another_provider_is_asked_where_the_token_server_is_down(
    models: tuple[Loopback, ModelServer],
) -> None:
    with loopback(TokenServer()) as down:
        pass
    first = Provider(
        name="entra", base_url="http://127.0.0.1:9", api_key=CachedToken(fetching(down)), max_retries=0
    )
    spare = Provider(name="spare", base_url=models[0].base_url, api_key="own")
    with Client(first, model="m", fallbacks=[spare]) as client:
        answer = client.chat(HELLO)
    assert answer.record is not None
    assert answer.record.fallbacks == ("entra",)
    assert sent(models[0]) == ["own"]


# ---------------------------------------------------------------------- what is shown


def test_a_token_is_not_shown_and_left_behind_by_pickles(sinks: Sinks) -> None:
    token = CachedToken(lambda: (PASSWORD, 3600))
    lab = Provider(name="lab", base_url="http://127.0.0.1:9", api_key=token)
    assert token() == PASSWORD
    sinks.look("token", token, repr(token()), vars(token), copy.copy(token), copy.deepcopy(lab))
    sinks.look("pickle", pickle.dumps(lab))
    assert copy.deepcopy(token) is token
    with pytest.raises(MissingKeyError, match="pickled"):
        Client(pickle.loads(pickle.dumps(lab)), model="m").chat(HELLO)
    sinks.check()
