"""Retries, fallbacks, other spellings of the base URL and redirects, over real sockets."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import pytest

from openai_compatible import (
    AllProvidersFailedError,
    APIStatusError,
    AuthenticationError,
    ConnectionFailedError,
    EndpointNotFoundError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    Provider,
    RateLimitError,
    RedirectRefusedError,
    ServerError,
    StreamInterruptedError,
)
from openai_compatible.testing.loopback import (
    CUT,
    Reply,
    event_stream,
    in_order,
    json_reply,
    loopback,
    routes,
)

from .conftest import ANSWER, FINISH, HELLO, delta

STREAM = event_stream(delta("a"), FINISH)


def failing(status: int, headers: dict[str, str] | None = None) -> Reply:
    return json_reply({"error": {"message": "not now"}}, status, {"retry-after": "0", **(headers or {})})


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def ask(way: Any, request: pytest.FixtureRequest) -> Any:
    """Asks and gives the completion, streamed or not."""
    if request.param:
        return lambda **fields: way.stream(**fields)[-1]
    return way.chat


def answer(seen: Any) -> Reply:
    return STREAM if seen.json.get("stream") else json_reply(ANSWER)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_passing_trouble_is_retried(ask: Any, status: int) -> None:
    with loopback(in_order(failing(status), failing(status), answer)) as server:
        done = ask(base_url=server.base_url)
        assert len(server.requests) == 3
    assert (done.record.attempts, done.record.retries) == (3, 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 501])
def test_what_will_not_pass_is_not_retried(ask: Any, status: int) -> None:
    with loopback(failing(status)) as server, pytest.raises(Exception, match=f"{status}"):
        ask(base_url=server.base_url)
    sent = [seen for seen in server.requests if seen.method == "POST" and seen.path.startswith("/v1/")]
    assert len(sent) == 1


@pytest.mark.parametrize("status", [400, 403, 422, 501])
def test_what_the_server_says_may_be_retried_is_retried(ask: Any, status: int) -> None:
    refusing = failing(status, {"x-should-retry": "true"})
    with loopback(in_order(refusing, refusing, answer)) as server:
        assert ask(base_url=server.base_url, max_retries=2).record.retries == 2
        assert len(server.requests) == 3
    with loopback(refusing) as server:
        with pytest.raises(Exception, match=f"{status}"):
            ask(base_url=server.base_url, max_retries=1)
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_what_the_server_says_shall_not_be_retried_is_not(ask: Any, status: int) -> None:
    with loopback(failing(status, {"x-should-retry": "False"})) as server:
        with pytest.raises(APIStatusError):
            ask(base_url=server.base_url, max_retries=2)
        assert len(server.requests) == 1
    with loopback(in_order(failing(status, {"x-should-retry": "?"}), answer)) as server:
        assert ask(base_url=server.base_url).record.retries == 1


def test_retry_after_is_kept_in_the_error_when_retries_end(ask: Any) -> None:
    with loopback(failing(429, {"retry-after": "7"})) as server:
        with pytest.raises(RateLimitError) as caught:
            ask(base_url=server.base_url, max_retries=0)
    assert caught.value.retry_after == 7.0


def test_a_connection_that_breaks_before_an_answer_is_retried(ask: Any) -> None:
    broken = Reply(body=[CUT], framing="raw")
    with loopback(in_order(broken, answer)) as server:
        assert ask(base_url=server.base_url).record.retries == 1


def test_a_stream_that_dies_before_its_first_event_is_retried(way: Any) -> None:
    role = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}
    with loopback(in_order(event_stream(role, CUT), STREAM)) as server:
        assert way.stream(base_url=server.base_url)[-1].record.retries == 1


def test_an_error_event_before_the_first_text_is_retried(way: Any) -> None:
    overloaded = event_stream({"error": {"message": "overloaded", "code": 503}})
    with loopback(in_order(overloaded, STREAM)) as server:
        assert way.stream(base_url=server.base_url)[-1].record.retries == 1


def test_a_stream_is_never_repeated_after_its_first_event(way: Any) -> None:
    seen: list[Any] = []
    with loopback(event_stream(delta("a"), CUT)) as server:
        with pytest.raises(StreamInterruptedError) as caught:
            way.stream(seen, base_url=server.base_url, max_retries=5)
        assert len(server.requests) == 1
    assert [event.text for event in seen] == ["a"]
    assert caught.value.clean_end is False
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a"


def test_a_stream_that_ends_without_a_sign_is_an_error_with_what_came(way: Any) -> None:
    with loopback(event_stream(delta("a"), done=False)) as server:
        with pytest.raises(StreamInterruptedError) as caught:
            way.stream(base_url=server.base_url)
    assert caught.value.clean_end is True
    assert caught.value.provider is not None


def test_the_next_provider_answers_when_the_first_fails(ask: Any) -> None:
    with loopback(failing(503)) as first, loopback(answer) as second:
        done = ask(
            base_url=first.base_url,
            name="first",
            max_retries=1,
            fallbacks=[Provider(name="second", base_url=second.base_url, default_model="other")],
        )
        assert len(first.requests) == 2
        assert second.requests[0].json["model"] == "other"
    assert done.record.provider == "second"
    assert done.record.fallbacks == ("first",)
    assert done.record.attempts == 3


def test_every_failure_is_named_when_all_providers_fail(ask: Any) -> None:
    with loopback(failing(503)) as first, loopback(failing(429)) as second:
        with pytest.raises(AllProvidersFailedError, match=r"first.*second") as caught:
            ask(
                base_url=first.base_url,
                name="first",
                max_retries=0,
                fallbacks=[Provider(name="second", base_url=second.base_url, max_retries=0)],
            )
    assert [type(error) for error in caught.value.errors] == [OverloadedError, RateLimitError]


def test_a_refused_request_does_not_fall_back(ask: Any) -> None:
    with loopback(failing(400)) as first, loopback(answer) as second:
        with pytest.raises(InvalidRequestError):
            ask(
                base_url=first.base_url,
                fallbacks=[Provider(name="second", base_url=second.base_url)],
            )
        assert second.requests == []


def test_the_key_of_one_provider_never_reaches_the_next(ask: Any) -> None:
    with loopback(failing(503)) as first, loopback(answer) as second:
        ask(
            base_url=first.base_url,
            api_key="key-of-first",
            max_retries=0,
            fallbacks=[Provider(name="second", base_url=second.base_url)],
        )
        assert "key-of-first" in str(first.requests[0].headers)
        assert "key-of-first" not in str(second.requests[0].headers)


def test_another_spelling_of_the_base_url_is_tried_and_remembered(
    way: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with loopback(routes({"POST /chat/completions": json_reply(ANSWER)})) as server:
        used = way.use(
            lambda ask: [ask("chat", HELLO).record.url for _ in range(2)], base_url=server.url
        )
        paths = [seen.path for seen in server.requests]
    assert used == [f"{server.url}/chat/completions"] * 2
    assert paths == ["/v1/chat/completions", "/chat/completions", "/chat/completions"]
    assert f"{server.url}" in caplog.text


def test_a_wrong_path_names_every_url_that_was_tried(way: Any) -> None:
    with loopback(routes({})) as server:
        with pytest.raises(EndpointNotFoundError) as caught:
            way.chat(base_url=f"{server.url}/wrong/v1")
    assert f"{server.url}/wrong/v1" in str(caught.value)
    assert f"{server.url}/wrong." in str(caught.value)


def test_a_missing_model_is_answered_with_near_names(way: Any) -> None:
    missing = json_reply(
        {"error": {"message": "The model `qwen9` does not exist", "code": "model_not_found"}}, 404
    )
    listing = json_reply({"data": [{"id": "qwen3-8b"}, {"id": "bge-m3"}]})
    app = routes({"POST /v1/chat/completions": missing, "GET /v1/models": listing})
    with loopback(app) as server, pytest.raises(ModelNotFoundError, match="qwen3-8b"):
        way.chat(base_url=server.base_url, model="qwen3-9b")


def test_a_missing_model_stays_that_error_without_a_list(way: Any) -> None:
    missing = json_reply({"error": {"message": "model not found", "code": "model_not_found"}}, 404)
    with loopback(routes({"POST /v1/chat/completions": missing})) as server:
        with pytest.raises(ModelNotFoundError):
            way.chat(base_url=server.base_url, model="qwen3-9b")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_within_the_origin_is_followed_with_the_same_request(way: Any, status: int) -> None:
    def app(seen: Any) -> Reply:
        if seen.path.endswith("/"):
            return json_reply(ANSWER)
        return Reply(status=status, headers={"location": seen.path + "/"})

    with loopback(app) as server:
        assert way.chat(base_url=server.base_url, api_key="k").text == "hi"
        first, second = server.requests
    assert second.body == first.body
    assert second.headers["authorization"] == "Bearer k"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_is_refused(way: Any, status: int) -> None:
    with loopback(json_reply(ANSWER)) as other:
        away = Reply(status=status, headers={"location": f"{other.base_url}/chat/completions"})
        with loopback(away) as server:
            with pytest.raises(RedirectRefusedError, match=str(other.port)):
                way.chat(base_url=server.base_url, api_key="k")
        assert other.requests == []


def test_redirects_in_a_circle_end(way: Any) -> None:
    circle = Reply(status=307, headers={"location": "/v1/chat/completions"})
    with loopback(circle) as server, pytest.raises(RedirectRefusedError, match="circle"):
        way.chat(base_url=server.base_url)


def test_an_unreachable_server_names_host_and_port(way: Any) -> None:
    with loopback(json_reply(ANSWER)) as server:
        pass
    with pytest.raises(ConnectionFailedError, match=rf"127\.0\.0\.1:{server.port}.*runs and listens"):
        way.chat(base_url=server.base_url, max_retries=0)


def test_an_answer_that_is_cut_is_a_connection_error(way: Any) -> None:
    short = dataclasses.replace(json_reply(ANSWER), headers={"content-length": "9999"}, close=True)
    with loopback(short) as server:
        with pytest.raises(ConnectionFailedError, match="broke while the answer was read"):
            way.chat(base_url=server.base_url, max_retries=0)


def test_a_wrong_key_is_an_authentication_error_that_does_not_show_it(way: Any) -> None:
    refused = json_reply({"error": {"message": "Incorrect API key provided: sk-secret-12345"}}, 401)
    with loopback(refused) as server, pytest.raises(AuthenticationError) as caught:
        way.chat(base_url=server.base_url, api_key="sk-secret-12345")
    assert "sk-secret-12345" not in str(caught.value) + str(caught.value.body)


def test_a_server_error_is_ours(way: Any) -> None:
    with loopback(Reply(status=500, body=b"Internal Server Error")) as server:
        with pytest.raises(ServerError, match="500"):
            way.chat(base_url=server.base_url, max_retries=0)
