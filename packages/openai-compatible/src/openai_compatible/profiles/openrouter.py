"""OpenRouter. Thinking models want ``reasoning_details`` back with their tool calls, unchanged."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="openrouter",
    reasoning_switch="reasoning_object",
    reasoning_replay="tool_calls",
    assistant_media="images",
    evidence=(
        Evidence("https://openrouter.ai/docs/use-cases/reasoning-tokens", "2026-11-21"),
        Evidence("https://openrouter.ai/docs/features/multimodal/image-generation", "2026-11-30"),
        Evidence("langchain_openrouter", "2026-11-20"),
        Evidence("litellm openrouter transformation", "2026-11-20"),
        Evidence("danny-avila/LibreChat#13366", "2026-11-20"),
    ),
)
