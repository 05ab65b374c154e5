"""DeepSeek. The reasoning of every turn with tool calls must come back, also in later turns.

While it thinks, which is its default, tools cannot be forced, and temperature and penalties are ignored.
Strict tools and a given beginning of the answer need another base URL.
"""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="deepseek",
    text_parts="string",
    tool_choices=("auto", "none"),
    strict_tools=False,
    json_schema=False,
    json_object=True,
    json_word=True,
    reasoning_switch="thinking_object",
    reasoning_replay="tool_calls",
    reasoning_field="reasoning_content",
    reasoning_filler="",
    evidence=(
        Evidence("https://api-docs.deepseek.com/guides/thinking_mode", "2026-11-21"),
        Evidence("deepseek-ai/DeepSeek-V3#302", "2026-11-20"),
        Evidence("langchain_deepseek chat_models.py", "2026-11-20"),
        Evidence("langchain-ai/langchain#34166", "2026-11-20"),
        Evidence("can1357/oh-my-pi#6925", "2026-11-20"),
    ),
)
