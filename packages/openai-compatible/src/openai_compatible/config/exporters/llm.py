"""``extra-openai-models.yaml`` of Simon Willison's ``llm`` (0.32.1).

It has keys under names in a store of its own: the name is the provider's.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from openai_compatible.config import yaml_text
from openai_compatible.config.exporters.outline import Entry, Exported, Notes, clean, outline
from openai_compatible.config.file import Config

__all__ = ["export"]


def export(config: Config, present: Collection[str] = ()) -> Exported:
    """The chat models for llm.

    Args:
        config: What to export.
        present: Names of variables that are set; ``<NAME>_API_KEY`` is referred to only then.
    """
    found = outline(config, present)
    notes = found.notes
    models = [_model(entry, notes) for entry in found.entries if _fits(entry, notes)]
    for name in config.routes:
        notes.add(f"route {name}: llm has no fallbacks")
    if any("api_key_name" in model for model in models):
        notes.add("where a key is not stored, llm sends OPENAI_API_KEY to the server if that is set")
    return Exported(yaml_text.dumps(models), notes)


def _fits(entry: Entry, notes: Notes) -> bool:
    if entry.alias is None:
        notes.add(f"{entry.provider.name}: it has no models; llm needs each by its id")
    elif entry.embeds:
        notes.add(f"{entry.name}: llm takes no models for embeddings from this file")
    return entry.alias is not None and not entry.embeds


def _model(entry: Entry, notes: Notes) -> dict[str, Any]:
    provider, facts = entry.provider, entry.facts
    key = None
    if entry.variable is not None and provider.auth.style == "bearer":
        own = facts.api_key_env is not None and facts.api_key_env != provider.api_key_env
        key = entry.variable.lower() if own else provider.name
        notes.add(f'{provider.name}: run llm keys set {key} --value "${entry.variable}"')
    elif entry.variable is not None:
        notes.add(f"{provider.name}: llm sends keys as Bearer tokens only; the key is not sent")
    for header in entry.secret_headers:
        notes.add(f"{provider.name}: llm reads no variables in headers; {header} is not exported")
    for name in ("extra_body", "timeout", "max_retries", "tls", "rate_limit"):
        if name in provider.model_fields_set:
            notes.add(f"{provider.name}: {name} is not exported")
    return clean(
        {
            "model_id": entry.name,
            "model_name": entry.wire_id,
            "api_base": entry.url,
            "api_key_name": key,
            "headers": entry.headers,
            "can_stream": False if facts.streaming is False else None,
            "supports_tools": facts.tools or None,
            "supports_schema": facts.structured_output or None,
            "vision": facts.image_inputs or None,
            "audio": facts.audio_inputs or None,
            "reasoning": facts.reasoning or None,
        }
    )
