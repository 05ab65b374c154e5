"""Cerebras. Reasoning comes as ``reasoning`` and goes back under that name only."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="cerebras",
    max_tokens_field="max_completion_tokens",
    message_names=False,
    json_schema=True,
    strict_schema=True,
    schema_with_tools=False,
    reasoning_switch="reasoning_effort",
    reasoning_replay="tool_loop",
    reasoning_field="reasoning",
    evidence=(
        Evidence("https://inference-docs.cerebras.ai/resources/openai", "2026-11-21"),
        Evidence("vercel/ai packages/cerebras", "2026-11-20"),
        Evidence("pydantic-ai providers/cerebras.py", "2026-11-20"),
    ),
)
