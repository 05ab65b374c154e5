"""Refusals that teach: what is sent again, how often, and what is remembered."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openai_compatible import (
    AdaptationWarning,
    AsyncClient,
    ChatRequest,
    Client,
    InvalidRequestError,
    OpenAICompatibleError,
    Provider,
    UnsupportedParameterError,
)
from openai_compatible.testing.loopback import Reply, Seen, event_stream, json_reply, loopback
from openai_compatible.transport import memory

ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
HELLO = [{"role": "user", "content": "hello"}]
LIMIT = "Unsupported parameter: 'max_tokens' is not supported with this model."


def error(message: str, status: int = 400) -> Reply:
    return json_reply({"error": {"message": message, "type": "invalid_request_error"}}, status)


def strict(*rules: tuple[str, Reply]) -> Any:
    """A server that refuses bodies with these keys, the first first."""

    def app(seen: Seen) -> Reply:
        for key, refusal in rules:
            if key in seen.json:
                return refusal
        if seen.json.get("stream"):
            return event_stream(
                {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}
            )
        return json_reply(ANSWER)

    return app


def test_the_body_differs_by_exactly_the_named_field(way: Any) -> None:
    with loopback(strict(("max_tokens", error(LIMIT)))) as server:
        with pytest.warns(AdaptationWarning, match="max_tokens_field") as warned:
            answers = way.use(
                lambda call: [call("chat", HELLO, max_tokens=5) for _ in range(3)],
                base_url=server.base_url,
            )
        refused, taken, *later = (seen.json for seen in server.requests)
    assert len(warned) == 1
    assert refused.pop("max_tokens") == taken.pop("max_completion_tokens") == 5
    assert refused == taken
    assert len(later) == 2
    record = answers[0].record
    assert record.adaptations == ("max_tokens_field='max_completion_tokens'",)
    assert record.attempts == 2
    assert record.dialect["max_tokens_field"] == "max_completion_tokens"
    assert answers[1].record.adaptations == ()
    assert answers[1].record.dialect == record.dialect


def test_streams_adapt_too(way: Any) -> None:
    rules = (("stream_options", error("Unrecognized request argument supplied: stream_options")),)
    with loopback(strict(*rules)) as server:
        with pytest.warns(AdaptationWarning, match="stream_usage"):
            events = way.stream(base_url=server.base_url)
    assert events[-1].text == "hi"
    assert len(server.requests) == 2


def test_at_most_three_adaptations_in_a_call() -> None:
    named = ["max_tokens", "parallel_tool_calls", "stop", "seed", "user"]
    rules = [(name, error(f"Unsupported parameter: '{name}'")) for name in named]
    tools = [{"type": "function", "function": {"name": "f"}}]
    fields = {"drop_params": ["stop", "seed", "user"], "max_retries": 0}
    request = ChatRequest(
        "m",
        HELLO,
        tools=tools,
        parallel_tool_calls=True,
        sampling={"max_tokens": 1, "stop": "x", "seed": 1, "user": "u"},
    )
    with loopback(strict(*rules)) as server, Client(base_url=server.base_url, **fields) as client:
        with pytest.warns(AdaptationWarning), pytest.raises(UnsupportedParameterError, match="seed"):
            client.chat(request)
        assert len(server.requests) == 4


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 429, 500, 501, 503])
def test_other_statuses_never_adapt(status: int) -> None:
    with loopback(strict(("max_tokens", error(LIMIT, status)))) as server:
        with Client(base_url=server.base_url, model="m", max_retries=0) as client:
            with pytest.raises(OpenAICompatibleError):
                client.chat(HELLO, max_tokens=5)
        assert all("max_tokens" in seen.json for seen in server.requests if seen.method == "POST")


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. Please reduce max_tokens or the messages.",
        "Unsupported parameter: 'top_k'",
        "Something about max_tokens_per_day",
        "stream_options is not supported",
    ],
)
def test_texts_that_blame_nothing_in_the_body_never_adapt(message: str) -> None:
    with loopback(strict(("max_tokens", error(message)))) as server:
        with Client(base_url=server.base_url, model="m", max_retries=0) as client:
            with pytest.raises(InvalidRequestError):
                client.chat(HELLO, max_tokens=5)
        assert len(server.requests) == 1


def test_off_raises_the_error_and_forgets_what_others_learned() -> None:
    with loopback(strict(("max_tokens", error(LIMIT)))) as server:
        with Client(base_url=server.base_url, model="m") as client, pytest.warns(AdaptationWarning):
            client.chat(HELLO, max_tokens=5)
        with Client(base_url=server.base_url, model="m", adapt="off") as client:
            with pytest.raises(UnsupportedParameterError):
                client.chat(HELLO, max_tokens=5)
        assert len(server.requests) == 3


def test_what_was_learned_is_known_to_other_objects_threads_and_loops() -> None:
    with loopback(strict(("max_tokens", error(LIMIT)))) as server:
        with Client(base_url=server.base_url, model="m") as client, pytest.warns(AdaptationWarning):
            client.chat(HELLO, max_tokens=5)

        def ask() -> None:
            with Client(base_url=server.base_url, model="m") as other:
                other.chat(HELLO, max_tokens=5)

        async def ask_too() -> None:
            async with AsyncClient(base_url=server.base_url, model="m") as other:
                await other.chat(HELLO, max_tokens=5)

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        asyncio.run(ask_too())
        asyncio.run(ask_too())
        assert len(server.requests) == 5
        with Client(base_url=server.base_url, model="another") as client:
            with pytest.warns(AdaptationWarning):
                client.chat(HELLO, max_tokens=5)
        assert len(server.requests) == 7, "another model is asked anew"


def test_a_fallback_starts_with_its_own_dialect() -> None:
    refused = strict(("max_tokens", error(LIMIT)), ("max_completion_tokens", error("down", 503)))
    with loopback(refused) as first, loopback(strict()) as second:
        spare = Provider(name="spare", base_url=second.base_url)
        fields = {"fallbacks": [spare], "max_retries": 0}
        with Client(base_url=first.base_url, model="m", **fields) as client:
            with pytest.warns(AdaptationWarning):
                answer = client.chat(HELLO, max_tokens=5)
        assert "max_tokens" in second.requests[0].json
    assert answer.record is not None
    assert answer.record.fallbacks == (first.base_url.split("/")[2].replace(":", "-"),)


NAMES = ["max_tokens", "parallel_tool_calls", "seed", "temperature", "response_format", "model", "n"]


@given(
    refusals=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([400, 422, 429, 500]))),
    dropped=st.lists(st.sampled_from(NAMES), unique=True),
    retries=st.integers(0, 1),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_number_of_requests_is_bounded(
    refusals: list[tuple[str, int]], dropped: list[str], retries: int
) -> None:
    memory.forget()
    rules = [(name, error(f"Unsupported parameter: '{name}'", status)) for name, status in refusals]
    request = ChatRequest(
        "m",
        HELLO,
        tools=[{"type": "function", "function": {"name": "f"}}],
        parallel_tool_calls=True,
        response_format={"type": "json_object"},
        sampling={"max_tokens": 5, "seed": 1, "temperature": 0.5, "n": 1},
    )
    with loopback(strict(*rules)) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        provider = Provider(
            name="p", base_url=server.base_url, max_retries=retries, drop_params=tuple(dropped)
        )
        with Client(provider, model="m") as client:
            with contextlib.suppress(OpenAICompatibleError):
                client.chat(request)
        sent = [seen.json for seen in server.requests]
    assert len(sent) <= 1 + 3 + retries
    for body in sent:
        assert {"model", "messages", "response_format"} - {*dropped} <= body.keys()
        if "temperature" not in dropped:
            assert body["temperature"] == 0.5
