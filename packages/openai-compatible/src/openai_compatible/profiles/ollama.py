"""Ollama under ``/v1``."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="ollama",
    json_schema=True,
    json_object=True,
    evidence=(Evidence("https://docs.ollama.com/api/openai-compatibility", "2026-11-20"),),
)
