"""Finish reasons: the words servers use, and the six we use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.types import FinishReason

__all__ = ["normalise", "raw_reason"]

_WORDS: Mapping[str, FinishReason] = {
    # OpenAI's own
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    # Seen elsewhere (finish-reason-variants of the quirk catalogue, 2026-11-20)
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "stop_token": "stop",
    "end_turn": "stop",
    "end_of_turn": "stop",
    "finished": "stop",
    "complete": "stop",
    "completed": "stop",
    "streaming_complete": "stop",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "max_length": "length",
    "token_limit": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "incomplete": "length",
    "tool_call": "tool_calls",
    "tool_use": "tool_calls",
    "tool": "tool_calls",
    "function_calls": "tool_calls",
    "content_filtered": "content_filter",
    "safety": "content_filter",
    "sensitive": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
    "refusal": "content_filter",
    "error": "error",
    "abort": "error",
    "aborted": "error",
    "network_error": "error",
    "insufficient_system_resource": "error",
    "malformed_function_call": "error",
}


def raw_reason(value: Any) -> str | None:
    """The server's word, or ``None`` for what says nothing: null, ``""`` and the text ``"null"``.

    Some servers wrap it: ``{"type": "abort", "message": "..."}`` (SGLang).
    """
    if isinstance(value, Mapping):
        value = value.get("type") or value.get("reason")
    if value is None or isinstance(value, (bool, list, Mapping)):
        return None
    text = str(value)
    return None if text.strip().lower() in ("", "null", "none") else text


def normalise(raw: str | None, *, tool_calls: bool) -> FinishReason | None:
    """Our word for the server's word. ``stop`` beside tool calls is ``tool_calls``.

    vLLM answers ``stop`` when ``tool_choice`` names a function, and OpenAI documents the same.

    >>> normalise("eos_token", tool_calls=False)
    'stop'
    >>> normalise("stop", tool_calls=True)
    'tool_calls'
    """
    if raw is None:
        return "tool_calls" if tool_calls else None
    word = _WORDS.get(raw.strip().lower(), "other")
    return "tool_calls" if tool_calls and word in ("stop", "other") else word
