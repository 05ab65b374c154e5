"""``transformers serve``. Ignores ``response_format``; sends no ``[DONE]`` but a finish reason.

Tools are called although ``none`` was asked for (``tools_none``); stop ends the text but stays in it.
"""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="transformers_serve",
    ignores=("logprobs", "n", "parallel_tool_calls", "top_logprobs"),
    tool_choices=("auto",),
    json_schema=False,
    json_object=False,
    evidence=(Evidence("transformers serve 5.23.0, tests/fixtures/transformers_serve", "2026-11-20"),),
)
