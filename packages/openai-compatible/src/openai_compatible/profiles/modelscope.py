"""ModelScope."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="modelscope",
    reasoning_switch="enable_thinking",
    evidence=(Evidence("musistudio/claude-code-router#948", "2026-11-20"),),
)
