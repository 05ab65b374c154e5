"""Groq. It refuses logprobs, logit_bias, more than one choice, and names in messages."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="groq",
    message_names=False,
    tool_choices=("auto", "none", "required", "named"),
    strict_tools=False,
    json_object=True,
    json_word=True,
    schema_with_tools=False,
    reasoning_switch="reasoning_effort",
    evidence=(
        Evidence("https://console.groq.com/docs/openai", "2026-11-21"),
        Evidence("langchain_groq", "2026-11-20"),
        Evidence("vercel/ai packages/groq", "2026-11-20"),
    ),
)
