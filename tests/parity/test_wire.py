"""Every recording through the parser alone, cut anywhere, with nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.profiles.registry import GENERIC, profile
from openai_compatible.terminal_text import escape_controls
from openai_compatible.types import Completion
from openai_compatible.wire.chat import ChatStream, fold
from openai_compatible.wire.error_body import error_from_response

# Keys that have a field of their own in Completion, Choice, ToolCall or Usage, or say what all say.
TOP = {"id", "object", "created", "model", "choices", "system_fingerprint", "service_tier", "usage"}
CHOICE = {"index", "delta", "message", "finish_reason", "logprobs"}
MESSAGE = {"role", "content", "refusal", "tool_calls", "function_call", "reasoning", "reasoning_content"}
CALL = {"index", "id", "type", "function"}

PROFILES = {
    "litellm": "litellm",
    "llama_server": "llama_cpp",
    "transformers": "transformers_serve",
    "vllm": "vllm",
}


def in_pieces(recording: Any, size: int) -> Completion:
    """What a server's bytes say when they come ``size`` at a time."""
    stream = ChatStream(GENERIC, choices=recording.asked.get("n", 1))
    body = recording.body
    for at in range(0, len(body), size):
        stream.feed(body[at : at + size])
    return stream.close()


def says_something(value: Any) -> bool:
    """Null and empty values, and objects of nothing else, may be left out."""
    if isinstance(value, dict):
        return any(says_something(item) for item in value.values())
    return value is not None and value not in ("", [])


def unknown(thing: dict[str, Any], known: set[str]) -> Iterator[tuple[str, Any]]:
    return ((k, v) for k, v in thing.items() if k not in known and says_something(v))


@pytest.mark.recordings("chat", "stream")
@pytest.mark.parametrize("size", [1, 7, 1021])
def test_where_the_bytes_are_cut_changes_nothing(recording: Any, size: int) -> None:
    if size == 1 and len(recording.body) > 20_000:
        size = 3
    if "error" in recording.expected:
        with pytest.raises(OpenAICompatibleError) as caught:
            in_pieces(recording, size)
        assert type(caught.value).__name__ == recording.expected["error"]
        return
    whole, pieces = fold(recording.body, GENERIC), in_pieces(recording, size)
    assert pieces.choices == whole.choices
    assert pieces == whole


@pytest.mark.recordings("chat", "stream")
def test_the_profile_of_the_server_reads_the_same_as_none(recording: Any) -> None:
    own = next((name for start, name in PROFILES.items() if recording.name.startswith(start)), None)
    if own is not None and "error" not in recording.expected:
        assert fold(recording.body, profile(own)) == fold(recording.body, GENERIC)


@pytest.mark.recordings("chat", "stream")
def test_everything_the_expectation_says_is_read(recording: Any) -> None:
    want = recording.expected
    if "error" in want:
        return
    got = in_pieces(recording, len(recording.body))
    first = got.choices[0]
    assert [c.text for c in got.choices[1:]] == want.get("other_texts", [])
    assert first.raw_finish_reason == want["raw_finish_reason"]
    assert first.reasoning_field == want.get("reasoning_field")
    assert got.model == want["model"]
    assert [
        {"id": call.id, "name": call.name, "arguments": call.arguments} for call in first.tool_calls
    ] == want.get("tool_calls", [])
    logprobs = sum(len((c.logprobs or {}).get("content") or ()) for c in got.choices[:1])
    assert logprobs == want.get("logprobs", 0)
    usage = want.get("usage", {})
    assert (got.usage is None) == (not usage)
    if got.usage is not None:
        assert got.usage.total_tokens == usage["total"]
        assert got.usage.cached_tokens == usage.get("cached")
        assert got.usage.reasoning_tokens == usage.get("reasoning")


@pytest.mark.recordings("chat", "stream")
def test_every_key_of_the_body_is_reachable(recording: Any) -> None:
    if "error" in recording.expected:
        return
    got = fold(recording.body, GENERIC)
    by_index = {choice.index: choice for choice in got.choices}
    lost = []
    for chunk in recording.chunks():
        lost += [f"top: {key}" for key, _ in unknown(chunk, TOP) if key not in got.extra]
        for entry in chunk.get("choices") or []:
            choice = by_index[entry["index"]]
            message = entry.get("message") or entry.get("delta") or {}
            lost += [f"choice: {key}" for key, _ in unknown(entry, CHOICE) if key not in choice.extra]
            lost += [
                f"message: {key}" for key, _ in unknown(message, MESSAGE) if key not in choice.extra
            ]
            for place, call in enumerate(message.get("tool_calls") or []):
                kept = choice.tool_calls[call.get("index", place)].extra
                lost += [f"call: {key}" for key, _ in unknown(call, CALL) if key not in kept]
    assert not lost


@pytest.mark.recordings("chat")
def test_values_of_unknown_keys_are_kept_verbatim(recording: Any) -> None:
    (body,) = recording.chunks()
    got = fold(recording.body, GENERIC)
    assert got.raw == body
    assert all(got.extra[key] == value for key, value in unknown(body, TOP))
    assert got.id == body["id"]
    assert got.created == body["created"]
    assert got.system_fingerprint == (body.get("system_fingerprint") or None)
    if body.get("usage"):
        assert got.usage is not None
        assert got.usage.raw == body["usage"]
    for entry, choice in zip(body["choices"], got.choices, strict=True):
        assert choice.logprobs == entry.get("logprobs")


@pytest.mark.recordings("error")
def test_every_error_body_becomes_the_leaf_that_says_who_must_act(recording: Any) -> None:
    want = recording.expected
    if want["status"] < 400:
        return  # a redirect is no error body: transport refuses it, see test_core.py
    endpoint = {"chat": "/chat/completions", "embeddings": "/embeddings", "models": "/models"}
    error = error_from_response(
        want["status"],
        recording.reply.headers,
        recording.body,
        endpoint=endpoint.get(want["endpoint"], "/no-such-path"),
        url="http://127.0.0.1:8000/v1" + want["request"].split()[1],
    )
    assert type(error).__name__ == want["error"]
    assert escape_controls(want.get("message", "")) in str(error)
    for name in ("code", "param", "request_id"):
        if name in want:
            assert getattr(error, name) == want[name]
    assert error.body is not None or not recording.body
    try:
        json.dumps(error.__dict__)
    except TypeError as problem:
        pytest.fail(f"an error holds plain values only: {problem}")
