"""Requests to JSON bodies. Nothing is copied deeply, nothing of the input is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.secret_mapping import SecretMapping, reveal
from openai_compatible.types import ChatRequest, EmbeddingsRequest
from openai_compatible.wire.dialect.reasoning import REQUEST, check_switch, remembered
from openai_compatible.wire.dialect.steps import Spoken, spoken

__all__ = ["chat_body", "embeddings_body", "plain_body", "written"]

_NOTHING: Mapping[str, Any] = {}


def chat_body(
    request: ChatRequest,
    profile: Profile,
    *,
    provider_extra: Mapping[str, Any] | None = None,
    stream: bool = False,
) -> dict[str, Any]:
    """The body of a chat completion request.

    ``None`` is not sent, nor an empty ``tools``, nor what only makes sense beside tools. The token
    limit goes under the profile's name for it unless the caller gave both names.
    ``stream_options`` is sent with streams only (vLLM refuses it without). ``provider_extra``, then
    ``request.extra_body`` are merged last, key by key, verbatim.

    Wire:
        ``ChatRequest("m", [...], sampling={"max_tokens": 5, "seed": None})``, streamed -> ``{"model":
        "m", "messages": [...], "max_tokens": 5, "stream": true, "stream_options":
        {"include_usage": true}}``
    """
    return written(request, profile, provider_extra=provider_extra, stream=stream).body


def written(
    request: ChatRequest,
    profile: Profile,
    *,
    learned: Mapping[str, Any] = _NOTHING,
    origin: str = "",
    provider_extra: Mapping[str, Any] | None = None,
    stream: bool = False,
) -> Spoken:
    """As :func:`chat_body`, with the facts that made the body differ from OpenAI's.

    Args:
        learned: Facts that the server's refusals taught; they win over the profile and the request.
        origin: Where it goes; reasoning from elsewhere stays behind.

    Raises:
        ConfigError: ``reasoning`` has no form in this dialect.
    """
    if request.stream_usage is not None and request.stream_usage != profile.stream_usage:
        profile = replace(profile, stream_usage=request.stream_usage)
    profile = with_facts(profile, learned)
    if request.reasoning is not None:
        check_switch(request.reasoning, profile)
    dialect_body = spoken(plain_body(request, origin=origin, stream=stream), profile)
    body = dialect_body.body
    if provider_extra or request.extra_body:
        body = {**body, **(provider_extra or {}), **reveal(request.extra_body, "extra_body")}
    return dialect_body._replace(body=body)


def plain_body(request: ChatRequest, *, origin: str = "", stream: bool = False) -> dict[str, Any]:
    """The request as OpenAI takes it, but for the neutral keys of ``dialect/reasoning.py``."""
    messages = remembered(request.messages, origin, request.model)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": messages if isinstance(messages, list) else list(messages),
    }
    for name, value in request.sampling.items():
        if value is not None:
            body[name] = reveal(value, name) if isinstance(value, SecretMapping) else value
    if request.reasoning is not None:
        body[REQUEST] = request.reasoning
    _add_tools(body, request)
    if request.response_format is not None:
        body["response_format"] = request.response_format
    options = body.pop("stream_options", None)
    body.pop("stream", None)
    if stream:
        body["stream"] = True
        body["stream_options"] = {"include_usage": True, **(options or {})}
    return body


def embeddings_body(
    request: EmbeddingsRequest, profile: Profile, *, provider_extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The body of an embeddings request.

    Texts are sent as they are: never token ids, nothing stripped. The encoding is always named where
    the profile names one, because servers differ in what they take for the default.

    Wire:
        ``EmbeddingsRequest("m", ["a"])`` -> ``{"model": "m", "input": ["a"], "encoding_format":
        "float"}``
    """
    body: dict[str, Any] = {"model": request.model, "input": list(request.texts)}
    encoding = request.encoding_format or profile.embeddings_encoding
    if encoding is not None:
        body["encoding_format"] = encoding
    if request.task is not None and profile.embeddings_task_field is not None:
        query, document = profile.embeddings_tasks
        body[profile.embeddings_task_field] = query if request.task == "query" else document
    if request.dimensions is not None and profile.embeddings_dimensions is not False:
        body["dimensions"] = request.dimensions
    body.update(provider_extra or {})
    body.update(reveal(request.extra_body, "extra_body"))
    return body


def _add_tools(body: dict[str, Any], request: ChatRequest) -> None:
    tools, choice = request.tools, request.tool_choice
    if tools:
        body["tools"] = tools if isinstance(tools, list) else list(tools)
        if request.parallel_tool_calls is not None:
            body["parallel_tool_calls"] = request.parallel_tool_calls
    # Without tools "auto" and "none" say nothing, and OpenAI and vLLM answer 400 to them.
    if choice is not None and (tools or choice not in ("auto", "none")):
        body["tool_choice"] = choice
