"""What the logger ``openai_compatible`` says of calls: each event once, masked, cut and escaped."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import (
    AdaptationWarning,
    AsyncClient,
    Client,
    InvalidRequestError,
    OpenAICompatibleError,
    Provider,
    targets,
)
from openai_compatible.plan.rate_limit import Window
from openai_compatible.testing.loopback import (
    Reply,
    Seen,
    event_stream,
    in_order,
    json_reply,
    loopback,
)
from openai_compatible.transport import call_log, memory

from .conftest import ANSWER, FINISH, HELLO, delta

KEY = "sk-canary-0123456789abcdef"
CODE = "query-canary-0123456789"
HEADER = "header-canary-0123456789"


@pytest.fixture(autouse=True)
def nothing_learned() -> Iterator[None]:
    memory.forget()
    yield
    memory.forget()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[int], list[str]]:
    """The texts of the records of a level, so far."""
    caplog.set_level(logging.DEBUG, "openai_compatible")

    def texts(level: int) -> list[str]:
        return [one.getMessage() for one in caplog.records if one.levelno == level and _is_ours(one)]

    return texts


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == "openai_compatible"


def refusal(message: str, status: int, **headers: str) -> Reply:
    return json_reply({"error": {"message": message}}, status, headers)


def lab(base_url: str, **fields: Any) -> dict[str, Any]:
    return {"target": Provider(**{"name": "lab", "base_url": base_url, **fields})}


# ---------------------------------------------------------------------- what changed a call


def test_a_retry_is_logged_with_its_reason_and_its_wait(way: Any, logged: Any) -> None:
    app = in_order(refusal("come\nback", 503, **{"retry-after": "0"}), json_reply(ANSWER))
    with loopback(app) as server:
        way.chat(**lab(server.base_url))
    assert logged(logging.INFO) == [
        "lab/m: attempt 1 failed, retrying in 0.00 s: OverloadedError (HTTP 503): come\\nback"
    ]


def test_a_fallback_is_logged_with_both_providers(way: Any, logged: Any) -> None:
    with loopback(refusal("busy", 503)) as first, loopback(json_reply(ANSWER)) as second:
        one = Provider(name="one", base_url=first.base_url, max_retries=0)
        two = Provider(name="two", base_url=second.base_url)
        way.chat(target=targets("m", provider=one, fallbacks=[two]), model=None)
    assert logged(logging.INFO) == [
        "falling back from one/m to two/m after attempt 1: OverloadedError (HTTP 503): busy"
    ]


def test_another_spelling_of_the_base_url_is_logged_when_it_is_tried_and_when_it_is_learned(
    way: Any, logged: Any
) -> None:
    def app(seen: Seen) -> Reply:
        return json_reply(ANSWER) if seen.path.startswith("/api/v1/") else refusal("Not Found", 404)

    with loopback(app) as server:
        for _ in range(2):
            way.chat(**lab(f"{server.url}/api"))
        url = f"{server.url}/api"
    assert logged(logging.INFO) == [
        f"lab/m: nothing answers under base URL {url}, trying {url}/v1: "
        "EndpointNotFoundError (HTTP 404): Not Found",
        f"lab/m: base URL {url}/v1 works and is used from now on",
    ]


def test_an_adaptation_is_logged_with_the_refusal_and_a_dropped_parameter_in_each_call(
    way: Any, logged: Any
) -> None:
    def app(seen: Seen) -> Reply:
        return refusal("Unsupported parameter: 'seed'", 400) if "seed" in seen.json else answer()

    def answer() -> Reply:
        return json_reply(ANSWER)

    def act(call: Any) -> None:
        with pytest.warns(AdaptationWarning):
            call("chat", HELLO, seed=1)
        call("chat", HELLO, seed=1)

    with loopback(app) as server:
        way.use(act, **lab(server.base_url, drop_params=("seed",)))
    assert logged(logging.INFO) == [
        "lab/m: the request was refused, sending it again without 'seed': "
        "UnsupportedParameterError (HTTP 400): Unsupported parameter: 'seed'",
        "lab/m: the request is sent without 'seed'",
    ]


def test_another_dialect_is_logged_with_the_setting_that_says_it(way: Any, logged: Any) -> None:
    def app(seen: Seen) -> Reply:
        if "max_tokens" in seen.json:
            text = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return refusal(text, 400)
        return json_reply(ANSWER)

    def act(call: Any) -> None:
        with pytest.warns(AdaptationWarning):
            call("chat", HELLO, max_tokens=5)

    with loopback(app) as server:
        way.use(act, **lab(server.base_url))
    (text,) = logged(logging.INFO)
    assert "sending it again with max_tokens_field='max_completion_tokens': " in text


def test_a_renewed_key_is_logged_without_the_key(way: Any, logged: Any) -> None:
    def app(seen: Seen) -> Reply:
        if seen.headers["authorization"] == f"Bearer {KEY}":
            return refusal(f"{KEY} has expired", 401)
        return json_reply(ANSWER)

    keys = iter([KEY, "another-key-0123456789"])
    with loopback(app) as server:
        way.chat(**lab(server.base_url, api_key=lambda: next(keys)))
    assert logged(logging.INFO) == [
        "lab/m: the key was refused, asking its source for it once more: "
        "AuthenticationError (HTTP 401): *** has expired"
    ]


def test_a_wait_for_the_rate_limit_is_logged(
    way: Any, logged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "Window", partial(Window, seconds=0.2))

    def act(call: Any) -> None:
        call("chat", HELLO)
        call("chat", HELLO)

    with loopback(json_reply(ANSWER)) as server:
        way.use(act, **lab(server.base_url, rate_limit={"requests_per_minute": 1}))
    (text,) = logged(logging.INFO)
    assert re.fullmatch(r"lab/m: waiting 0\.\d\d s for rate_limit", text)


def test_a_divided_batch_is_logged(way: Any, logged: Any) -> None:
    def app(seen: Seen) -> Reply:
        texts = seen.json["input"]
        if len(texts) > 2:
            return refusal("batch size is invalid, it should not be larger than 2.", 400)
        return json_reply({"data": [{"index": n, "embedding": [1.0]} for n in range(len(texts))]})

    def act(call: Any) -> None:
        with pytest.warns(AdaptationWarning):
            call("embed", ["a", "b", "c", "d"])

    with loopback(app) as server:
        way.use(act, **lab(server.base_url))
    assert logged(logging.INFO) == [
        "lab/m: the batch was refused, dividing it into 2 requests: InvalidRequestError (HTTP 400): "
        "batch size is invalid, it should not be larger than 2."
    ]


class Town(BaseModel):
    name: str


def towns(seen: Seen) -> Reply:
    """A server that takes no tools."""
    if "tools" in seen.json:
        return refusal("tools are not supported", 400)
    return json_reply(
        {"choices": [{"message": {"content": '{"name": "Rome"}'}, "finish_reason": "stop"}]}
    )


def ask_langchain(base_url: str) -> None:
    llm = ChatOpenAICompatible(model="m", provider=Provider(name="lab", base_url=base_url))
    assert llm.with_structured_output(Town).invoke("which?") == Town(name="Rome")
    llm.close()


def ask_llama_index(base_url: str) -> None:
    llm = OpenAICompatible(model="m", provider=Provider(name="lab", base_url=base_url))
    assert llm.structured_predict(Town, PromptTemplate("which?")) == Town(name="Rome")
    llm.close()


@pytest.mark.parametrize("ask", [ask_langchain, ask_llama_index])
def test_another_way_to_ask_for_an_object_is_logged(ask: Callable[[str], None], logged: Any) -> None:
    with loopback(towns) as server, pytest.warns(AdaptationWarning):
        ask(server.base_url)
    (text,) = logged(logging.INFO)
    assert "the server refuses (tools are not supported) a forced tool call; the object is asked" in text


# ---------------------------------------------------------------------- requests


def test_each_request_is_logged_with_all_that_identifies_it(way: Any, logged: Any) -> None:
    reply = json_reply(ANSWER, headers={"x-request-id": "req-\u00b617"})
    with loopback(reply) as server:
        way.chat(**lab(server.base_url))
    headers, end = logged(logging.DEBUG)
    sent = len(server.requests[0].body)
    assert re.fullmatch(
        rf"lab/m: POST {server.base_url}/chat/completions: HTTP 200 after \d+\.\d{{3}} s "
        rf"\(attempt 1, {sent} bytes sent, request id req-.17\)",
        headers,
    )
    received = len(reply.body) if isinstance(reply.body, bytes) else 0
    assert re.fullmatch(
        rf"lab/m: answer complete after \d+\.\d{{3}} s \(attempt 1, {received} bytes received\)", end
    )
    assert logged(logging.INFO) == []


def test_a_stream_is_logged_at_its_beginning_and_at_its_end(way: Any, logged: Any) -> None:
    with loopback(event_stream([delta("a"), FINISH])) as server:
        way.stream(**lab(server.base_url))
    headers, end = logged(logging.DEBUG)
    assert "HTTP 200 after" in headers
    assert re.search(r"answer complete after .* [1-9]\d+ bytes received\)$", end)


def test_an_attempt_that_fails_is_logged_with_its_error(way: Any, logged: Any) -> None:
    with loopback(refusal("no\x1b[2J", 400)) as server, pytest.raises(InvalidRequestError):
        way.chat(**lab(server.base_url))
    headers, failure = logged(logging.DEBUG)
    assert "HTTP 400 after" in headers
    assert failure == "lab/m: attempt 1 failed: InvalidRequestError (HTTP 400): no\\x1b[2J"
    with pytest.raises(OpenAICompatibleError):
        way.chat(**lab("http://127.0.0.1:9", max_retries=0))
    assert logged(logging.DEBUG)[2].startswith("lab/m: attempt 1 failed: ConnectionFailedError: ")


def test_a_long_text_of_a_server_is_cut(way: Any, logged: Any) -> None:
    reply = json_reply(ANSWER, headers={"x-request-id": "r" * 5_000})
    with loopback(reply) as server:
        way.chat(**lab(server.base_url))
    assert f"request id {'r' * 300}...)" in logged(logging.DEBUG)[0]


def test_no_secret_of_a_request_is_in_a_record(way: Any, caplog: Any) -> None:
    """A server that repeats all it was sent, in its errors and headers, and redirects with the query."""
    caplog.set_level(logging.DEBUG)
    said = f"{KEY} {CODE} {HEADER} {KEY[::-1]}"

    def app(seen: Seen) -> Reply:
        if len(server.requests) == 1:
            location = f"http://user:{KEY}@{server.url[7:]}/v1/moved?code={CODE}&key={KEY}"
            return Reply(status=307, headers={"location": location})
        if len(server.requests) < 4:
            return refusal(said, 503, **{"retry-after": "0", "x-request-id": said})
        return json_reply(ANSWER, headers={"x-request-id": said})

    fields = {"headers": {"X-Own": HEADER}, "query": {"code": CODE}, "api_key": KEY}
    with loopback(app) as server:
        way.chat(**lab(server.base_url, **fields))
    ours = [one for one in caplog.records if _is_ours(one)]
    assert len(ours) > 5
    assert any("/v1/moved?***: HTTP" in one.getMessage() for one in ours)
    for record in caplog.records:
        for secret in (KEY, CODE, HEADER, KEY[::-1]):
            assert secret not in record.getMessage()
            assert secret not in f"{record.__dict__}"


async def test_calls_at_the_same_time_log_each_their_own(logged: Any) -> None:
    with loopback(json_reply(ANSWER)) as server:
        async with AsyncClient(**lab(server.base_url), model="m") as client:
            await asyncio.gather(*(client.chat(HELLO) for _ in range(5)))
    assert len(logged(logging.DEBUG)) == 10


def through_langchain(base_url: str) -> None:
    llm = ChatOpenAICompatible(model="m", provider=Provider(name="lab", base_url=base_url))
    assert llm.invoke("hello").text == "hi"
    llm.close()


def through_llama_index(base_url: str) -> None:
    llm = OpenAICompatible(model="m", provider=Provider(name="lab", base_url=base_url))
    assert llm.chat([ChatMessage(role="user", content="hello")]).message.content == "hi"
    llm.close()


@pytest.mark.parametrize("ask", [through_langchain, through_llama_index])
def test_both_frameworks_log_through_the_same_logger(ask: Callable[[str], None], logged: Any) -> None:
    app = in_order(refusal("busy", 503, **{"retry-after": "0"}), json_reply(ANSWER))
    with loopback(app) as server:
        ask(server.base_url)
    assert len(logged(logging.INFO)) == 1
    assert len(logged(logging.DEBUG)) == 4


# ---------------------------------------------------------------------- without logging


def test_nothing_is_printed_and_nothing_is_formatted_while_logging_is_not_configured() -> None:
    code = """
import logging
from openai_compatible import Client
from openai_compatible.errors import OpenAICompatibleError
try:
    Client(base_url="http://127.0.0.1:9", model="m", max_retries=0).chat("hello")
except OpenAICompatibleError:
    pass
logger = logging.getLogger("openai_compatible")
assert [type(one).__name__ for one in logger.handlers] == ["NullHandler"]
assert logger.level == logging.NOTSET
assert logger.propagate
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_level_that_is_off_formats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise AssertionError("formatted")

    for name in ("_write", "_describe_error", "_describe_facts", "_without_secrets"):
        monkeypatch.setattr(call_log, name, fail)
    logging.getLogger("openai_compatible").setLevel(logging.WARNING)
    try:
        app = in_order(refusal("busy", 503, **{"retry-after": "0"}), json_reply(ANSWER))
        with loopback(app) as server, Client(base_url=server.base_url, model="m") as client:
            assert client.chat(HELLO).text == "hi"
    finally:
        logging.getLogger("openai_compatible").setLevel(logging.NOTSET)
