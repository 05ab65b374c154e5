"""Text Generation Inference.

Calls beside an empty text are taken for a text: their content is sent as null. json_object needs a
schema there.
"""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="tgi",
    ignores=("n",),
    system_messages="merge_leading",
    text_parts="string",
    tool_choices=("auto", "none", "required", "named"),
    json_schema=True,
    json_object=False,
    schema_with_tools=False,
    evidence=(
        Evidence("huggingface/text-generation-inference router/src/lib.rs @db931fcf", "2026-11-20"),
    ),
)
