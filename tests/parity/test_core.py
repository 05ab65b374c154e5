"""Every recording through ``Client`` and ``AsyncClient``, streamed and not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from openai_compatible import AsyncClient, Client
from openai_compatible.testing.loopback import Loopback
from openai_compatible.types import (
    ChatRequest,
    Completion,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
)

MESSAGES = ({"role": "user", "content": "Say hello"},)

pytestmark = pytest.mark.filterwarnings("ignore::openai_compatible.OpenAICompatibleWarning")


@pytest.fixture(scope="session")
def client(replaying: Loopback) -> Iterator[Client]:
    with Client(base_url=replaying.base_url, model="m", max_retries=0, timeout=10) as made:
        yield made


@pytest.fixture(scope="session")
def async_client(replaying: Loopback) -> AsyncClient:
    return AsyncClient(base_url=replaying.base_url, model="m", max_retries=0, timeout=10)


def request_for(recording: Any, split: int | None = None) -> ChatRequest:
    return ChatRequest("", MESSAGES, sampling=recording.asked, headers=recording.headers(split))


def of_completion(answer: Any, completion: Completion) -> Any:
    usage = completion.usage
    return answer(
        text=completion.text,
        reasoning=completion.reasoning,
        calls=[(call.name, json.loads(call.arguments)) for call in completion.tool_calls],
        finish_reason=completion.finish_reason,
        usage=None if usage is None else (usage.input_tokens, usage.output_tokens),
    )


def of_events(answer: Any, events: list[Any]) -> Any:
    """The last event says everything; the deltas before it must add up to the same."""
    *deltas, last = events
    assert isinstance(last, Completion)
    assert not any(isinstance(event, Completion) for event in deltas)
    mine = [event for event in deltas if event.choice == last.choices[0].index]
    assert "".join(e.text for e in mine if isinstance(e, TextDelta)) == last.text
    assert "".join(e.text for e in mine if isinstance(e, ReasoningDelta)) == last.reasoning
    calls: dict[int, list[Any]] = {}
    for event in mine:
        if isinstance(event, ToolCallDelta):
            if event.index not in calls:
                assert event.id, "the first delta of a call has its id"
                assert event.name, "the first delta of a call has its name"
                calls[event.index] = [event.id, event.name, ""]
            calls[event.index][2] += event.arguments
    assert [tuple(call) for call in calls.values()] == [
        (call.id, call.name, call.arguments) for call in last.tool_calls
    ]
    return of_completion(answer, last)


def ask(answer: Any, failed: Any, asking: Callable[[], Any]) -> Any:
    try:
        got = asking()
    except Exception as error:
        return failed(error)
    return of_events(answer, got) if isinstance(got, list) else of_completion(answer, got)


@pytest.mark.recordings("chat", "stream", "error:chat")
def test_both_ways_of_asking_read_what_the_recording_says(
    recording: Any, client: Client, answer: Any, failed: Any, check: Any
) -> None:
    check(recording, "chat", ask(answer, failed, lambda: client.chat(request_for(recording))))
    check(recording, "stream", ask(answer, failed, lambda: list(client.stream(request_for(recording)))))
    split = request_for(recording, 7)
    if len(recording.body) < 20_000:
        check(recording, "stream in pieces", ask(answer, failed, lambda: list(client.stream(split))))


@pytest.mark.recordings("chat", "stream", "error:chat")
async def test_both_async_ways_of_asking_read_what_the_recording_says(
    recording: Any, async_client: AsyncClient, answer: Any, failed: Any, check: Any
) -> None:
    async def whole() -> Any:
        try:
            return of_completion(answer, await async_client.chat(request_for(recording)))
        except Exception as error:
            return failed(error)

    async def streamed(split: int | None = None) -> Any:
        try:
            async with async_client.stream(request_for(recording, split)) as events:
                return of_events(answer, [event async for event in events])
        except Exception as error:
            return failed(error)

    check(recording, "chat", await whole())
    check(recording, "stream", await streamed())
    if len(recording.body) < 20_000:
        check(recording, "stream in pieces", await streamed(7))


@pytest.mark.recordings("models", "error:models", "error:other")
async def test_model_lists_are_read(
    recording: Any, replaying: Loopback, failed: Any, check: Any
) -> None:
    fields = {"base_url": replaying.base_url, "headers": recording.headers(), "max_retries": 0}
    want = recording.expected
    with Client(model="m", **fields) as client:
        try:
            listed = client.models(details=False)
        except Exception as error:
            check(recording, "models", failed(error))
        else:
            assert [model.id for model in listed] == want.get("ids")
            windows = {model.id: model.context_window for model in listed if model.context_window}
            assert windows == want.get("context_windows", {})
            assert [dict(model.raw) for model in listed] == recording.chunks()[0]["data"]
    async with AsyncClient(model="m", **fields) as async_client:
        try:
            assert await async_client.models(details=False) == listed
        except Exception as error:
            check(recording, "async models", failed(error))


@pytest.mark.recordings("embeddings", "error:embeddings")
async def test_embeddings_are_read(
    recording: Any, replaying: Loopback, failed: Any, check: Any, numbers: Any
) -> None:
    fields = {"base_url": replaying.base_url, "headers": recording.headers(), "max_retries": 0}
    texts = ["hello"] * recording.expected.get("count", 1)
    with Client(model="m", **fields) as client:
        try:
            found = client.embed(texts)
        except Exception as error:
            check(recording, "embed", failed(error))
        else:
            numbers(recording, found.vectors)
            usage, want = found.usage, recording.expected["usage"]
            assert usage is not None
            assert (usage.input_tokens, usage.total_tokens) == (want["input"], want["total"])
            assert found.model == recording.expected["model"]
    async with AsyncClient(model="m", **fields) as async_client:
        try:
            assert (await async_client.embed(texts)).vectors == found.vectors
        except Exception as error:
            check(recording, "async embed", failed(error))
