"""A server that repeats what it was sent, anywhere in its answer: no error or log line repeats it."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from openai_compatible import AsyncClient, CachedToken, Client, OpenAICompatibleError, Provider
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback

KEY = "sk-Canary4711aZ83hWm2XcVt7pLdQ9"
HEADER = "Hdr0815bY94jXn3YdWu8qMeR1"
QUERY = "Qry1234cX05kYo4ZeXv9rNfS2"
RENEWED = "tok-Zqx567dW16mZp5AfYw0sPgT3"
SECRETS = (KEY, HEADER, QUERY, RENEWED)
HELLO = [{"role": "user", "content": "hello"}]
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def remains(text: str, most: int = 4) -> list[str]:
    """Runs of more letters and digits of a secret than that in a text, and whole secrets in base64."""
    text = letters(text)
    found = []
    for secret in map(letters, SECRETS):
        found += [run for at in range(len(secret) - most) if (run := secret[at : at + most + 1]) in text]
    coded = (letters(base64.b64encode(secret.encode()).decode()) for secret in SECRETS)
    return found + [one for one in coded if one in text]


class Records(logging.Handler):
    """Every record of every logger, as handlers see it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append((record.name, f"{self.format(record)} {record.__dict__}"))

    @property
    def leaks(self) -> list[tuple[str, list[str], str]]:
        return [(name, found, text) for name, text in self.seen if (found := remains(text, 7))]


@pytest.fixture
def records() -> Iterator[Records]:
    watch, root = Records(), logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(watch)
    yield watch
    root.removeHandler(watch)
    root.setLevel(before)


def blocking(provider: Provider, *, streamed: bool = False) -> Any:
    with Client(provider, model="m") as client:
        return list(client.stream(HELLO)) if streamed else client.chat(HELLO)


def running(http: bool) -> Callable[..., Any]:
    async def run(provider: Provider, streamed: bool) -> Any:
        own = openai.DefaultAsyncHttpxClient() if http else None
        try:
            async with AsyncClient(provider, model="m", http_client=own) as client:
                if streamed:
                    return [event async for event in client.stream(HELLO)]
                return await client.chat(HELLO)
        finally:
            if own is not None:
                await own.aclose()

    return lambda provider, *, streamed=False: asyncio.run(run(provider, streamed))


Ask = Callable[..., Any]
ASKS: dict[str, Ask] = {"blocking": blocking, "aiohttp": running(False), "httpx": running(True)}


@pytest.fixture(params=ASKS)
def ask(request: pytest.FixtureRequest) -> Ask:
    return ASKS[request.param]


def lab(server: Loopback, **fields: Any) -> Provider:
    given: dict[str, Any] = {
        "api_key": KEY,
        "headers": {"X-Own": HEADER},
        "query": {"own": QUERY},
        "max_retries": 0,
        **fields,
    }
    return Provider(name="lab", base_url=server.base_url, **given)


def sent(seen: Seen) -> str:
    """Everything secret that came, in one line."""
    return f"{seen.headers.get('authorization')} {seen.headers.get('x-own')} {seen.query.get('own')}"


def raw(status: str, seen: Seen, *headers: str, body: str = "") -> Reply:
    """An answer byte for byte; ``{}`` is what was sent."""
    lines = [
        f"HTTP/1.1 {status}",
        *headers,
        f"content-length: {len(body.encode())}",
        "connection: close",
    ]
    head = "\r\n".join(lines).replace("{}", sent(seen))
    return Reply(body=[f"{head}\r\n\r\n{body}".encode()], framing="raw")


PLACES: dict[str, Callable[[Seen], Reply]] = {
    "reason phrase": lambda seen: raw("401 bad key {}", seen),
    "reason phrase of an answer": lambda seen: raw(
        "200 ok {}", seen, "content-type: application/json", body=json.dumps(ANSWER)
    ),
    "any header": lambda seen: raw("400 no", seen, "x-echo: {}"),
    "request id": lambda seen: raw("500 no", seen, "x-request-id: {}"),
    "location of another origin": lambda seen: raw(
        "307 no", seen, f"location: http://{KEY}.example.com/?own={QUERY}&key={KEY}"
    ),
    "location of the same origin": lambda seen: raw("303 no", seen, f"location: /{KEY}?own={QUERY}"),
    "location that is no URL": lambda seen: raw("302 no", seen, f"location: http://[{KEY}"),
    "cookie": lambda seen: raw("403 no", seen, f"set-cookie: sid={KEY}; Path=/"),
    "challenge": lambda seen: raw("401 no", seen, 'www-authenticate: Bearer realm="{}"'),
    "retry-after": lambda seen: raw("429 no", seen, "retry-after: {}"),
    "content type": lambda seen: raw("200 ok", seen, "content-type: {}", body="<p>"),
    "content encoding": lambda seen: raw("200 ok", seen, f"content-encoding: {KEY}", body="x"),
    "status line": lambda seen: Reply(body=[f"{sent(seen)} no\r\n\r\n".encode()], framing="raw"),
    "header without a colon": lambda seen: Reply(
        body=[f"HTTP/1.1 200 OK\r\n{sent(seen)}\r\n\r\n".encode()], framing="raw"
    ),
    "length": lambda seen: Reply(
        body=[f"HTTP/1.1 200 OK\r\ncontent-length: {KEY}\r\n\r\n".encode()], framing="raw"
    ),
    "code and param": lambda seen: json_reply(
        {"error": {"message": sent(seen), "code": sent(seen) * 9, "param": "a" * 180 + KEY}}, 400
    ),
    "names of the body": lambda seen: json_reply({sent(seen): {sent(seen): [sent(seen)]}}, 422),
    "validation errors": lambda seen: json_reply(
        {"detail": [{"loc": ["body", KEY], "msg": sent(seen), "input": KEY}]}, 422
    ),
    "web page": lambda seen: Reply(500, {"content-type": "text/html"}, f"<title>{KEY}</title>".encode()),
    "text that is no UTF-8": lambda seen: Reply(
        200, {"content-type": "application/json"}, b'{"a": "\xff ' + sent(seen).encode()
    ),
    "error in a 200": lambda seen: json_reply({"error": {"message": sent(seen), "type": KEY}}),
    "names of models": lambda seen: (
        json_reply({"data": [{"id": f"m-{KEY}"}, {"id": KEY}]})
        if seen.path.endswith("/models")
        else json_reply({"error": {"message": "m not found", "code": "model_not_found"}}, 404)
    ),
    "error in a stream": lambda seen: Reply(
        200,
        {"content-type": "text/event-stream"},
        f"event: error\ndata: {json.dumps({'message': sent(seen)})}\n\n".encode(),
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_a_server_repeats_is_in_no_error_and_no_log_line(
    ask: Ask, records: Records, place: str
) -> None:
    with loopback(PLACES[place]) as server:
        provider, error = lab(server), None
        try:
            ask(provider, streamed="stream" in place)
        except OpenAICompatibleError as caught:
            error = caught
    assert (error is None) == (place == "reason phrase of an answer")
    assert records.leaks == []
    while error is not None:
        assert remains(f"{error!s} {error!r} {vars(error)} {error.args}", 7) == []
        error = error.__cause__ or error.__context__  # type: ignore[assignment]


CUTS = [*range(960, 1001, 3), *range(1950, 2001, 4)]


@pytest.mark.parametrize(
    "spell", [str, str.upper, lambda key: json.dumps(key)[1:-1].replace("-", "\\u002d")]
)
def test_our_own_cuts_leave_nothing_of_a_key(spell: Callable[[str], str]) -> None:
    def app(seen: Seen) -> Reply:
        before = "." * int(json.loads(seen.body)["messages"][0]["content"])
        body = f'{{"error": {{"message": "{before}{spell(KEY)} is wrong{"." * 3000}"}}}}'
        return Reply(400, {"content-type": "application/json"}, body.encode())

    with loopback(app) as server, Client(lab(server), model="m") as client:
        for before in CUTS:
            with pytest.raises(OpenAICompatibleError) as caught:
                client.chat([{"role": "user", "content": str(before)}])
            assert remains(f"{caught.value} {caught.value.body}") == [], before


@pytest.mark.parametrize("end", ["", "}"])
def test_bodies_that_cannot_be_read_show_nothing_of_a_key(ask: Ask, end: str) -> None:
    for before in range(1960, 2001, 7):
        body = f'{{"x": "{"." * before}{KEY}{"." * 9000}{end}'.encode()
        with loopback(Reply(200, {"content-type": "application/json"}, body)) as server:
            with pytest.raises(OpenAICompatibleError) as caught:
                ask(lab(server))
        assert remains(f"{caught.value} {caught.value.body}") == [], before


def test_a_token_that_was_renewed_is_masked_and_so_is_the_old_one(ask: Ask, records: Records) -> None:
    tokens = iter([KEY, RENEWED])

    def app(seen: Seen) -> Reply:
        return json_reply(
            {"error": {"message": f"neither {KEY} nor {seen.headers['authorization']}"}}, 401
        )

    with loopback(app) as server:
        with pytest.raises(OpenAICompatibleError) as caught:
            ask(lab(server, api_key=CachedToken(lambda: (next(tokens), 3600.0))))
        assert [seen.headers["authorization"][7:] for seen in server.requests] == [KEY, RENEWED]
    assert remains(f"{caught.value} {caught.value.body}") == []
    assert records.leaks == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of aiohttp, for the SDK
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("variable", [False, True], ids=["setting", "variable"])
def test_the_password_of_a_proxy_that_it_repeats_is_masked(
    ask: Ask, variable: bool, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def app(seen: Seen) -> Reply:
        return raw(f"407 {seen.headers}", seen, f"x-echo: {HEADER}", body=f"user:{HEADER}")

    with loopback(app) as server:
        proxy = server.url.replace("//", f"//user:{HEADER}@")
        fields: dict[str, Any] = {} if variable else {"proxy": proxy}
        if variable:
            monkeypatch.setenv(f"{scheme}_proxy", proxy)
        provider = Provider(name="lab", base_url=f"{scheme}://nas.local/v1", max_retries=0, **fields)
        if ask is not ASKS["httpx"] or variable:  # the test's own client knows no proxy
            with pytest.raises(OpenAICompatibleError) as caught:
                ask(provider)
            assert len(server.requests) == 1
            error: BaseException | None = caught.value
            while error is not None:
                assert remains(f"{error!r} {vars(error)} {error.args}") == []
                error = error.__cause__ or error.__context__


def test_log_lines_of_others_stay_as_they_are(records: Records) -> None:
    logger = logging.getLogger("httpx")
    text, args = "HTTP Request: %s %s", ("GET", "https://example.com/?own=1&applicat=x")
    with loopback(json_reply(ANSWER)) as server:
        provider = lab(server, headers={"X-Own": "application-name"})
        with Client(provider, model="m") as client:
            events = client.stream(HELLO)
            next(iter(events))  # a request is under way
            logger.info(text, *args)
            logger.info("type application/json")
            logger.info("HTTP Request: GET %s", f"{server.url}/?own=somebody")
            logger.info("a key: %s", KEY)
            events.close()
    shown = [line for name, line in records.seen if name == "httpx"]
    assert any("https://example.com/?own=1&applicat=x" in line for line in shown)
    assert any("type application/json" in line for line in shown)
    assert any("?own=somebody" in line for line in shown)
    assert any("a key: ***" in line for line in shown)
    assert records.leaks == []


def test_logging_that_is_off_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from openai_compatible.transport import logs

    monkeypatch.setattr(logs, "_redact", lambda *_: pytest.fail("a record was looked at"))
    for name in ("httpx", "httpx2"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.WARNING)
    with loopback(json_reply(ANSWER)) as server:
        blocking(lab(server))
