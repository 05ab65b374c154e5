"""Names: what constructors and calls accept, under which spellings, and what a request is made of.

Pure. An unknown name is an error that proposes the nearest known one: a setting that is dropped
in silence sends requests to the wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from openai_compatible.errors import ConfigError
from openai_compatible.types import ChatRequest

__all__ = [
    "CALL_NAMES",
    "CHAT_ALIASES",
    "EMBEDDINGS_ALIASES",
    "REFUSED",
    "SAMPLING",
    "chat_request",
    "checked",
    "unknown",
    "without_disabled",
]

_CONNECTION_ALIASES = {
    "model_name": "model",
    "openai_api_base": "base_url",
    "api_base": "base_url",
    "openai_api_key": "api_key",
    "request_timeout": "timeout",
    "default_headers": "headers",
    "default_query": "query",
    "openai_proxy": "proxy",
}
CHAT_ALIASES = {
    **_CONNECTION_ALIASES,
    "max_completion_tokens": "max_tokens",
    "stop_sequences": "stop",
    "openai_organization": "organization",
}
"""Other spellings a chat model's constructor takes, mostly those of ``ChatOpenAI``."""
EMBEDDINGS_ALIASES = {
    **_CONNECTION_ALIASES,
    "openai_organization": "organization",
    "batch_size": "chunk_size",
}

SAMPLING = (
    "temperature",
    "top_p",
    "max_tokens",
    "n",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "reasoning_effort",
    "verbosity",
    "service_tier",
    "store",
    "user",
)
"""Chat completion parameters that are fields of the model, sent under these names when set."""

_CALL_ONLY_SAMPLING = (
    "max_completion_tokens",
    "audio",
    "modalities",
    "prediction",
    "web_search_options",
    "prompt_cache_key",
    "safety_identifier",
    "functions",
    "function_call",
)
_REQUEST = frozenset({
    "model",
    "stop",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "stream",
    "stream_usage",
    "stream_options",
    "extra_body",
    "headers",
    "extra_headers",
    "query",
    "extra_query",
})  # fmt: skip
CALL_NAMES = frozenset({*SAMPLING, *_CALL_ONLY_SAMPLING, *_REQUEST})
"""Keyword arguments of ``invoke``, ``stream``, ``bind`` and so on."""

REFUSED = {
    "use_responses_api": "this package speaks chat completions only",
    "use_previous_response_id": "this package speaks chat completions only",
    "include": "this package speaks chat completions only",
    "truncation": "this package speaks chat completions only",
    "reasoning": "set reasoning_effort, or extra_body={'reasoning': {...}}",
    "tiktoken_model_name": "tokens are estimated offline; pass custom_get_token_ids for exact counts",
    "include_response_headers": "response_metadata['openai_compatible'] says what happened",
    "http_socket_options": "pass your own http_client",
    "azure_endpoint": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "azure_deployment": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "api_version": "set query={'api-version': ...}",
    "openai_api_version": "set query={'api-version': ...}",
    "openai_api_type": "set auth to 'bearer', 'header', 'query', 'basic' or 'none'",
    "embedding_ctx_length": "texts are sent whole, as text; split them before",
    "show_progress_bar": "call embed_documents with fewer texts at a time, and count",
    "skip_empty": "texts are sent as they are; drop empty ones before",
    "allowed_special": "texts are sent as text, never as token ids",
    "disallowed_special": "texts are sent as text, never as token ids",
    "tiktoken_enabled": "texts are sent as text, never as token ids",
    "deployment": "set base_url to the deployment's URL",
    "retry_min_seconds": "waiting follows Retry-After; set max_retries",
    "retry_max_seconds": "waiting follows Retry-After; set max_retries",
}
"""Names other classes take that mean nothing here, and what to do instead."""


def checked(
    given: Mapping[str, Any], known: Iterable[str], aliases: Mapping[str, str], *, where: str
) -> dict[str, Any]:
    """Arguments under their canonical names.

    Args:
        given: Arguments as the caller spelled them.
        known: Canonical names.
        aliases: Other spellings, each with its canonical name.
        where: What takes them, for the error.

    Raises:
        ConfigError: a name is unknown, or one setting came twice with different values.

    >>> checked({"model_name": "m"}, ["model"], {"model_name": "model"}, where="it")
    {'model': 'm'}
    """
    names = set(known)
    out: dict[str, Any] = {}
    for name, value in given.items():
        target = name if name in names else aliases.get(name, name)
        if target not in names:
            raise unknown(name, names | aliases.keys(), where)
        earlier = out.get(target)
        if earlier is not None and value is not None and earlier != value:
            other = _spelling(given, aliases, target)
            raise ConfigError(f"{where} got {target!r} twice, also as {other!r}, with different values")
        out[target] = value if earlier is None else earlier
    return out


def _spelling(given: Mapping[str, Any], aliases: Mapping[str, str], target: str) -> str:
    return next((name for name in given if aliases.get(name) == target), target)


def unknown(name: str, known: Iterable[str], where: str) -> ConfigError:
    """The error for a name nobody knows, with the nearest one that is known."""
    if name in REFUSED:
        return ConfigError(f"{where} takes no {name!r}: {REFUSED[name]}.")
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return ConfigError(
        f"{where} takes no {name!r}",
        hint=f"{hint}What a server takes beyond the standard goes into extra_body={{{name!r}: ...}}.",
    )


def without_disabled(params: dict[str, Any], disabled: Mapping[str, Any] | None) -> dict[str, Any]:
    """Parameters minus those in ``disabled_params``.

    A name with ``None`` is never sent, a name with a list not with the values in it.

    >>> without_disabled({"seed": 1, "n": 2}, {"seed": None, "n": [3]})
    {'n': 2}
    """
    if not disabled:
        return params
    return {
        name: value
        for name, value in params.items()
        if name not in disabled or (disabled[name] is not None and value not in disabled[name])
    }


def chat_request(
    messages: Sequence[Mapping[str, Any]],
    defaults: Mapping[str, Any],
    call: Mapping[str, Any],
    *,
    disabled: Mapping[str, Any] | None = None,
) -> ChatRequest:
    """One request from a model's settings and a call's overrides; the call wins.

    Args:
        messages: OpenAI chat dicts.
        defaults: The model's settings; names beyond :data:`CALL_NAMES` (``model_kwargs``) are
            sent verbatim.
        call: Keyword arguments of the call.
        disabled: ``disabled_params`` of the model.

    Raises:
        ConfigError: the call holds an unknown name.
    """
    for name in call:
        if name not in CALL_NAMES:
            raise unknown(name, CALL_NAMES, "a call")
    params = {k: v for k, v in defaults.items() if v is not None}
    params.update({k: v for k, v in call.items() if k not in {"extra_body", "headers", "query"}})
    if call.get("max_completion_tokens") is not None:
        params["max_tokens"] = params.pop("max_completion_tokens")  # the profile knows its name
    extra = {**(defaults.get("extra_body") or {}), **(call.get("extra_body") or {})}
    extra.update({k: params.pop(k) for k in list(params) if k not in CALL_NAMES})
    params = without_disabled(params, disabled)
    usage = params.pop("stream_usage", None)
    options = params.get("stream_options")
    if isinstance(options, Mapping) and "include_usage" in options:
        usage = bool(options["include_usage"])
    request = {name: params.pop(name, None) for name in ("tools", "tool_choice", "parallel_tool_calls")}
    response_format, model = params.pop("response_format", None), params.pop("model", None)
    headers = {**(params.pop("extra_headers", None) or {}), **(call.get("headers") or {})}
    query = {**(params.pop("extra_query", None) or {}), **(call.get("query") or {})}
    for name in ("stream", "headers", "query", "extra_body"):
        params.pop(name, None)
    stop = params.pop("stop", None)
    if stop:
        params["stop"] = [stop] if isinstance(stop, str) else list(stop)
    return ChatRequest(
        model=model or "",
        messages=messages,
        tools=tuple(request["tools"] or ()),
        tool_choice=request["tool_choice"],
        parallel_tool_calls=request["parallel_tool_calls"],
        response_format=response_format,
        sampling={k: v for k, v in params.items() if v is not None},
        stream_usage=usage,
        extra_body=extra,
        headers=headers,
        query=query,
    )
