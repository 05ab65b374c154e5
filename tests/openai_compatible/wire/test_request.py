"""Request bodies: what is sent, and that nothing of the input is touched."""

import copy
import time
from typing import Any

import pytest

from openai_compatible.profiles.profile import Profile
from openai_compatible.types import ChatRequest, EmbeddingsRequest
from openai_compatible.wire.request import chat_body, embeddings_body

P = Profile(name="generic")
USER = [{"role": "user", "content": "hi"}]
TOOLS = [{"type": "function", "function": {"name": "f"}}]


def request(**fields: Any) -> ChatRequest:
    return ChatRequest("m", USER, **fields)


def test_the_smallest_body() -> None:
    assert chat_body(request(), P) == {"model": "m", "messages": USER}


def test_none_is_not_sent() -> None:
    fields: dict[str, Any] = {
        "sampling": {"temperature": None, "seed": 0, "stop": []},
        "response_format": None,
        "tool_choice": None,
    }
    assert chat_body(request(**fields), P) == {"model": "m", "messages": USER, "seed": 0, "stop": []}


@pytest.mark.parametrize("given", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_the_token_limit_goes_under_the_profiles_name(given: str, field: Any) -> None:
    body = chat_body(request(sampling={given: 5}), Profile(name="p", max_tokens_field=field))
    assert {key: body[key] for key in body if "tokens" in key} == {field: 5}


def test_both_limits_given_are_both_sent() -> None:
    body = chat_body(request(sampling={"max_tokens": 5, "max_completion_tokens": 6}), P)
    assert (body["max_tokens"], body["max_completion_tokens"]) == (5, 6)


@pytest.mark.parametrize(
    ("asked", "profile", "sent"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_usage_is_asked_for_in_streams_only(asked: bool | None, profile: bool, sent: bool) -> None:
    facts = Profile(name="p", stream_usage=profile)
    streamed = chat_body(request(stream_usage=asked), facts, stream=True)
    assert streamed["stream"] is True
    assert streamed.get("stream_options") == ({"include_usage": True} if sent else None)
    whole = chat_body(
        request(stream_usage=asked, sampling={"stream_options": {"a": 1}, "stream": True}), facts
    )
    assert whole == {"model": "m", "messages": USER}


def test_stream_options_of_the_caller_are_kept() -> None:
    body = chat_body(
        request(sampling={"stream_options": {"include_usage": False, "x": 1}}), P, stream=True
    )
    assert body["stream_options"] == {"include_usage": False, "x": 1}


def test_tools_and_what_goes_with_them() -> None:
    body = chat_body(request(tools=TOOLS, tool_choice="auto", parallel_tool_calls=False), P)
    assert (body["tools"], body["tool_choice"], body["parallel_tool_calls"]) == (TOOLS, "auto", False)
    assert body["tools"] is TOOLS
    assert chat_body(request(tools=tuple(TOOLS)), P)["tools"] == TOOLS


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_without_tools_nothing_about_tools_is_sent(choice: str) -> None:
    assert chat_body(request(tools=[], tool_choice=choice, parallel_tool_calls=True), P) == {
        "model": "m",
        "messages": USER,
    }


def test_a_forced_call_without_tools_is_sent_for_the_server_to_refuse() -> None:
    named = {"type": "function", "function": {"name": "f"}}
    assert chat_body(request(tool_choice=named), P)["tool_choice"] == named
    assert chat_body(request(tool_choice="required"), P)["tool_choice"] == "required"


def test_extra_bodies_are_merged_last_and_verbatim() -> None:
    asked = request(
        response_format={"type": "json_object"},
        sampling={"seed": 1},
        extra_body={"seed": 2, "null": None},
    )
    body = chat_body(asked, P, provider_extra={"seed": 3, "store": False})
    assert body == {
        "model": "m",
        "messages": USER,
        "response_format": {"type": "json_object"},
        "seed": 2,
        "null": None,
        "store": False,
    }


def test_the_input_is_not_changed_and_not_copied() -> None:
    asked = request(
        tools=TOOLS,
        sampling={"max_completion_tokens": 5, "stream_options": {"x": 1}},
        extra_body={"a": {"b": 1}},
    )
    before = copy.deepcopy(asked)
    body = chat_body(asked, P, stream=True)
    assert asked == before
    assert body["messages"] is USER
    body["new"] = 1
    assert "new" not in asked.sampling
    assert chat_body(ChatRequest("m", tuple(USER)), P)["messages"] == USER


def test_a_long_history_costs_next_to_nothing() -> None:
    asked = ChatRequest("m", [{"role": "user", "content": "x" * 1000}] * 2_000)
    begin = time.process_time()
    for _ in range(100):
        chat_body(asked, P, stream=True)
    assert time.process_time() - begin < 0.25


def test_embeddings_send_texts_and_name_the_encoding() -> None:
    assert embeddings_body(EmbeddingsRequest("m", ("a\n", "")), P) == {
        "model": "m",
        "input": ["a\n", ""],
        "encoding_format": "float",
    }
    silent = Profile(name="p", embeddings_encoding=None)
    asked = EmbeddingsRequest("m", ["a"], dimensions=8, extra_body={"user": "u"})
    assert embeddings_body(asked, silent, provider_extra={"user": "v", "k": 1}) == {
        "model": "m",
        "input": ["a"],
        "dimensions": 8,
        "user": "u",
        "k": 1,
    }
    assert (
        embeddings_body(EmbeddingsRequest("m", ["a"], encoding_format="base64"), silent)[
            "encoding_format"
        ]
        == "base64"
    )


def test_the_task_of_an_embedding_is_said_in_the_servers_words() -> None:
    profile = Profile(
        name="p", embeddings_task_field="input_type", embeddings_tasks=("query", "passage")
    )
    for task, word in (("query", "query"), ("document", "passage")):
        asked = EmbeddingsRequest("m", ["a"], task=task)  # type: ignore[arg-type]
        assert embeddings_body(asked, profile)["input_type"] == word
        assert "input_type" not in embeddings_body(asked, P)


def test_the_providers_own_fields_are_sent_also_without_the_requests() -> None:
    assert chat_body(ChatRequest("m", []), P, provider_extra={"k": 1})["k"] == 1
    assert chat_body(ChatRequest("m", [], extra_body={"k": 2}), P)["k"] == 2
