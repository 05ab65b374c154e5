"""llama-cpp-python's own server.

The default template leaves tool calls in the text, ``required`` is ignored; ``content`` of an assistant
must be absent or a text, and developer messages and lists of parts are refused.
"""

from __future__ import annotations

from openai_compatible.profiles.profile import Evidence, Profile

__all__ = ["PROFILE"]

PROFILE = Profile(
    name="llama_cpp_python",
    ignores=("n",),
    text_parts="string",
    call_content="empty",
    tool_choices=("auto", "none", "named"),
    calls_in_text=True,
    json_schema=False,
    json_object=True,
    embeddings_dimensions=False,
    evidence=(
        Evidence(
            "llama-cpp-python 0.3.36, observed; one recording in tests/fixtures/mid_stream_errors",
            "2026-11-20",
        ),
    ),
)
