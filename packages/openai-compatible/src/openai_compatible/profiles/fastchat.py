"""FastChat. It knows no tools and no response format; both are ignored."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="fastchat",
    ignores=("tools", "tool_choice", "logprobs", "top_logprobs"),
    text_parts="string",
    call_content="empty",
    tools=False,
    json_schema=False,
    json_object=False,
    evidence=(
        Evidence("FastChat 0.2.36, observed; not among the recordings", "2026-11-20"),
        Evidence("lm-sys/FastChat fastchat/serve/openai_api_server.py", "2026-11-20"),
    ),
)
