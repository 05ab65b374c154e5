"""NVIDIA NIM. Embedding models with two sides need to be told which."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="nvidia_nim",
    text_parts="string",
    reasoning_switch="template_enable_thinking",
    embeddings_task_field="input_type",
    embeddings_tasks=("query", "passage"),
    evidence=(
        Evidence("langchain_nvidia_ai_endpoints", "2026-11-20"),
        Evidence("ogx-ai/ogx#2892", "2026-11-20"),
        Evidence("decolua/9router#1378", "2026-11-20"),
        Evidence("pi-ai openai-completions.js", "2026-11-20"),
    ),
)
