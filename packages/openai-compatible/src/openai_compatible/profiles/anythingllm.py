"""AnythingLLM's API for developers: a model is a workspace, everything else is ignored."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="anythingllm",
    ignores=("tools", "tool_choice"),
    tools=False,
    json_schema=False,
    json_object=False,
    evidence=(
        Evidence("Mintplex-Labs/anything-llm server/endpoints/api/openai/index.js", "2026-11-20"),
    ),
)
