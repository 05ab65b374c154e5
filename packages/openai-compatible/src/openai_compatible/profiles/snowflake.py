"""Snowflake Cortex. Response formats hold for some models only."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="snowflake",
    max_tokens_field="max_completion_tokens",
    reasoning_switch="reasoning_object",
    evidence=(Evidence("pydantic-ai providers/snowflake.py", "2026-11-20"),),
)
