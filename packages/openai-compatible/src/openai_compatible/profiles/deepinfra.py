"""DeepInfra."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="deepinfra",
    text_parts="string",
    tool_choices=("auto", "none"),
    reasoning_switch="reasoning_effort",
    evidence=(
        Evidence("litellm llms/deepinfra/chat/transformation.py", "2026-11-20"),
        Evidence("vercel/ai packages/deepinfra", "2026-11-20"),
        Evidence("earendil-works/pi#1578", "2026-11-20"),
    ),
)
