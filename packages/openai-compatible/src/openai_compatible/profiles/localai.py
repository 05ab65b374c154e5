"""LocalAI. Response formats become a grammar."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="localai",
    json_schema=True,
    json_object=True,
    evidence=(Evidence("mudler/LocalAI core/http/endpoints/openai/chat.go @82c191af", "2026-11-20"),),
)
