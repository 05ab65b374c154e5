"""Names: what constructors and calls accept, under which spellings, and what a request is made of.

Shared by the adapter packages. Pure. An unknown name is an error that proposes the nearest known
one: a setting that is dropped in silence sends requests to the wrong place.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import SecretStr

from openai_compatible.body_settings import refuse_body_replacements
from openai_compatible.errors import ConfigError
from openai_compatible.secret_mapping import SecretMapping, reveal, reveal_pairs
from openai_compatible.types import ChatRequest

__all__ = [
    "CALL_NAMES",
    "SAMPLING",
    "chat_request",
    "checked",
    "of_a_call",
    "one_model",
    "refuse_unknown_parameters",
    "unknown",
    "without_disabled",
    "without_off",
]

_NOTHING: Mapping[str, str] = {}

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
    "metadata",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
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
    "reasoning",
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


_OF_THE_CLIENT = {
    "api_base": "base_url",
    "api_key": "api_key",
    "api_version": "api_version",
    "base_url": "base_url",
    "custom_llm_provider": "provider",
    "default_headers": "headers",
    "default_query": "query",
    "drop_params": "drop_params",
    "fallbacks": "fallbacks",
    "http_client": "http_client",
    "max_retries": "max_retries",
    "num_retries": "max_retries",
    "proxy": "proxy",
    "request_timeout": "timeout",
    "timeout": "timeout",
}
"""Spellings of settings of a client, each with its name there. In a body no server could use them, and a
key would end up in its log."""


def refuse_unknown_parameters(params: Iterable[str]) -> None:
    """Refuse a parameter of a chat call that OpenAI's API does not have.

    Raises:
        ConfigError: There is one. The hint has the nearest known name, and where parameters go that
            only some servers know.

    >>> refuse_unknown_parameters(["temperature"])
    """
    for name in params:
        if name not in CALL_NAMES:
            raise unknown(name, CALL_NAMES, "a call")


def of_a_call(params: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a client's call; what the openai SDK calls ``extra_headers`` under its name here.

    Raises:
        ConfigError: one is a setting of the client.

    >>> of_a_call({"extra_headers": {"X-Team": "search"}, "seed": 5})
    {'seed': 5, 'headers': {'X-Team': 'search'}}
    """
    out: dict[str, Any] = {}
    for name, value in params.items():
        if name == "stream" and value:
            raise ConfigError("a call takes no 'stream'", hint="chat() answers at once; call stream().")
        if name not in _OF_THE_CLIENT:
            out[name] = value.get_secret_value() if isinstance(value, SecretStr) else value
        elif value is not None:
            hint = f"Give it to the client: Client(..., {_OF_THE_CLIENT[name]}=...)."
            raise ConfigError(f"a call takes no {name!r}", hint=hint)
    for name in ("headers", "query"):
        extra, own = out.pop(f"extra_{name}", None), out.pop(name, None)
        if extra or own:
            out[name] = {**reveal_pairs(extra, f"extra_{name}"), **reveal_pairs(own, name)}
    return out


def checked(
    given: Mapping[str, Any],
    known: Iterable[str],
    aliases: Mapping[str, str],
    *,
    where: str,
    refused: Mapping[str, str] = _NOTHING,
    beyond: str = "extra_body",
) -> dict[str, Any]:
    """Arguments under their canonical names.

    Args:
        given: Arguments as the caller spelled them.
        known: Canonical names.
        aliases: Other spellings, each with its canonical name.
        where: What takes them, for the error.
        refused: Names other classes take that mean nothing there, and what to do instead.
        beyond: Setting that takes what only some servers know.

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
            raise unknown(name, names | aliases.keys(), where, refused=refused, beyond=beyond)
        earlier = out.get(target)
        if earlier is not None and value is not None and earlier != value:
            other = _spelling(given, aliases, target)
            raise ConfigError(f"{where} got {target!r} twice, also as {other!r}, with different values")
        out[target] = value if earlier is None else earlier
    return out


def one_model(first: str, named: Any, *, where: str) -> str:
    """The model that was given as the first argument, and perhaps by its name as well.

    Raises:
        ConfigError: both were given, and differ.

    >>> one_model("m", None, where="it")
    'm'
    """
    if named not in (None, first):
        raise ConfigError(f"{where} got two models, {first!r} and {named!r}")
    return first


def _spelling(given: Mapping[str, Any], aliases: Mapping[str, str], target: str) -> str:
    return next((name for name in given if aliases.get(name) == target), target)


def unknown(
    name: str,
    known: Iterable[str],
    where: str,
    *,
    refused: Mapping[str, str] = _NOTHING,
    beyond: str = "extra_body",
) -> ConfigError:
    """The error for a name nobody knows, with the nearest one that is known."""
    if name in refused:
        return ConfigError(f"{where} takes no {name!r}: {refused[name]}.")
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return ConfigError(
        f"{where} takes no {name!r}",
        hint=f"{hint}What a server takes beyond the standard goes into {beyond}={{{name!r}: ...}}.",
    )


def without_off(given: Mapping[str, Any], known: Container[str], off: Container[str]) -> dict[str, Any]:
    """Arguments without those that say of something unknown here that it is not wanted.

    Args:
        given: Arguments as the caller spelled them.
        known: Canonical names.
        off: Names whose ``None`` or ``False`` asks for what is done anyway.

    >>> without_off({"n": None, "use_responses_api": False}, {"n"}, {"use_responses_api"})
    {'n': None}
    """
    return {
        name: value
        for name, value in given.items()
        if name in known or name not in off or not (value is None or value is False)
    }


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
    refused: Mapping[str, str] = _NOTHING,
) -> ChatRequest:
    """One request from a model's settings and a call's overrides; the call wins.

    Args:
        messages: OpenAI chat dicts.
        defaults: The model's settings; names beyond :data:`CALL_NAMES` (``model_kwargs``) are
            sent verbatim.
        call: Keyword arguments of the call.
        disabled: ``disabled_params`` of the model.
        refused: As for :func:`checked`.

    Raises:
        ConfigError: the call holds an unknown name.
    """
    for name in call:
        if name not in CALL_NAMES:
            raise unknown(name, CALL_NAMES, "a call", refused=refused)
    refuse_body_replacements(call)
    params, extra = _merged(defaults, call)
    params = without_disabled(params, disabled)
    usage = _stream_usage(params)
    headers, query = _joined("headers", params, call), _joined("query", params, call)
    stop = params.pop("stop", None)
    if stop:
        params["stop"] = [stop] if isinstance(stop, str) else list(stop)
    params.pop("stream", None)
    return ChatRequest(
        model=params.pop("model", None) or "",
        messages=messages,
        tools=tuple(params.pop("tools", None) or ()),
        tool_choice=params.pop("tool_choice", None),
        parallel_tool_calls=params.pop("parallel_tool_calls", None),
        response_format=params.pop("response_format", None),
        reasoning=params.pop("reasoning", None),
        sampling={name: value for name, value in params.items() if value is not None},
        stream_usage=usage,
        extra_body=extra,
        headers=headers,
        query=query,
    )


_JOINED = frozenset({"extra_body", "headers", "query"})
"""Names whose values of model and call are joined, not replaced."""


def _merged(
    defaults: Mapping[str, Any], call: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters by their known names, and what goes into the body beside them."""
    params = {name: value for name, value in defaults.items() if value is not None}
    for name, value in call.items():
        if name not in _JOINED:
            params[name] = reveal(value, name) if isinstance(value, SecretMapping) else value
    if call.get("max_completion_tokens") is not None:
        params["max_tokens"] = params.pop("max_completion_tokens")  # the profile knows its name
    extra = reveal(params.pop("extra_body", None), "extra_body")
    extra.update({name: params.pop(name) for name in list(params) if name not in CALL_NAMES})
    extra.update(reveal(call.get("extra_body"), "extra_body"))
    return params, extra


def _stream_usage(params: dict[str, Any]) -> bool | None:
    """Whether token counts are asked for in streams, said in either of two ways."""
    options = params.get("stream_options")
    asked: bool | None = params.pop("stream_usage", None)
    if isinstance(options, Mapping) and "include_usage" in options:
        return bool(options["include_usage"])
    return asked


def _joined(name: str, params: dict[str, Any], call: Mapping[str, Any]) -> dict[str, str]:
    """Headers or query of one call; ``extra_headers`` and ``extra_query`` are the SDK's names."""
    params.pop(name, None)
    extra = reveal_pairs(params.pop(f"extra_{name}", None), f"extra_{name}")
    return {**extra, **reveal_pairs(call.get(name), name)}
