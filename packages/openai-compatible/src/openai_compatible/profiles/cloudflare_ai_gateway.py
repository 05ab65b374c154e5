"""Cloudflare's AI gateway."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="cloudflare_ai_gateway",
    strict_tools=False,
    evidence=(Evidence("pi-ai openai-completions.js, compat of cloudflare-ai-gateway", "2026-11-20"),),
)
