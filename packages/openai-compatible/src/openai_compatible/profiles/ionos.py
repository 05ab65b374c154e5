"""IONOS AI Model Hub."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="ionos",
    text_parts="string",
    evidence=(Evidence("nextcloud/integration_openai#236", "2026-11-20"),),
)
