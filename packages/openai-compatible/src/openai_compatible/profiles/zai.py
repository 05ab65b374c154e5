"""Z.AI's GLM. Reasoning is wanted back between tool calls."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="zai",
    text_parts="string",
    json_object=True,
    reasoning_switch="thinking_object",
    reasoning_replay="tool_loop",
    reasoning_field="reasoning_content",
    evidence=(
        Evidence("models.dev providers/zai", "2026-11-20"),
        Evidence("mozilla-ai/any-llm providers/zai", "2026-11-20"),
        Evidence("Gitlawb/openclaude#774", "2026-11-20"),
    ),
)
