"""Text Embeddings Inference: embeddings only, 32 texts at once unless started otherwise."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="tei",
    embeddings_batch=32,
    embeddings_dimensions=True,
    evidence=(
        Evidence("huggingface/text-embeddings-inference router/src/http/types.rs", "2026-11-20"),
        Evidence("etalab-ia/OpenGateLLM#440", "2026-11-20"),
    ),
)
