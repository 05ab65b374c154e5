"""Azure OpenAI and Foundry: OpenAI's dialect with the key in a header of its own."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="azure",
    max_tokens_field="max_completion_tokens",
    system_role="as_given",
    tools=True,
    tool_choices=("auto", "none", "required", "named"),
    json_schema=True,
    json_object=True,
    json_word=True,
    strict_schema=True,
    reasoning_switch="reasoning_effort",
    evidence=(
        Evidence("langchain_openai AzureChatOpenAI", "2026-11-20"),
        Evidence("pydantic-ai providers/azure.py", "2026-11-20"),
        Evidence("pydantic/pydantic-ai#5071", "2026-11-20"),
    ),
)
