"""Token counts under LangChain's names. Pure."""

from __future__ import annotations

from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata

from openai_compatible.types import Usage

__all__ = ["usage_metadata"]


def usage_metadata(usage: Usage | None) -> UsageMetadata | None:
    """Token counts under LangChain's names; details only where the server gave them.

    Wire:
        ``{"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12,
        "completion_tokens_details": {"reasoning_tokens": 2}}`` becomes ``{"input_tokens": 9,
        "output_tokens": 3, "total_tokens": 12, "output_token_details": {"reasoning": 2}}``
    """
    if usage is None:
        return None
    out = UsageMetadata(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.total_tokens,
    )
    given = InputTokenDetails()
    if usage.cached_tokens is not None:
        given["cache_read"] = usage.cached_tokens
    if usage.cache_creation_tokens is not None:
        given["cache_creation"] = usage.cache_creation_tokens
    if usage.audio_input_tokens is not None:
        given["audio"] = usage.audio_input_tokens
    made = OutputTokenDetails()
    if usage.reasoning_tokens is not None:
        made["reasoning"] = usage.reasoning_tokens
    if usage.audio_output_tokens is not None:
        made["audio"] = usage.audio_output_tokens
    if given:
        out["input_token_details"] = given
    if made:
        out["output_token_details"] = made
    return out
