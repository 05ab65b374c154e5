"""Alibaba Model Studio. While a model thinks, tools cannot be forced."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="dashscope",
    tool_choices=("auto", "none"),
    json_object=True,
    json_word=True,
    reasoning_switch="enable_thinking",
    embeddings_batch=10,
    evidence=(
        Evidence("https://www.alibabacloud.com/help/en/model-studio/deep-thinking", "2026-11-21"),
        Evidence("alibaba/page-agent#367", "2026-11-20"),
        Evidence("memodb-io/memobase#142", "2026-11-20"),
        Evidence("vercel/ai packages/alibaba", "2026-11-20"),
    ),
)
