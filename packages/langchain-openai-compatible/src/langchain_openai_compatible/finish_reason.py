"""``response_metadata["normalized_finish_reason"]``: why an answer ended, in LangChain's words. Pure."""

from __future__ import annotations

from openai_compatible.types import Choice

__all__ = ["normalized_finish_reason"]

_TOOL_CALL = "tool_call"
_REFUSAL = "refusal"


def normalized_finish_reason(choice: Choice) -> str | None:
    """Return LangChain's word, ``None`` if the server gave no reason.

    It is ``stop``, ``length``, ``tool_call``, ``refusal``, ``content_filter``, ``error`` or ``other``.
    LangChain says ``tool_call`` where OpenAI says ``tool_calls``, and ``refusal`` for every answer with
    a refusal (langchain-core 1.8.4, ``language_models/_finish_reason.py``).

    >>> normalized_finish_reason(Choice(finish_reason="tool_calls"))
    'tool_call'
    """
    if choice.finish_reason is None:
        return None
    if choice.refusal:
        return _REFUSAL
    return _TOOL_CALL if choice.finish_reason == "tool_calls" else choice.finish_reason
