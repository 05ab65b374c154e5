"""LiteLLM's proxy ``config.yaml`` (litellm 1.106.2).

A provider without a key gets ``api_key: not-needed``: without it LiteLLM would take ``OPENAI_API_KEY``
and send it to that server.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from openai_compatible.config import yaml_text
from openai_compatible.config.exporters.outline import (
    Entry,
    Exported,
    Notes,
    body_of,
    clean,
    members,
    outline,
    seconds,
)
from openai_compatible.config.file import Config
from openai_compatible.secret_mapping import reveal

__all__ = ["export"]


def export(config: Config, present: Collection[str] = ()) -> Exported:
    """The config for LiteLLM. Keys are ``os.environ/NAME``.

    Args:
        config: What to export.
        present: Names of variables that are set; ``<NAME>_API_KEY`` is referred to only then.
    """
    found = outline(config, present)
    models = [_model(entry, entry.name, found.notes) for entry in found.entries]
    names = {entry.name: entry for entry in found.entries}
    fallbacks: list[dict[str, list[str]]] = []
    for name, route in config.routes.items():
        leads, lost = members(route, found.entries)
        for reference in lost:
            found.notes.add(f"route {name}: {reference} is not exported")
        if not leads or (name in names and leads[0] != name):
            found.notes.add(f"route {name}: not exported")
            continue
        if name not in names:
            models.append(_model(names[leads[0]], name, found.notes))
        if leads[1:]:
            fallbacks.append({name: leads[1:]})
    settings = {"router_settings": {"fallbacks": fallbacks}} if fallbacks else {}
    return Exported(yaml_text.dumps({"model_list": models, **settings}), found.notes)


def _model(entry: Entry, name: str, notes: Notes) -> dict[str, Any]:
    return {
        "model_name": name if entry.alias is not None else f"{entry.provider.name}/*",
        "litellm_params": clean(_params(entry, notes)),
        "model_info": clean(_info(entry)),
    }


def _params(entry: Entry, notes: Notes) -> dict[str, Any]:
    provider, facts, limits = entry.provider, entry.facts, entry.provider.timeout
    key, headers = _credentials(entry, notes)
    stated, tls = provider.model_fields_set, provider.tls
    limit = facts.rate_limit or provider.rate_limit
    return {
        "model": f"openai/{entry.wire_id if entry.alias is not None else '*'}",
        "api_base": entry.url,
        "api_key": key,
        "extra_headers": headers,
        "timeout": seconds(limits),
        "stream_timeout": limits.first_event if "first_event" in limits.model_fields_set else None,
        "max_retries": provider.max_retries if "max_retries" in stated else None,
        "ssl_verify": (tls.ca_bundle or tls.verify) if "tls" in stated else None,
        "rpm": None if limit is None else limit.requests_per_minute,
        "extra_body": body_of(
            {**reveal(provider.extra_body, "extra_body"), **reveal(facts.extra_body, "extra_body")},
            notes,
            provider.name,
        ),
        "input_cost_per_token": _per_token(facts.input_cost),
        "output_cost_per_token": _per_token(facts.output_cost),
    }


def _credentials(entry: Entry, notes: Notes) -> tuple[str, dict[str, str]]:
    """The value of ``api_key``, and the headers, with the key among them where the server wants that."""
    auth = entry.provider.auth
    headers = dict(entry.headers)
    headers |= {header: f"os.environ/{variable}" for header, variable in entry.secret_headers.items()}
    if entry.variable is not None and auth.style == "bearer":
        return f"os.environ/{entry.variable}", headers
    if entry.variable is not None and auth.style == "header":
        header = auth.name or "api-key"
        if auth.prefix:
            must = f"{entry.variable} must hold the key with {header}'s prefix before it"
            notes.add(f"{entry.provider.name}: {must}")
        headers[header] = f"os.environ/{entry.variable}"
    return "not-needed", headers


def _info(entry: Entry) -> dict[str, Any]:
    facts = entry.facts
    return {
        "mode": "embedding" if entry.embeds else "chat",
        "max_input_tokens": facts.context_window,
        "max_output_tokens": facts.max_output_tokens,
        "output_vector_size": facts.dimensions,
        "supports_function_calling": facts.tools,
        "supports_response_schema": facts.structured_output,
        "supports_vision": facts.image_inputs,
        "supports_audio_input": facts.audio_inputs,
        "supports_reasoning": facts.reasoning,
    }


def _per_token(cost: float | None) -> float | None:
    return None if cost is None else cost / 1_000_000
