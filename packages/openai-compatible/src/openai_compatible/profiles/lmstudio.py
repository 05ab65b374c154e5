"""LM Studio. tool_choice as an object is refused, and so is json_object."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="lmstudio",
    ignores=("n",),
    system_messages="merge_leading",
    tool_choices=("auto", "none", "required"),
    json_schema=True,
    json_object=False,
    reasoning_switch="template_enable_thinking",
    evidence=(
        Evidence("lmstudio-ai/docs 1_developer", "2026-11-20"),
        Evidence("lmstudio-ai/lmstudio-bug-tracker #189 #670", "2026-11-20"),
    ),
)
