"""KoboldCpp."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="koboldcpp",
    json_schema=False,
    evidence=(Evidence("LostRuins/koboldcpp koboldcpp.py", "2026-11-20"),),
)
