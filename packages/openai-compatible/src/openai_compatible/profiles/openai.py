"""OpenAI's own service."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="openai",
    max_tokens_field="max_completion_tokens",
    system_role="as_given",
    assistant_media="audio_id",
    tools=True,
    tool_choices=("auto", "none", "required", "named"),
    parallel_tool_calls=True,
    strict_tools=True,
    json_schema=True,
    json_object=True,
    json_word=True,
    strict_schema=True,
    reasoning_switch="reasoning_effort",
    embeddings_dimensions=True,
    evidence=(
        Evidence("https://platform.openai.com/docs/api-reference/chat/create", "2026-11-20"),
        Evidence("openai/openai-python 3.52", "2026-11-20"),
    ),
)
