"""The facts that differ between server families, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Evidence", "Profile"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact was seen: ``source`` is a URL, a fixture or a server with its version."""

    source: str
    date: str
    """ISO date of the observation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Dialect facts of one server family. Every default is what an unknown server gets.

    ``None`` for a capability means unknown: it is tried, not guessed.
    """

    name: str
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """Name under which ``max_tokens`` is sent."""
    stream_usage: bool = True
    """Send ``stream_options: {"include_usage": true}`` with streams."""
    tools: bool | None = None
    json_schema: bool | None = None
    json_object: bool | None = None
    embeddings_encoding: Literal["float", "base64"] | None = "float"
    """Value sent as ``encoding_format`` when the caller names none; ``None`` sends none."""
    embeddings_batch: int = 64
    """Texts per embeddings request."""
    stream_end: Literal["finish_or_done", "none"] = "finish_or_done"
    """``none``: the server sends neither a finish reason nor ``[DONE]``; its streams are marked."""
    evidence: tuple[Evidence, ...] = field(default=())
