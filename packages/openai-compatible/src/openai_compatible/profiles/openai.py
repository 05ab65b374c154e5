"""OpenAI's own service."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="openai",
    max_tokens_field="max_completion_tokens",
    tools=True,
    json_schema=True,
    json_object=True,
    evidence=(Evidence("https://platform.openai.com/docs/api-reference/chat/create", "2026-11-20"),),
)
