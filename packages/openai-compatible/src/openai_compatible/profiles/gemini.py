"""Google Gemini's endpoint for OpenAI's API. It refuses what it does not know."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="gemini",
    tool_choices=("auto", "none", "required"),
    schemas="inlined",
    json_schema=True,
    reasoning_switch="reasoning_effort",
    embeddings_batch=100,
    evidence=(
        Evidence("https://ai.google.dev/gemini-api/docs/openai", "2026-11-21"),
        Evidence("FuzzAnything/PromptFuzz#42", "2026-11-20"),
        Evidence("vercel/ai packages/google, maxEmbeddingsPerCall", "2026-11-20"),
        Evidence("pydantic/pydantic-ai#3617", "2026-11-20"),
    ),
)
