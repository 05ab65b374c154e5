"""Vercel's AI gateway."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="vercel_ai_gateway",
    reasoning_switch="reasoning_object",
    evidence=(Evidence("https://vercel.com/docs/ai-gateway/openai-compat/advanced", "2026-11-21"),),
)
