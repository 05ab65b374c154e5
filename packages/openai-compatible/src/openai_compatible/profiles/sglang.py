"""SGLang. Tool calls stay in the text without ``--tool-call-parser``."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="sglang",
    system_messages="merge_leading",
    text_parts="string",
    json_schema=True,
    reasoning_switch="template_enable_thinking",
    evidence=(
        Evidence("sglang 0.5.23 entrypoints/openai/protocol.py", "2026-11-20"),
        Evidence("vllm-project/vllm#41114, the same templates", "2026-11-20"),
        Evidence("strands-agents/harness-sdk#1696", "2026-11-20"),
    ),
)
