"""llama.cpp's ``llama-server``. Tools need ``--jinja`` there and a template that has them."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="llama_cpp",
    json_schema=True,
    json_object=True,
    evidence=(Evidence("llama.cpp b11434, tests/fixtures/llama_server", "2026-11-20"),),
)
