"""Moonshot's Kimi. Every assistant's turn with tool calls must carry its reasoning.

``required`` is not obeyed. Lists of parts in tool messages are ignored: the model invents the result.
"""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="moonshot",
    text_parts="string",
    tool_choices=("auto", "none"),
    strict_tools=False,
    schemas="inlined",
    json_object=True,
    json_word=True,
    reasoning_switch="thinking_object",
    reasoning_replay="tool_calls",
    reasoning_field="reasoning_content",
    reasoning_filler=" ",
    evidence=(
        Evidence("litellm llms/moonshot/chat/transformation.py", "2026-11-20"),
        Evidence("MoonshotAI/kosong#29", "2026-11-20"),
        Evidence("vercel/ai packages/moonshotai", "2026-11-20"),
        Evidence(
            "https://www.librechat.ai/docs/configuration/librechat_yaml/ai_endpoints/moonshot",
            "2026-11-21",
        ),
    ),
)
