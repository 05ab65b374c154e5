"""Mistral. It knows its own form of ids, and refuses names and reasoning in messages."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="mistral",
    tool_then_user=False,
    message_names=False,
    prefill="prefix",
    tool_choices=("auto", "none", "required"),
    tool_choice_required="any",
    tool_ids="nine",
    strict_tools=False,
    json_schema=True,
    reasoning_switch="reasoning_effort",
    reasoning_efforts=("none", "high"),
    embeddings_batch=32,
    evidence=(
        Evidence("vercel/ai packages/mistral", "2026-11-20"),
        Evidence("BerriAI/litellm#6696", "2026-11-20"),
        Evidence("langchain-ai/langchain#24668", "2026-11-20"),
        Evidence("dimetron/pi-go#245", "2026-11-20"),
        Evidence("OpenMinis/OpenMinis#87", "2026-11-20"),
    ),
)
