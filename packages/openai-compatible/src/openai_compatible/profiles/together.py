"""Together AI."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="together",
    strict_tools=False,
    reasoning_switch="reasoning_object",
    evidence=(
        Evidence("vercel/ai packages/togetherai", "2026-11-20"),
        Evidence("pi-ai openai-completions.js", "2026-11-20"),
    ),
)
