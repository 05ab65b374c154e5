"""Volcengine Ark. It refuses both token limits at once."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="volcengine",
    reasoning_switch="thinking_object",
    evidence=(
        Evidence("litellm volcengine", "2026-11-20"),
        Evidence("HKUDS/nanobot#2462", "2026-11-20"),
    ),
)
