"""What a server writes about an error takes no time, fits no terminal trick, and is always our error."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import unicodedata
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import AsyncClient, Client, ModelInfo, OpenAICompatibleError
from openai_compatible.errors import (
    AdaptationWarning,
    APIStatusError,
    ConfigError,
    ModelNotFoundError,
    OpenAICompatibleWarning,
)
from openai_compatible.testing.loopback import App, Reply, Seen, event_stream, json_reply, loopback
from openai_compatible.wire.error_body import error_from_chunk, error_from_response, error_from_text
from openai_compatible.wire.error_limits import MESSAGE, PARAM
from openai_compatible.wire.near_models import near_models
from openai_compatible.wire.retry_after import retry_after, seconds

HELLO = [{"role": "user", "content": "hello"}]
LONGEST = 1.0
"""Seconds of processor time for one refused request, whatever its body."""
PIECES = (
    *"_1a \n'\":<{[\\\u202e",
    *(
        "a_",
        "a.",
        "<a",
        "1s",
        "1.",
        "ms",
        "\x1b[",
        "https",
        "<title>",
        "</title",
        "<h1",
        "wait ",
        ": a_",
    ),
    *("messages.", "reasoning ", "tool_choice ", "content ", "model ", "api key ", "not supported "),
    *("input token count ", "current length is ", "sk-", "sk-a-", "eyJ", "eyJ-", "bearer ", "api_key="),
    *("try again in 1", "max tokens", "limit of ", "wait "),
)
WEB = ("<title>", "<", "<h1 a", "<title")
NESTED = ("[", '{"error":', '{"message":', '{"detail":[', '[{"error":', '{"errors":{"message":')


def text_bodies(size: int) -> list[bytes]:
    """Error bodies of about that many bytes that repeat one piece in one place."""
    found = []
    for piece in PIECES:
        text = piece * (size // len(piece))
        found += [
            json.dumps({"error": {"message": text, "type": text, "code": text, "param": text}}).encode(),
            text.encode("utf-8", "replace"),
        ]
    return found


def odd_bodies(size: int) -> list[bytes]:
    """Web pages, nesting and long lists of about that many bytes."""
    entry = {"loc": ["body", "messages", 0, "a_" * 40], "msg": "a_" * 100, "type": "missing"}
    empty = {"error": {"message": ""}}
    values: list[Any] = [
        {"detail": [entry] * (size // 400)},
        [*([empty] * (size // 25)), {"error": {"message": "m"}}],
        {"error": {"message": "slow", "details": [{"@type": "RetryInfo", "retryDelay": "1" * size}]}},
        {"error": {"message": "slow", "details": [{"retryDelay": "1s" * size}]}},
        {"error": {"message": ["a_"] * (size // 6), "code": 429}},
        {"detail": [{"loc": ["a_"] * (size // 6), "msg": {"a": ["b" * size]}}]},
        {"error": {"message": "m", "metadata": {"raw": "m" * size}}},
    ]
    return [
        *(f"<html>{piece * (size // len(piece))}".encode() for piece in WEB),
        *(opening.encode() * (size // len(opening)) for opening in NESTED),
        b"[" * (size // 2) + b"]" * (size // 2),
        *((opening * 150 + "1" * size).encode() for opening in NESTED),
        *(json.dumps(value).encode() for value in values),
        b'{"error": {"code": ' + b"9" * min(size, 4_200) + b"}}",
    ]


def refuse(body: bytes, headers: dict[str, str] | None = None, status: int = 400) -> App:
    return lambda seen: Reply(status, {"content-type": "application/json", **(headers or {})}, body)


def read(body: bytes, status: int = 400, headers: dict[str, str] | None = None) -> APIStatusError:
    return error_from_response(status, headers or {}, body, endpoint="/chat/completions", url="http://h")


def blocking(base_url: str) -> Callable[[], OpenAICompatibleError]:
    client = Client(base_url=base_url, model="m", max_retries=0)

    def ask() -> OpenAICompatibleError:
        with pytest.raises(OpenAICompatibleError) as caught:
            client.chat(HELLO)
        return caught.value

    return ask


def cpu_seconds(ask: Callable[[], OpenAICompatibleError]) -> float:
    """Processor time of this thread: what the loopback server needs does not count."""
    start = time.thread_time()
    ask()
    return time.thread_time() - start


def assert_quick(ask: Callable[[], OpenAICompatibleError], what: bytes) -> None:
    spent = min(cpu_seconds(ask) for _ in range(2)) if cpu_seconds(ask) > LONGEST else 0.0
    assert spent < LONGEST, (spent, what[:100])


@pytest.mark.parametrize("size, step", [(30_000, 1), (300_000, 4)])
@pytest.mark.parametrize("status", [400, 429])
def test_no_error_body_takes_time(size: int, step: int, status: int) -> None:
    for body in (*text_bodies(size)[status % 2 :: step], *odd_bodies(size)):
        assert_quick(lambda body=body: read(body, status), body)


@pytest.mark.parametrize("size, step", [(30_000, 8), (300_000, 16)])
def test_no_error_body_takes_time_in_the_blocking_client(size: int, step: int) -> None:
    with loopback(refuse(b"")) as server:
        ask = blocking(server.base_url)
        ask()
        for body in (*text_bodies(size)[::step], *odd_bodies(size)[::3]):
            server.app = refuse(body)
            assert_quick(ask, body)


@pytest.mark.parametrize("size, step", [(30_000, 8), (300_000, 16)])
async def test_no_error_body_holds_the_event_loop(size: int, step: int) -> None:
    with loopback(refuse(b"")) as server:
        async with AsyncClient(base_url=server.base_url, model="m", max_retries=0) as client:
            for body in (b"", *text_bodies(size)[2::step], *odd_bodies(size)[1::3]):
                server.app = refuse(body)
                start = time.thread_time()
                with pytest.raises(OpenAICompatibleError):
                    await client.chat(HELLO)
                spent = time.thread_time() - start
                assert body == b"" or spent < 2 * LONGEST, (spent, body[:100])


@pytest.mark.parametrize(
    "name",
    ["retry-after", "retry-after-ms", "date", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"],
)
@pytest.mark.parametrize("piece", ["1", "1s", "1.", "a_", "Wed, ", "1:", "_"])
def test_no_header_takes_time(name: str, piece: str) -> None:
    used_up = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-remaining-tokens": "0"}
    dated = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"} if name == "date" else {}
    headers = {**used_up, **dated, name: piece * (300_000 // len(piece))}
    assert_quick(lambda: read(b"{}", 429, headers), piece.encode())


def test_hostile_headers_take_no_time_in_the_client() -> None:
    headers = {
        "retry-after": "1s" * 3_000,
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1" * 7_000,
        "x-request-id": "r" * 7_000,
    }
    with loopback(refuse(b"{}", headers, 429)) as server:
        ask = blocking(server.base_url)
        error = ask()
        assert_quick(ask, b"")
        assert error.retry_after is None
        assert len(error.request_id or "") <= 200


def test_times_of_headers_are_read_up_to_their_limit_only() -> None:
    assert seconds("1m26.4s") == 86.4
    assert seconds("1s" * 1_000) is None
    assert retry_after({"retry-after": "1" + " " * 50}) == 1.0
    assert retry_after({}, "try again in " + "1" * 50_000 + "s") is None


def test_a_body_that_is_nested_deeply_is_read_deep_in_a_stack() -> None:
    bodies = odd_bodies(3_000)

    def descend(depth: int) -> None:
        if depth:
            return descend(depth - 1)
        for body in bodies:
            assert isinstance(read(body), APIStatusError)
            error_from_text(body)

    frame, used = sys._getframe(), 0
    while frame is not None:
        frame, used = frame.f_back, used + 1
    descend(sys.getrecursionlimit() - used - 120)


def test_texts_of_an_error_are_cut() -> None:
    long = "a" * 50_000
    body = {"error": {"message": long, "type": long, "code": long, "param": long}, "request_id": long}
    error = read(json.dumps(body).encode())
    assert len(error.message) == MESSAGE
    assert len(error.body or "") <= 2_000
    for text in (error.code, error.param, error.request_id):
        assert len(text or "") == PARAM


def test_models_that_are_hard_to_compare_are_compared_in_time() -> None:
    names = ["ab" * 50 + str(number) for number in range(20_000)] + ["a" * 100_000]
    start = time.thread_time()
    assert near_models("ab" * 40, names) is not None
    assert time.thread_time() - start < 3


# --- what is shown


def is_plain(text: str) -> bool:
    """No control, format or separator character, and no half of a surrogate pair."""
    odd = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return not any(unicodedata.category(sign) in odd for sign in text)


def is_plain_but_for_lines(text: str) -> bool:
    return is_plain(text.replace("\n", "").replace("\t", ""))


TRICKS = "\x1b[2J\x07\r\n\t\x00\x7f\x9b31m\x85\u202e\u2066\u200e"
TRICKS += "\u061c\u2028\u2029\u200b\u200d\ufeff\U000e0041"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([TRICKS, "m", "429"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "error",
                    "message",
                    "detail",
                    "code",
                    "type",
                    "param",
                    "loc",
                    "msg",
                    "status",
                    "request_id",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON, st.sampled_from([400, 401, 404, 429, 500, 302]), st.booleans())
@example({"error": {"message": TRICKS, "code": TRICKS, "param": TRICKS}}, 400, True)
@example({"detail": [{"loc": ["body", TRICKS], "msg": TRICKS, "type": "extra_forbidden"}]}, 422, True)
def test_no_body_puts_a_control_character_into_the_text_of_an_error(
    value: Any, status: int, ascii: bool
) -> None:
    body = json.dumps(value, ensure_ascii=ascii).encode("utf-8", "surrogatepass")
    headers = {"x-request-id": TRICKS}
    found = [
        error_from_response(status, headers, body, endpoint="/chat/completions", url="http://h"),
        error_from_chunk(value),
        error_from_text(body),
    ]
    for error in found:
        if error is not None:
            assert is_plain(str(error))
            assert is_plain(repr(error))
            error.escape_texts()
            assert is_plain_but_for_lines(error.message)
            texts = (error.code, error.param, error.hint, error.request_id)
            assert all(is_plain(text) for text in texts if text)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([400, 500]))
def test_no_bytes_put_a_control_character_into_the_text_of_an_error(body: bytes, status: int) -> None:
    for start in (b"", b"<title>", b'{"error": "'):
        assert is_plain(str(read(start + body, status)))


@given(st.text())
def test_errors_and_warnings_of_every_kind_are_one_plain_line(text: str) -> None:
    error = ConfigError(text, provider=text, hint=text)
    for shown in (error, repr(error), OpenAICompatibleWarning(text), AdaptationWarning(text)):
        assert is_plain(str(shown))


TOLD = {"error": {"message": f"no{TRICKS}", "code": TRICKS, "param": TRICKS, "type": TRICKS}}


def assert_escaped(error: BaseException) -> None:
    assert isinstance(error, OpenAICompatibleError)
    assert is_plain(str(error)), str(error)
    assert "\\x1b[2J" in str(error)
    assert "\\r\\n" in str(error)
    assert "\\u202e" in str(error)
    for text in (error.code, error.param, error.hint, error.request_id):
        assert text is None or is_plain(text)
    assert is_plain_but_for_lines(error.message)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_clients_and_both_frameworks_show_the_tricks_of_a_server_escaped(status: int) -> None:
    def app(seen: Seen) -> Reply:
        return json_reply(TOLD, status)

    with loopback(app) as server:
        fields: dict[str, Any] = {"base_url": server.base_url, "model": "m", "max_retries": 0}

        async def ask() -> None:
            async with AsyncClient(**fields) as client:
                await client.chat(HELLO)

        def stream() -> None:
            with Client(**fields) as client, client.stream(HELLO) as events:
                list(events)

        langchain = ChatOpenAICompatible(**fields)
        index = OpenAICompatible(**fields)
        calls: list[Callable[[], Any]] = [
            lambda: Client(**fields).chat(HELLO),
            lambda: asyncio.run(ask()),
            stream,
            lambda: langchain.invoke("hello"),
            lambda: index.complete("hello"),
        ]
        for call in calls:
            with pytest.raises(OpenAICompatibleError) as caught:
                call()
            assert_escaped(caught.value)
            assert "\\u001b[2J" in (caught.value.body or "") or "\x1b[2J" in (caught.value.body or "")


def test_an_error_inside_a_stream_is_shown_escaped() -> None:
    delta = {"choices": [{"index": 0, "delta": {"content": "Hi"}}]}
    with loopback(lambda seen: event_stream(delta, TOLD)) as server:
        with Client(base_url=server.base_url, model="m", max_retries=0) as client:
            with pytest.raises(APIStatusError) as caught, client.stream(HELLO) as events:
                list(events)
    assert_escaped(caught.value)


def test_names_of_models_in_a_hint_are_shown_escaped() -> None:
    def app(seen: Seen) -> Reply:
        if seen.path.endswith("/models"):
            return json_reply({"data": [{"id": f"m1{TRICKS}"}, {"id": "n" * 5_000}]})
        return json_reply({"error": {"message": "model not found", "code": "model_not_found"}}, 404)

    with loopback(app) as server, Client(base_url=server.base_url, model="m1", max_retries=0) as client:
        with pytest.raises(ModelNotFoundError) as caught:
            client.chat(HELLO)
    assert "m1\\x1b[2J" in (caught.value.hint or "")
    assert is_plain(caught.value.hint or "")
    assert len(str(caught.value)) < 1_000


def test_a_warning_that_quotes_a_server_is_shown_escaped() -> None:
    def app(seen: Seen) -> Reply:
        if "max_tokens" in seen.json:
            message = f"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.{TRICKS}"
            return json_reply({"error": {"message": message, "param": "max_tokens"}}, 400)
        return json_reply({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})

    with loopback(app) as server, Client(base_url=server.base_url, model="tricky") as client:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            client.chat(HELLO, max_tokens=5)
    (text,) = [str(one.message) for one in caught if issubclass(one.category, AdaptationWarning)]
    assert is_plain(text)
    assert "\\x1b[2J" in text
    assert warnings.formatwarning(caught[0].message, caught[0].category, "f", 1).count("\n") <= 2


def test_the_text_of_an_error_that_was_escaped_stays_as_it_is() -> None:
    error = OpenAICompatibleError(TRICKS, hint=TRICKS)
    once = str(error)
    assert str(error.escape_texts()).replace("\\n", "") == once.replace("\\n", "")
    assert ModelInfo(TRICKS).id == TRICKS
