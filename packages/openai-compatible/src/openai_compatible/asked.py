"""What a call is given, messages or texts with OpenAI's parameter names, as a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from openai_compatible.body_settings import refuse_body_replacements
from openai_compatible.errors import ConfigError
from openai_compatible.parameters import (
    checked,
    of_a_call,
    refuse_unknown_parameters,
)
from openai_compatible.types import ChatRequest, EmbeddingsRequest

__all__ = ["Asked", "chat_request", "embeddings_request"]

Asked = ChatRequest | Sequence[Mapping[str, Any]] | str
"""A request, OpenAI chat messages, or the text of one message of the user."""

_FIELDS = (
    "model",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "reasoning",
    "stream_usage",
    "extra_body",
    "headers",
    "query",
)


def chat_request(asked: Asked, params: Mapping[str, Any]) -> ChatRequest:
    """A request from messages and OpenAI parameter names.

    Raises:
        ConfigError: The messages are none, a parameter is unknown, or some stand beside a request.

    >>> chat_request("Hello", {"max_tokens": 5}).messages
    [{'role': 'user', 'content': 'Hello'}]
    """
    if isinstance(asked, ChatRequest):
        if params:
            raise ConfigError(
                f"parameters beside a ChatRequest: {', '.join(params)}",
                hint="Put them into the request.",
            )
        return asked
    messages: Any = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    if not isinstance(messages, Sequence) or not all(isinstance(one, Mapping) for one in messages):
        raise ConfigError(
            f"messages must be a list of messages or one text, not {type(asked).__name__}",
            param="messages",
            hint='Write [{"role": "user", "content": "..."}].',
        )
    params = of_a_call(params)
    refuse_unknown_parameters(params)
    refuse_body_replacements(params)
    named = {name: params[name] for name in _FIELDS if name in params}
    sampling = {name: value for name, value in params.items() if name not in _FIELDS}
    return ChatRequest(named.pop("model", ""), messages, sampling=sampling, **named)


def embeddings_request(
    asked: EmbeddingsRequest | Sequence[str], params: Mapping[str, Any]
) -> EmbeddingsRequest:
    """A request from texts, or from one, and the fields of :class:`EmbeddingsRequest`."""
    if isinstance(asked, EmbeddingsRequest):
        return asked
    texts = [asked] if isinstance(asked, str) else list(asked)
    known = tuple(field.name for field in fields(EmbeddingsRequest) if field.name != "texts")
    given = checked(of_a_call(params), known, {}, where="embed")
    refuse_body_replacements(given)
    return EmbeddingsRequest(given.pop("model", ""), texts, **given)
