"""What was given for one origin goes to no other: keys, headers, query, cookies, bodies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import trustme

from openai_compatible import (
    AsyncClient,
    Client,
    ConfigError,
    Model,
    Provider,
    RedirectRefusedError,
)
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback

from .conftest import HEADER, KEY, QUERY

HELLO = [{"role": "user", "content": "a prompt that is nobody else's business"}]
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
SECRETIVE: dict[str, Any] = {
    "api_key": KEY,
    "headers": {"X-Own": HEADER, "Cookie": f"session={HEADER}"},
    "query": {"own": QUERY},
}


def blocking(streamed: bool, **fields: Any) -> Any:
    with Client(model="m", **fields) as client:
        return list(client.stream(HELLO)) if streamed else client.chat(HELLO)


def blocking_own(streamed: bool, **fields: Any) -> Any:
    """With an HTTP client of the user's that would follow."""
    with openai.DefaultHttpxClient(follow_redirects=True) as http:
        return blocking(streamed, http_client=http, **fields)


async def _async(streamed: bool, fields: dict[str, Any]) -> Any:
    async with AsyncClient(model="m", **fields) as client:
        if streamed:
            return [event async for event in client.stream(HELLO)]
        return await client.chat(HELLO)


def concurrent(streamed: bool, **fields: Any) -> Any:
    return asyncio.run(_async(streamed, fields))


def concurrent_own(streamed: bool, **fields: Any) -> Any:
    async def run() -> Any:
        async with openai.DefaultAsyncHttpxClient(follow_redirects=True) as http:
            return await _async(streamed, {"http_client": http, **fields})

    return asyncio.run(run())


Ask = Callable[..., Any]
ASKS = [blocking, blocking_own, concurrent, concurrent_own]


@pytest.fixture(params=ASKS, ids=lambda ask: ask.__name__)
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.param
    return found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    issued = trustme.CA().issue_cert("127.0.0.1", "localhost")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(folder / "cert.pem", append=number > 0)
    return folder / "cert.pem", folder / "key.pem"


PLACES: dict[str, Callable[[Loopback], str]] = {
    "other port": lambda other: other.url,
    "other host": lambda other: other.url.replace("127.0.0.1", "localhost"),
    "without scheme": lambda other: other.url.removeprefix("http:"),
    "with a name": lambda other: other.url.replace("//", "//user:pass@"),
    "https": lambda other: other.url.replace("http://", "https://"),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_follows_a_redirect_to_another_origin(
    ask: Ask, place: str, status: int, streamed: bool
) -> None:
    with loopback(json_reply(ANSWER)) as other:

        def away(seen: Seen) -> Reply:
            headers = {"location": PLACES[place](other) + seen.target, "set-cookie": "sid=1; Path=/"}
            return Reply(status, headers)

        with loopback(away) as server:
            with pytest.raises(RedirectRefusedError, match="another origin"):
                ask(streamed, base_url=server.base_url, **SECRETIVE)
            assert len(server.requests) == 1
        assert other.connections == 0


@pytest.mark.parametrize("status", [301, 307])
def test_nothing_follows_a_redirect_to_the_same_host_with_tls_or_without(
    ask: Ask, status: int, certificate: tuple[Path, Path]
) -> None:
    with loopback(json_reply(ANSWER), tls=certificate) as safe:
        with loopback(Reply(status, {"location": f"{safe.base_url}/chat/completions"})) as server:
            with pytest.raises(RedirectRefusedError, match="https://127"):
                ask(False, base_url=server.base_url, **SECRETIVE)
        assert safe.connections == 0


def test_a_redirect_from_tls_to_clear_text_is_refused(certificate: tuple[Path, Path]) -> None:
    with loopback(json_reply(ANSWER)) as plain:
        down = Reply(308, {"location": f"{plain.base_url}/chat/completions"})
        with loopback(down, tls=certificate) as safe:
            for ask in (blocking, concurrent):
                with pytest.raises(RedirectRefusedError, match="http://127"):
                    ask(False, base_url=safe.base_url, tls={"verify": False}, **SECRETIVE)
        assert plain.connections == 0


def test_a_redirect_within_the_origin_takes_everything_along(ask: Ask) -> None:
    def app(seen: Seen) -> Reply:
        if seen.path.endswith("/"):
            return json_reply(ANSWER)
        return Reply(307, {"location": seen.target.replace("completions", "completions/")})

    with loopback(app) as server:
        ask(False, base_url=server.base_url, **SECRETIVE)
        first, second = server.requests
    assert second.headers["authorization"] == first.headers["authorization"] == f"Bearer {KEY}"
    assert second.headers["x-own"] == HEADER
    assert second.query == first.query == {"own": QUERY}
    assert second.body == first.body
    assert second.target.count("own=") == 1


# ---------------------------------------------------------------------- cookies


def setting(seen: Seen) -> Reply:
    return json_reply(ANSWER, headers={"set-cookie": "sid=of-somebody; Path=/; Max-Age=9999"})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_cookie_of_a_server_is_kept(host: str) -> None:
    with loopback(setting) as server:
        url = server.base_url.replace("127.0.0.1", host)
        with Client(base_url=url, model="m") as client:
            client.chat(HELLO)
            client.chat(HELLO)

        async def run() -> None:
            async with AsyncClient(base_url=url, model="m") as client:
                await client.chat(HELLO)
                await client.chat(HELLO)

        asyncio.run(run())
        assert [seen.headers.get("cookie") for seen in server.requests] == [None] * 4


def test_no_cookie_of_a_server_reaches_its_neighbour() -> None:
    with loopback(setting) as first, loopback(setting) as second:
        lab = Provider(
            name="lab",
            base_url=first.base_url,
            models={"m": Model(), "n": Model(base_url=second.base_url)},
        )
        busy = json_reply({"error": {"message": "busy"}}, 503, {"set-cookie": "sid=busy; Path=/"})
        with loopback(busy) as third:
            spare = Provider(name="spare", base_url=third.base_url, max_retries=0)
            with Client(spare, model="m", fallbacks=[lab]) as client:
                client.chat(HELLO)
                client.chat(HELLO)
            with Client(lab, model="n") as client:
                client.chat(HELLO)
            seen = [*first.requests, *second.requests, *third.requests]
    assert [one.headers.get("cookie") for one in seen] == [None] * 5


def test_a_cookie_that_the_user_sets_is_sent(ask: Ask) -> None:
    with loopback(setting) as server:
        ask(False, base_url=server.base_url, headers={"Cookie": "mine=1"})
        assert server.requests[0].headers["cookie"] == "mine=1"


# ---------------------------------------------------------------------- clear text


@pytest.fixture
def proxied() -> Iterator[tuple[Loopback, dict[str, Any]]]:
    """A way to any host without a network: a proxy on loopback."""
    with loopback(json_reply(ANSWER)) as proxy:
        yield proxy, {"proxy": proxy.url, "max_retries": 0}


PUBLIC = ["http://api.example.com/v1", "http://8.8.8.8/v1", "http://[2001:4860:4860::8888]/v1"]
PRIVATE = ["http://10.0.0.5/v1", "http://192.168.1.5:8000", "http://nas.local/v1", "http://vllm:8000/v1"]


@pytest.mark.parametrize("url", PUBLIC)
@pytest.mark.parametrize(
    "fields",
    [
        {"api_key": KEY},
        {"api_key": lambda: KEY},
        {"headers": {"Authorization": f"Bearer {KEY}"}},
        {"headers": {"X-Api-Key": KEY}},
        {"headers": {"cookie": f"session={KEY}"}},
        {"query": {"api_key": KEY}},
    ],
    ids=["key", "callable", "authorization", "x-api-key", "cookie", "query"],
)
def test_s3_72_no_key_goes_to_a_public_host_in_clear_text(
    proxied: tuple[Loopback, dict[str, Any]], url: str, fields: dict[str, Any]
) -> None:
    proxy, way = proxied
    for ask in (blocking, concurrent):
        with pytest.raises(ConfigError, match="unencrypted to .*allow_insecure = true") as caught:
            ask(False, base_url=url, **way, **fields)
        assert KEY not in str(caught.value)
    assert proxy.connections == 0
    blocking(False, base_url=url, allow_insecure=True, **way, **fields)
    assert KEY in f"{proxy.requests[0].headers} {proxy.requests[0].query}"


@pytest.mark.parametrize("url", PRIVATE)
def test_s3_71_a_key_goes_to_private_hosts_in_clear_text(
    proxied: tuple[Loopback, dict[str, Any]], url: str
) -> None:
    proxy, way = proxied
    blocking(False, base_url=url, api_key=KEY, **way)
    assert proxy.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("fields", [{}, {"api_key": "EMPTY"}, {"headers": {"X-Team": "search"}}])
def test_s1_50_what_is_no_secret_may_go_anywhere(
    proxied: tuple[Loopback, dict[str, Any]], fields: dict[str, Any]
) -> None:
    proxy, way = proxied
    blocking(False, base_url=PUBLIC[0], **way, **fields)
    assert len(proxy.requests) == 1


# ---------------------------------------------------------------------- a base URL that is replaced


@pytest.mark.parametrize("replace", ["argument", "changed", "variable"])
def test_s1_58_an_overridden_base_url_inherits_nothing_secret(
    replace: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAB_API_KEY", KEY)
    with loopback(json_reply(ANSWER)) as other:
        lab = Provider(name="lab", base_url="https://lab.example.com/v1", **SECRETIVE)
        if replace == "argument":
            client = Client(lab, model="m", base_url=other.base_url)
        elif replace == "changed":
            client = Client(lab.changed(base_url=other.base_url), model="m")
        else:
            file = tmp_path / "providers.toml"
            file.write_text(
                '[[providers]]\nname = "lab"\nbase_url = "https://lab.example.com/v1"\n'
                f'api_key_env = "LAB_API_KEY"\nheaders = {{ X-Own = "{HEADER}" }}\n'
            )
            monkeypatch.setenv("OPENAI_COMPATIBLE__LAB__BASE_URL", other.base_url)
            client = Client("lab/m", config=file)
        with client:
            client.chat(HELLO)
        seen = other.requests[0]
    assert "authorization" not in seen.headers
    assert "x-own" not in seen.headers
    assert "cookie" not in seen.headers
    assert seen.query == {}


def test_what_one_call_is_given_goes_to_no_fallback() -> None:
    with loopback(json_reply({"error": {"message": "busy"}}, 503)) as busy:
        with loopback(json_reply(ANSWER)) as server:
            first = Provider(name="first", base_url=busy.base_url, max_retries=0, **SECRETIVE)
            spare = Provider(name="spare", base_url=server.base_url)
            with Client(first, model="m", fallbacks=[spare]) as client:
                client.chat(HELLO)
            assert busy.requests[0].headers["x-own"] == HEADER
            assert "x-own" not in server.requests[0].headers
            assert "authorization" not in server.requests[0].headers
            assert server.requests[0].query == {}
