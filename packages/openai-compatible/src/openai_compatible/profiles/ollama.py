"""Ollama under ``/v1``. What it does not know it ignores, also tool_choice and max_completion_tokens.

A list of parts in a tool message becomes several messages without the call's id.
"""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="ollama",
    ignores=("n", "num_ctx", "parallel_tool_calls"),
    text_parts="string",
    tool_choices=("auto",),
    strict_tools=False,
    json_schema=True,
    json_object=True,
    schema_with_tools=False,
    reasoning_switch="reasoning_effort",
    reasoning_field="reasoning",
    embeddings_dimensions=True,
    evidence=(
        Evidence("https://docs.ollama.com/api/openai-compatibility", "2026-11-20"),
        Evidence("ollama/ollama openai/openai.go @fb307609", "2026-11-20"),
        Evidence("ollama/ollama#17921", "2026-11-20"),
        Evidence("ollama/ollama#8095", "2026-11-20"),
        Evidence("pydantic/pydantic-ai#4116", "2026-11-20"),
    ),
)
