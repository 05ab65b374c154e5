"""llama.cpp's ``llama-server``. Tools need ``--jinja`` there and a template that has them.

A function named by tool_choice is not enforced: another one may be called (``tools_named_unknown``).
With a response format no tool is called (``json_schema_with_tools``). Reasoning is rendered back only
under ``reasoning_content``, if the template does (``reasoning_content_echoed``, ``reasoning_echoed``).
"""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="llama_cpp",
    system_messages="merge_leading",
    tool_choices=("auto", "none", "required"),
    json_schema=True,
    json_object=True,
    schema_with_tools=False,
    reasoning_switch="template_enable_thinking",
    reasoning_field="reasoning_content",
    embeddings_dimensions=False,
    evidence=(
        Evidence("llama.cpp b11434, tests/fixtures/llama_server", "2026-11-20"),
        Evidence("llama.cpp tools/server/README.md @0c1e5709", "2026-11-20"),
        Evidence("vllm-project/vllm#41114, the same template", "2026-11-20"),
    ),
)
