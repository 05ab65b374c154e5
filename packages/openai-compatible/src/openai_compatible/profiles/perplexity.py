"""Perplexity's Sonar. No tools, and turns must alternate."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="perplexity",
    system_messages="merge_leading",
    merge_turns=True,
    tools=False,
    json_schema=True,
    evidence=(
        Evidence("vercel/ai packages/perplexity", "2026-11-20"),
        Evidence("langchain_perplexity", "2026-11-20"),
    ),
)
