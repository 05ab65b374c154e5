"""Refusals and the dialect that answers them; each text with where it was seen."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.errors import (
    APIStatusError,
    ContextLengthExceededError,
    UnsupportedParameterError,
)
from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.testing.loopback import replay
from openai_compatible.wire.adaptations import adaptation, droppable
from openai_compatible.wire.error_body import error_from_response

FIXTURES = Path(__file__).parents[2] / "fixtures"
GENERIC = Profile(name="generic")
USER = {"role": "user", "content": "Hi"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
BODY: dict[str, Any] = {"model": "m", "messages": [USER]}


def error_of(message: Any, status: int = 400, **more: Any) -> APIStatusError:
    body = message if isinstance(message, dict | list) else {"error": {"message": message, **more}}
    return error_from_response(
        status, {}, json.dumps(body).encode(), endpoint="/chat/completions", url="http://h/v1"
    )


def extra_forbidden(*loc: Any) -> dict[str, Any]:
    return {
        "detail": [
            {"type": "extra_forbidden", "loc": ["body", *loc], "msg": "Extra inputs are not permitted"}
        ]
    }


@pytest.mark.parametrize(
    ("said", "body", "want"),
    [
        (  # OpenAI o-series
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            {"max_tokens": 5},
            {"max_tokens_field": "max_completion_tokens"},
        ),
        (
            extra_forbidden("max_completion_tokens"),
            {"max_completion_tokens": 5},
            {"max_tokens_field": "max_tokens"},
        ),
        (extra_forbidden("stream_options"), {"stream_options": {}}, {"stream_usage": False}),
        (
            "Unrecognized request argument supplied: parallel_tool_calls",
            {},
            {"parallel_tool_calls": False},
        ),
        (
            "Unsupported parameter: 'encoding_format'",
            {"encoding_format": "float"},
            {"embeddings_encoding": None},
        ),
        (extra_forbidden("tools", 0, "function", "strict"), {}, {"strict_tools": False}),
        (  # DeepSeek
            "messages[0].role: unknown variant `developer`, expected one of `system`, `user`",
            {},
            {"system_role": "system"},
        ),
        ("System role not supported", {}, {"system_role": "user"}),
        (
            "litellm.UnsupportedParamsError: Anthropic expects the `tools=` param to be passed in.",
            {},
            {"tools_with_calls": "placeholder"},
        ),
        (
            "The toolConfig field must be defined when using toolUse",
            {},
            {"tools_with_calls": "placeholder"},
        ),
        (
            "System message must be at the beginning.",
            {"messages": [USER, {"role": "system", "content": "x"}]},
            {"system_messages": "merge_all"},
        ),
        (
            "Only one system message is allowed",
            {"messages": [{"role": "system"}, {"role": "system"}, USER]},
            {"system_messages": "merge_leading"},
        ),
        ("Unexpected role 'user' after role 'tool'", {}, {"tool_then_user": False}),
        (
            "Conversation roles must alternate user/assistant/user/assistant/...",
            {},
            {"merge_turns": True},
        ),
        (
            "Tool call id was call_0fypS1hVX but must be a-z, A-Z, 0-9, with a length of 9.",
            {},
            {"tool_ids": "nine"},
        ),
        ("'messages' must contain the word 'json' in some form", {}, {"json_word": True}),
        (
            "parameter.enable_thinking must be set to false for non-streaming calls",
            {},
            {"stream_only": True},
        ),
        ("expected string at field messages.content", {}, {"text_parts": "string"}),
        ("body.messages.1.content: none is not an allowed value", {}, {"call_content": "empty"}),
        (
            "property 'messages.0.name' is unsupported, did you mean 'role'?",
            {},
            {"message_names": False},
        ),
        (
            "Invalid tool_choice type: 'object'. Supported string values: none, auto, required",
            {"tool_choice": {"type": "function"}},
            {"tool_choices": ("none", "auto", "required")},
        ),
        (
            "tool_choice 'required' is not supported",
            {"tool_choice": "required"},
            {"tool_choices": ("none", "auto")},
        ),
        (
            "Invalid schema: 'additionalProperties' is required to be supplied and to be false.",
            {},
            {"strict_schema": True},
        ),
        (
            [{"error": {"code": 400, "message": 'Unknown name "additionalProperties" at tools'}}],
            {"tools": [{"function": {"parameters": {"$ref": "#/$defs/P"}}}]},
            {"schemas": "inlined"},
        ),
        (
            [{"error": {"code": 400, "message": 'Unknown name "$schema" at tools'}}],
            {"tools": [{"function": {"parameters": {}}}]},
            {"schemas": "minimal"},
        ),
        (
            "The `reasoning_content` in the thinking mode must be passed back to the API.",
            {},
            {"reasoning_replay": "tool_loop"},
        ),
    ],
)
def test_a_refusal_names_the_dialect(said: Any, body: Any, want: dict[str, Any]) -> None:
    open_profile = with_facts(GENERIC, {"system_role": "as_given"})
    found = adaptation(error_of(said), {**BODY, **body}, open_profile)
    assert found is not None
    assert found.facts == want
    assert found.reason


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ("Unsupported parameter: 'temperature'", {"temperature": 1}),
        ("Unsupported parameter: 'max_tokens'", {"max_tokens": 1, "max_completion_tokens": 1}),
        ("Unsupported parameter: 'max_tokens'", {}),
        ("tool_choice 'auto' is not supported", {"tool_choice": "auto"}),
        ("no such model", {}),
        (extra_forbidden("seed"), {"seed": 1}),
        (
            "Model does not support matryoshka representation, changing output dimensions",
            {"dimensions": 2},
        ),
    ],
)
def test_what_would_lose_something_has_no_answer(said: Any, body: Any) -> None:
    assert adaptation(error_of(said), {**BODY, **body}, GENERIC) is None


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_other_statuses_have_no_answer(status: int) -> None:
    error = UnsupportedParameterError(
        "Unsupported: 'max_tokens'", status_code=status, param="max_tokens"
    )
    assert adaptation(error, {**BODY, "max_tokens": 5}, GENERIC) is None


def test_overflow_has_no_answer() -> None:
    text = "maximum context length is 4096 tokens; max_tokens is too large"
    error = ContextLengthExceededError(text, status_code=400, param="max_tokens")
    assert adaptation(error, {**BODY, "max_tokens": 5}, GENERIC) is None


@pytest.mark.parametrize(
    ("said", "facts", "want"),
    [
        ("System role not supported", {"system_role": "user"}, None),
        ("roles must alternate", {"merge_turns": True}, None),
        ("reasoning_content must be passed back", {"reasoning_replay": "tool_loop"}, "tool_calls"),
        ("reasoning_content must be passed back", {"reasoning_replay": "tool_calls"}, "always"),
        ("reasoning_content must be passed back", {"reasoning_replay": "always"}, None),
        (
            extra_forbidden("messages", 1, "assistant", "reasoning_content"),
            {"reasoning_replay": "always"},
            "never",
        ),
        (extra_forbidden("messages", 1, "assistant", "reasoning_content"), {}, None),
        ('Unknown name "$ref"', {"schemas": "inlined"}, "minimal"),
        ('Unknown name "$ref"', {"schemas": "minimal"}, None),
        ("System message must be at the beginning", {"system_messages": "merge_leading"}, None),
    ],
)
def test_what_was_tried_is_followed_by_the_next_or_by_nothing(said: Any, facts: Any, want: Any) -> None:
    found = adaptation(error_of(said), BODY, with_facts(GENERIC, facts))
    assert (None if found is None else next(iter(found.facts.values()))) == want


def test_messages_of_any_shape_are_looked_at() -> None:
    for messages in ("odd", [3, "x"]):
        found = adaptation(error_of("System message must be first"), {"messages": messages}, GENERIC)
        assert found is None or found.facts == {"system_messages": "merge_leading"}


@pytest.mark.parametrize(
    ("error", "want"),
    [
        (UnsupportedParameterError("x", status_code=400, param="seed"), "seed"),
        (UnsupportedParameterError("x", status_code=400, param="body.seed"), "seed"),
        (UnsupportedParameterError("x", status_code=400, param="messages.0.name"), None),
        (UnsupportedParameterError("x", status_code=400), None),
        (APIStatusError("x", status_code=400, param="seed"), None),
    ],
)
def test_only_a_top_level_parameter_can_be_left_out(error: APIStatusError, want: str | None) -> None:
    assert droppable(error) == want


def recorded() -> list[Any]:
    """Every recorded 400 and 422 with the request it answers."""
    found = []
    for file in sorted(FIXTURES.glob("*/expected.toml")):
        for case, facts in tomllib.loads(file.read_text("utf-8")).items():
            request = file.with_name(f"{case}.request")
            if facts.get("status") in (400, 422) and request.exists():
                found.append(
                    pytest.param(
                        file.with_name(f"{case}.http"), request, id=f"{file.parent.name}/{case}"
                    )
                )
    return found


@pytest.mark.parametrize(("answer", "request_file"), recorded())
def test_a_recorded_refusal_is_answered_only_by_a_change_of_what_it_names(
    answer: Path, request_file: Path
) -> None:
    reply = replay(answer)
    body = b"".join(piece for piece in reply.pieces() if isinstance(piece, bytes))
    error = error_from_response(reply.status, {}, body, endpoint="/chat/completions", url="http://h/v1")
    text = request_file.read_text("utf-8", "replace")
    start = text.find("{")
    try:
        sent = json.loads(text[start:]) if start >= 0 else {}
    except ValueError:
        sent = {}
    found = adaptation(error, sent if isinstance(sent, dict) else {}, GENERIC)
    if found is None:
        return
    named = {
        "max_tokens_field": "max_",
        "stream_usage": "stream_options",
        "tool_choices": "tool_choice",
        "embeddings_encoding": "encoding_format",
        "parallel_tool_calls": "parallel_tool_calls",
        "text_parts": "content",
        "call_content": "content",
        "system_role": "role",
        "system_messages": "ystem",
    }
    for fact in found.facts:
        assert named[fact] in str(error), (fact, str(error))
