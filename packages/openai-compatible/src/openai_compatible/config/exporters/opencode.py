"""OpenCode's ``opencode.json``. For the evidence see the importer; OpenCode itself was not run."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from openai_compatible.config.exporters.outline import (
    Entry,
    Exported,
    Notes,
    clean,
    members,
    outline,
    seconds,
)
from openai_compatible.config.file import Config

__all__ = ["export"]

_ROUTES = {"default": "model", "small": "small_model"}


def export(config: Config, present: Collection[str] = ()) -> Exported:
    """The providers for OpenCode. Keys are ``{env:NAME}``.

    Args:
        config: What to export.
        present: Names of variables that are set; ``<NAME>_API_KEY`` is referred to only then.
    """
    found = outline(config, present)
    providers: dict[str, dict[str, Any]] = {}
    places: dict[str, str] = {}
    for entry in found.entries:
        name = _name(entry, providers, found.notes)
        table = providers.setdefault(name, _provider(entry, found.notes))
        if entry.alias is None:
            found.notes.add(f"{name}: it has no models; OpenCode needs each by its id")
        else:
            table["models"][entry.alias] = _model(entry)
            places[entry.name] = f"{name}/{entry.alias}"
    text: dict[str, Any] = {"$schema": "https://opencode.ai/config.json", "provider": providers}
    for route, key in _ROUTES.items():
        leads = members(config.routes[route], found.entries)[0] if route in config.routes else []
        if leads and leads[0] in places:
            text[key] = places[leads[0]]
    for route, members_of in config.routes.items():
        if route not in _ROUTES or members_of.fallback:
            found.notes.add(f"route {route}: OpenCode has no fallbacks")
    return Exported(json.dumps(text, indent=2, ensure_ascii=False) + "\n", found.notes)


def _name(entry: Entry, providers: dict[str, dict[str, Any]], notes: Notes) -> str:
    """The provider's name; another one for a model with an address or a key of its own."""
    name = entry.provider.name
    if name not in providers or providers[name]["options"] == _provider(entry, notes)["options"]:
        return name
    return f"{name}-{entry.alias}".replace("/", "-")


def _provider(entry: Entry, notes: Notes) -> dict[str, Any]:
    provider = entry.provider
    headers: dict[str, str] = dict(entry.headers)
    headers |= {header: _env(variable) for header, variable in entry.secret_headers.items()}
    key = None
    if entry.variable is not None and provider.auth.style == "header":
        headers[provider.auth.name or "api-key"] = provider.auth.prefix + _env(entry.variable)
    elif entry.variable is not None and provider.auth.style == "bearer":
        key = _env(entry.variable)
    for name in ("extra_body", "max_retries", "tls", "rate_limit"):
        if name in provider.model_fields_set:
            notes.add(f"{provider.name}: {name} is not exported")
    limit = seconds(provider.timeout)
    return {
        "npm": "@ai-sdk/openai-compatible",
        "name": provider.display_name or provider.name,
        "options": clean(
            {
                "baseURL": entry.url,
                "apiKey": key,
                "headers": headers,
                "timeout": None if limit is None else round(limit * 1000),
            }
        ),
        "models": {},
    }


def _model(entry: Entry) -> dict[str, Any]:
    facts = entry.facts
    limits = (facts.context_window, facts.max_output_tokens)
    inputs = [
        "text",
        *(["image"] if facts.image_inputs else []),
        *(["audio"] if facts.audio_inputs else []),
    ]
    return clean(
        {
            "id": facts.id if facts.id != entry.alias else None,
            "name": facts.display_name or entry.alias,
            "tool_call": facts.tools,
            "reasoning": facts.reasoning,
            "modalities": {"input": inputs, "output": ["text"]} if inputs[1:] else None,
            "limit": {"context": limits[0] or 0, "output": limits[1] or 0} if any(limits) else None,
            "cost": clean({"input": facts.input_cost, "output": facts.output_cost}),
        }
    )


def _env(variable: str) -> str:
    return f"{{env:{variable}}}"
