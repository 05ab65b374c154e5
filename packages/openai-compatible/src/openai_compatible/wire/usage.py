"""Token counts, wherever and however a server reports them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.types import Usage

__all__ = ["merge", "read_usage", "whole_number"]

_INPUT = ("prompt_tokens", "input_tokens", "prompt_eval_count")
_OUTPUT = ("completion_tokens", "output_tokens", "eval_count")
_INPUT_DETAILS = ("prompt_tokens_details", "input_tokens_details", "prompt_token_details")
_OUTPUT_DETAILS = ("completion_tokens_details", "output_tokens_details")
# prompt_cache_hit_tokens: DeepSeek; num_cached_tokens: Mistral; cached_tokens: Moonshot;
# cache_*_input_tokens: Anthropic behind gateways (usage-cached-tokens of the quirk catalogue)
_CACHED = ("cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens", "cache_read_input_tokens")
_CREATED = ("cache_creation_input_tokens", "cache_write_tokens", "cache_creation_tokens")


def merge(old: Mapping[str, Any] | None, new: Any) -> Mapping[str, Any] | None:
    """Take a later report over an earlier one; zeros and nulls never overwrite counts.

    Servers that repeat usage on every chunk send running totals, so the last one counts. A last
    one that is all zero (LiteLLM, legacy completions) or brings only half the keys does not.
    """
    if not isinstance(new, Mapping) or not new:
        return old
    if not old:
        return new
    return {**old, **{key: value for key, value in new.items() if value or key not in old}}


def read_usage(raw: Any) -> Usage | None:
    """Usage from a server's object; ``None`` when it holds no count.

    Wire:
        ``{"prompt_tokens": 9, "completion_tokens": 3}`` -> ``Usage(9, 3, 12)``. A missing total is
        summed; reasoning tokens that were left out of the output (xAI: the total equals input +
        output + reasoning) are added to it.

    >>> read_usage({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": None}).total_tokens
    12
    """
    if not isinstance(raw, Mapping):
        return None
    inputs, outputs, total = _first(raw, _INPUT), _first(raw, _OUTPUT), _number(raw, "total_tokens")
    if inputs is None and outputs is None and total is None:
        return _from_timings(raw)
    details_in, details_out = _details(raw, _INPUT_DETAILS), _details(raw, _OUTPUT_DETAILS)
    reasoning = _number(details_out, "reasoning_tokens")
    if reasoning is None:
        reasoning = _number(raw, "reasoning_tokens")
    if inputs is None:
        inputs = max((total or 0) - (outputs or 0), 0)
    if outputs is None:
        outputs = max((total or 0) - inputs, 0)
    if reasoning and (total == inputs + outputs + reasoning or reasoning > outputs):
        outputs += reasoning
    return Usage(
        input_tokens=inputs,
        output_tokens=outputs,
        total_tokens=max(total or 0, inputs + outputs),
        cached_tokens=_either(details_in, raw, _CACHED),
        cache_creation_tokens=_either(details_in, raw, _CREATED),
        reasoning_tokens=reasoning,
        audio_input_tokens=_number(details_in, "audio_tokens"),
        audio_output_tokens=_number(details_out, "audio_tokens"),
        raw=raw,
    )


def _from_timings(raw: Mapping[str, Any]) -> Usage | None:
    """llama.cpp's ``timings``, sent even where usage was not asked for (llama_server/chat_stream)."""
    prompt, predicted = _number(raw, "prompt_n"), _number(raw, "predicted_n")
    if prompt is None or predicted is None:
        return None
    cached = _number(raw, "cache_n")
    inputs = prompt + (cached or 0)
    return Usage(inputs, predicted, inputs + predicted, cached_tokens=cached, raw=raw)


def whole_number(value: Any) -> int | None:
    """A count from an int, a float or digits; ``None`` for anything else and for negatives.

    >>> [whole_number(v) for v in (7, 7.0, "7", True, -1, None)]
    [7, 7, 7, None, None, None]
    """
    if type(value) is int:
        return value if value >= 0 else None
    if value is None or isinstance(value, bool):
        return None
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20
    if digits or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    return value if isinstance(value, int) and value >= 0 else None


def _number(raw: Mapping[str, Any], key: str) -> int | None:
    return whole_number(raw.get(key))


def _first(raw: Mapping[str, Any], keys: tuple[str, ...]) -> int | None:
    for key in keys:
        if key in raw and (number := whole_number(raw[key])) is not None:
            return number
    return None


def _either(details: Mapping[str, Any], raw: Mapping[str, Any], keys: tuple[str, ...]) -> int | None:
    found = _first(details, keys)
    return _first(raw, keys) if found is None else found


def _details(raw: Mapping[str, Any], keys: tuple[str, ...]) -> Mapping[str, Any]:
    for key in keys:
        value = raw.get(key)
        if isinstance(value, Mapping):
            return value
    return {}
