"""OpenCode Zen. Models that think want the reasoning of their tool calls back."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="opencode_zen",
    reasoning_replay="tool_calls",
    evidence=(Evidence("anomalyco/opencode#24083", "2026-11-20"),),
)
