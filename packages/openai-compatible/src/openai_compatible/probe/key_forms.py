"""What the look of a key tells: a hint for one that was refused, never a reason to refuse it."""

from __future__ import annotations

from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import preset

__all__ = ["FORMS", "form_hint"]

FORMS: tuple[tuple[str, str], ...] = (
    ("sk-or-", "openrouter"),
    ("sk-proj-", "openai"),
    ("gsk_", "groq"),
    ("xai-", "xai"),
    ("nvapi-", "nvidia-nim"),
    ("pplx-", "perplexity"),
    ("hf_", "huggingface"),
    ("csk-", "cerebras"),
    ("fw_", "fireworks"),
    ("tgp_", "together"),
    ("AIza", "gemini"),
)
"""How keys of a service begin, and its preset: general knowledge, 2026-11-21."""


def form_hint(key: str, row: Preset | None) -> str:
    """A sentence with a space before it, or nothing. It shows no more of the key than its beginning.

    >>> form_hint("gsk_4711", preset("openai"))
    ' A key that begins with gsk_ is one of Groq.'
    """
    if key[:1] in ("'", '"', "\u2018", "\u201c"):
        return " It begins with a quotation mark."
    for prefix, name in FORMS:
        if key.startswith(prefix) and row is not None and row.kind == "cloud" and row.name != name:
            return f" A key that begins with {prefix} is one of {preset(name).display_name}."
    return ""
