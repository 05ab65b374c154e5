"""Public AI."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="publicai",
    text_parts="string",
    evidence=(Evidence("litellm openai_like/providers.json", "2026-11-20"),),
)
