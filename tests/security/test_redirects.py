"""Redirects to hosts that look like the one that was asked, and what redirects bring along."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from typing import Any

import openai
import pytest

from openai_compatible import (
    AsyncClient,
    Client,
    OpenAICompatibleError,
    RedirectRefusedError,
)
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback

from .conftest import HEADER, KEY, QUERY

ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
SECRETIVE: dict[str, Any] = {
    "api_key": KEY,
    "headers": {"X-Own": HEADER},
    "query": {"own": QUERY},
    "max_retries": 0,
}
Results = list[Any]


def blocking(texts: Sequence[str], **fields: Any) -> Results:
    """The answer or the error to each text, from one client."""
    with Client(model="m", **fields) as client:
        return [
            _or_error(lambda text=text: client.chat([{"role": "user", "content": text}]))
            for text in texts
        ]


def _or_error(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except OpenAICompatibleError as error:
        return error


async def _each(texts: Sequence[str], fields: dict[str, Any]) -> Results:
    found: Results = []
    async with AsyncClient(model="m", **fields) as client:
        for text in texts:
            try:
                found.append(await client.chat([{"role": "user", "content": text}]))
            except OpenAICompatibleError as error:
                found.append(error)
    return found


def aiohttp(texts: Sequence[str], **fields: Any) -> Results:
    return asyncio.run(_each(texts, fields))


def blocking_own(texts: Sequence[str], **fields: Any) -> Results:
    with openai.DefaultHttpxClient(follow_redirects=True) as http:
        return blocking(texts, http_client=http, **fields)


def httpx_own(texts: Sequence[str], **fields: Any) -> Results:
    async def run() -> Results:
        async with openai.DefaultAsyncHttpxClient(follow_redirects=True) as http:
            return await _each(texts, {"http_client": http, **fields})

    return asyncio.run(run())


Ask = Callable[..., Results]
OWN: list[Ask] = [blocking_own, httpx_own]
"""With an HTTP client of the user's: its cookie jar is the user's, too."""
ASKS: list[Ask] = [blocking, aiohttp, *OWN]


@pytest.fixture(params=ASKS, ids=lambda ask: ask.__name__)
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.param
    return found


def location(seen: Seen) -> str:
    """What the prompt says: where to redirect to."""
    text: str = seen.json["messages"][0]["content"]
    return text


def away(port: int, other: int) -> list[str]:
    """Locations of other origins, for a server that was asked as ``localhost:PORT``."""
    return [
        f"http://localhost.evil.example:{port}/",
        f"http://localhost:{port}@evil.example/",
        f"http://localhost%3A{port}@evil.example/",
        f"http://evil.example/@localhost:{port}/",
        f"http://evil.example?@localhost:{port}/",
        f"http://evil.example#@localhost:{port}/",
        f"http://evillocalhost:{port}/",
        f"http://localhost.:{port}/",
        f"http://local\thost.evil.example:{port}/",
        f"http://127.0.0.1:{other}/",
        f"http://user:pass@localhost:{other}/",
        f"http://127.0.0.1:{port}/",
        f"http://[::1]:{port}/",
        f"http://[::ffff:127.0.0.1]:{port}/",
        f"http://[::1%25lo]:{port}/",
        f"http://2130706433:{port}/",
        f"http://0x7f.1:{port}/",
        f"http://l\u043ecalhost:{port}/",
        f"http://xn--lcalhost-b5a:{port}/",
        f"https://localhost:{port}/",
        f"HTTPS://LOCALHOST:{port}/",
        f"//evil.example:{port}/",
        f"//localhost:{other}/",
        f"http://localhost:{other}/v1/chat/completions",
        f"ftp://localhost:{port}/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:application/json,{}",
        f"ws://localhost:{port}/",
        f"http://localhost:{port}0000/",
        "http://localhost:port/",
        "http://[::1/",
    ]


@pytest.mark.parametrize("status", [302, 308])
def test_nothing_goes_to_a_host_that_looks_like_the_one_that_was_asked(ask: Ask, status: int) -> None:
    def app(seen: Seen) -> Reply:
        lines = (f"HTTP/1.1 {status} Found", f"location: {location(seen)}", "connection: close", "", "")
        return Reply(body=["\r\n".join(lines).encode()], framing="raw")

    with loopback(json_reply(ANSWER)) as other, loopback(app) as server:
        places = away(server.port, other.port)
        base_url = server.base_url.replace("127.0.0.1", "localhost")
        found = dict(zip(places, ask(places, base_url=base_url, **SECRETIVE), strict=True))
        others = {
            place: error for place, error in found.items() if type(error) is not RedirectRefusedError
        }
        assert others == {}
        assert len(server.requests) == len(places)
        assert other.connections == 0
    assert [str(error) for error in found.values() if KEY in str(error) or "pass@" in str(error)] == []


STAYING = [
    "/v1/other",
    "other?a=1",
    "//LOCALHOST:{port}/v1/other",
    "HTTP://LocalHost:{port}/v1/other#part",
    "http://localhost:0{port}/v1/other",
    "http://user:pass@localhost:{port}/v1/other",
    "http://evil.example\\@localhost:{port}/v1/other",
    "///evil.example/other",
    "/\\evil.example/other",
    "\\\\evil.example/other",
    "?own=1&own=2",
    "/v1/other?own={query}",
]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_that_stays_takes_along_what_was_given_and_nothing_of_its_own(
    ask: Ask, status: int
) -> None:
    with loopback(json_reply(ANSWER)) as server:

        def app(seen: Seen) -> Reply:
            if len(server.requests) % 2 == 0:
                return json_reply(ANSWER, headers={"set-cookie": "sid=second; Path=/"})
            to = location(seen).format(port=server.port, query=QUERY)
            return Reply(status, {"location": to, "set-cookie": "sid=first; Path=/"})

        server.app = app
        found = ask(STAYING, base_url=server.base_url.replace("127.0.0.1", "localhost"), **SECRETIVE)
        assert [one for one in found if isinstance(one, Exception)] == []
        first, second = server.requests[::2], server.requests[1::2]
        assert len(first) == len(second) == len(STAYING)
    for one in server.requests:
        assert one.headers["authorization"] == f"Bearer {KEY}"
        assert one.headers["x-own"] == HEADER
        assert one.headers["host"] == f"localhost:{server.port}"
        assert "cookie" not in one.headers or ask in OWN
        assert one.query.get("own") == QUERY
        assert one.target.count("own=") == 1
    assert [one.body for one in second] == [one.body for one in first]


def test_a_redirect_that_asks_for_another_method_is_an_error(ask: Ask) -> None:
    with loopback(Reply(303, {"location": "/v1/other", "set-cookie": "sid=1; Path=/"})) as server:
        found = ask(["a", "b"], base_url=server.base_url, **SECRETIVE)
        assert all(isinstance(one, OpenAICompatibleError) for one in found)
        assert [seen.path for seen in server.requests] == ["/v1/chat/completions"] * 2
        assert ask in OWN or not any("cookie" in seen.headers for seen in server.requests)


def test_a_circle_of_redirects_ends(ask: Ask) -> None:
    with loopback(Reply(307, {"location": "?again"})) as server:
        (error,) = ask(["a"], base_url=server.base_url, **SECRETIVE)
        assert isinstance(error, RedirectRefusedError)
        assert len(server.requests) == 5


COOKIES = [
    "sid=1; Path=/",
    "sid=1; Domain=localhost; Path=/",
    "sid=1; Domain=.localhost; Secure; SameSite=None",
    "sid=1; Max-Age=999999; HttpOnly",
    "__Host-sid=1; Path=/; Secure",
    '$Version=1; sid="1"; $Path="/"',
]


@pytest.mark.parametrize("ask", [blocking, aiohttp], ids=lambda ask: ask.__name__)
@pytest.mark.parametrize("status", [200, 400, 401, 429, 503])
def test_no_cookie_is_sent_back_whatever_it_says_and_came_with(ask: Ask, status: int) -> None:
    def app(seen: Seen) -> Reply:
        body = ANSWER if status == 200 else {"error": {"message": "no"}}
        return json_reply(body, status, {"set-cookie": location(seen)})

    with loopback(app) as server:
        base_url = server.base_url.replace("127.0.0.1", "localhost")
        ask(COOKIES, base_url=base_url, **SECRETIVE)
        assert len(server.requests) == len(COOKIES)
        assert not any("cookie" in seen.headers for seen in server.requests)


def test_the_password_before_an_at_sign_is_no_longer_sent(ask: Ask) -> None:
    """A server cannot replace the key that it is sent by one of its own."""
    with loopback(json_reply(ANSWER)) as server:

        def app(seen: Seen) -> Reply:
            if len(server.requests) > 1:
                return json_reply(ANSWER)
            return Reply(307, {"location": f"http://evil:word@127.0.0.1:{server.port}/v1/other"})

        server.app = app
        ask(["a"], base_url=server.base_url)
        assert "authorization" not in server.requests[1].headers
        assert base64.b64encode(b"evil:word").decode() not in str(server.requests[1].headers)
