"""Cohere's compatibility API."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="cohere",
    embeddings_batch=96,
    evidence=(Evidence("vercel/ai packages/cohere, maxEmbeddingsPerCall", "2026-11-20"),),
)
