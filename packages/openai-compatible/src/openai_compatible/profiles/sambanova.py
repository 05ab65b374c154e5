"""SambaNova. It takes texts only, and no encoding_format."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="sambanova",
    text_parts="string",
    embeddings_encoding=None,
    evidence=(
        Evidence("BerriAI/litellm llms/sambanova/chat.py", "2026-11-20"),
        Evidence("mozilla-ai/any-llm providers/sambanova", "2026-11-20"),
    ),
)
