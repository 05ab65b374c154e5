"""SiliconFlow."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="siliconflow",
    reasoning_switch="enable_thinking",
    embeddings_batch=64,
    evidence=(
        Evidence("apecloud/ApeRAG#716", "2026-11-20"),
        Evidence("models.dev providers/siliconflow", "2026-11-20"),
    ),
)
