"""Fireworks AI. A call of some tool is asked for by ``any``."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="fireworks",
    tool_choice_required="any",
    calls_in_text=True,
    json_schema=True,
    json_object=True,
    schema_with_tools=False,
    reasoning_switch="reasoning_effort",
    evidence=(
        Evidence("litellm llms/fireworks_ai", "2026-11-20"),
        Evidence("langchain_fireworks", "2026-11-20"),
        Evidence("BerriAI/litellm#7209", "2026-11-20"),
    ),
)
