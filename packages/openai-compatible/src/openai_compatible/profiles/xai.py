"""xAI's Grok."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="xai",
    message_names=False,
    strict_tools=False,
    json_schema=True,
    reasoning_switch="reasoning_effort",
    evidence=(
        Evidence("litellm xai", "2026-11-20"),
        Evidence("BerriAI/litellm#9720", "2026-11-20"),
        Evidence("vercel/ai packages/xai", "2026-11-20"),
    ),
)
