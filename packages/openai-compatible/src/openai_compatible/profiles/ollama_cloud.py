"""Ollama's cloud: as Ollama, but a json_schema is not enforced."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="ollama_cloud",
    ignores=("n", "num_ctx", "parallel_tool_calls"),
    text_parts="string",
    tool_choices=("auto",),
    strict_tools=False,
    json_schema=False,
    schema_with_tools=False,
    reasoning_switch="reasoning_effort",
    reasoning_field="reasoning",
    evidence=(
        Evidence("ollama/ollama#12362", "2026-11-20"),
        Evidence("pydantic-ai providers/ollama.py", "2026-11-20"),
    ),
)
