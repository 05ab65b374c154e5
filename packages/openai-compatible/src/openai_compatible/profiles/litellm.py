"""The LiteLLM proxy. What works depends on what is behind it."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="litellm",
    evidence=(Evidence("LiteLLM proxy 1.106.2, tests/fixtures/litellm_to_llama", "2026-11-20"),),
)
