"""Infinity: embeddings only."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="infinity",
    embeddings_dimensions=True,
    evidence=(
        Evidence("infinity-emb 0.0.78, observed; not among the recordings", "2026-11-20"),
        Evidence("michaelfeil/infinity fastapi_schemas/pymodels.py", "2026-11-20"),
    ),
)
