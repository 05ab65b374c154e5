"""MiniMax. It has no response formats; thinking stands in the text.

The documentation wants the whole answer back in conversations with tools, what stands between
``<think>`` and ``</think>`` included.
"""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="minimax",
    system_messages="merge_leading",
    text_parts="string",
    strict_tools=False,
    json_schema=False,
    json_object=False,
    reasoning_switch="thinking_object",
    reasoning_replay="tool_calls",
    evidence=(
        Evidence("https://platform.minimax.io/docs/api-reference/text-openai-api", "2026-11-21"),
        Evidence("https://java.agentscope.io/v2/en/integration/model/minimax", "2026-11-21"),
        Evidence("mozilla-ai/any-llm providers/minimax", "2026-11-20"),
    ),
)
