"""Xinference, as its llama.cpp engine answered."""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="xinference",
    json_schema=True,
    json_object=False,
    schema_with_tools=False,
    evidence=(
        Evidence(
            "Xinference 4.1.0, observed; one recording in tests/fixtures/mid_stream_errors", "2026-11-20"
        ),
    ),
)
