"""PonyBunny's ``credentials.json`` and ``llm-config.json``, together or one of them.

::

    {"endpoints": {"openai-compatible": {
        "enabled": true, "apiKey": "...", "baseUrl": "http://localhost:8000/v1",
        "protocol": "openai", "priority": 3, "rateLimit": {"requestsPerMinute": 60}}},
     "models": {"llama-3-70b": {"endpoints": ["openai-compatible"], "maxContextTokens": 8192,
        "costPer1kTokens": {"input": 0.0, "output": 0.0}, "capabilities": ["text"]}},
     "tiers": {"simple": {"primary": "llama-3-70b", "fallback": ["..."]}}}

Which file says what does not matter; for a base URL the credentials win, as there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from openai_compatible.config.importers.draft import Draft, Imported, Key, Literal, known_service
from openai_compatible.config.importers.part import Part, read_json
from openai_compatible.config.written import escaped

__all__ = ["read"]

_SERVICES = {"openai-direct": "openai", "google-ai-studio": "gemini"}
_WORDS = {
    "function-calling": "tools",
    "tools": "tools",
    "vision": "image_inputs",
    "audio": "audio_inputs",
}
_WORDS |= {"json-mode": "structured_output", "thinking": "reasoning", "reasoning": "reasoning"}
"""Their words for capabilities (S1-30, S1-76)."""


def read(texts: Mapping[str, str], *, keep_keys: bool = False) -> Imported:
    """The endpoints, models, tiers and agents in the files.

    Args:
        texts: By file name.
        keep_keys: Whether keys are copied.

    Raises:
        ConfigError: A file is no JSON, or not what PonyBunny reads.
    """
    roots = [read_json(text, source) for source, text in texts.items()]
    roots.sort(key=_secrets_first)
    draft = Draft(" and ".join(texts) or "PonyBunny", keep_keys=keep_keys)
    endpoints: dict[str, list[Part]] = {}
    for root in roots:
        draft.note_duplicates(root)
        for name, entry in root.at("endpoints").items():
            endpoints.setdefault(name, []).append(entry)
    named: dict[str, dict[str, Any]] = {}
    for name, entries in endpoints.items():
        made = _endpoint(draft, name, entries)
        if made is not None:
            named[name] = made
    served: dict[str, list[str]] = {}
    for root in roots:
        for name, entry in root.at("models").items():
            served[name] = _model(draft, name, entry, named)
    for root in roots:
        _routes(draft, root, served)
        root.skip("$schema")
        draft.unread(root.unread())
    return draft.imported()


def _secrets_first(root: Part) -> bool:
    return not any(
        isinstance(entry.value, Mapping) and "apiKey" in entry.value
        for _, entry in root.at("endpoints").items()
    )


def _endpoint(draft: Draft, name: str, entries: list[Part]) -> dict[str, Any] | None:
    protocol = next((found for one in entries if (found := one.text("protocol"))), "openai")
    place = entries[0].place
    if protocol != "openai":
        draft.note(f"{place}: its protocol is {protocol}, not openai")
        return None
    addresses = list(dict.fromkeys(found for one in entries if (found := one.text("baseUrl"))))
    service = known_service(name, _SERVICES)
    if not addresses and service is None:
        draft.note(f"{place}: it has no baseUrl; write it into the file, there is no default")
        return None
    if len(addresses) > 1:
        draft.note(f"{place}: the files have two base URLs; taken is {addresses[0]}")
    key: Key = None
    for one in entries:
        text = one.text("apiKey")
        if text is not None and key is None:
            key = Literal(SecretStr(text), f"{one.source}: {one.place}.apiKey")
    limits = [one.at("rateLimit").count("requestsPerMinute") for one in entries]
    fields: dict[str, Any] = {
        "base_url": escaped(addresses[0]) if addresses else None,
        "preset": service if not addresses else None,
        "priority": next((rank for one in entries if (rank := one.count("priority"))), None),
        "rate_limit": next(filter(None, limits), None),
        "enabled": False if any(one.flag("enabled") is False for one in entries) else None,
    }
    made = draft.provider(name, fields, key, place=place)
    for one in entries:
        draft.unread(one.unread())
    return made


def _model(draft: Draft, name: str, entry: Part, named: dict[str, dict[str, Any]]) -> list[str]:
    """References to a model at each of its endpoints, those of the highest priority first."""
    cost, words = entry.at("costPer1kTokens"), entry.texts("capabilities")
    facts: dict[str, Any] = {
        "display_name": entry.text("displayName"),
        "context_window": entry.count("maxContextTokens"),
        "max_output_tokens": entry.count("maxOutputTokens"),
        "input_cost": _per_million(cost, "input"),
        "output_cost": _per_million(cost, "output"),
        "reasoning": entry.flag("thinking"),
        "streaming": entry.flag("streaming"),
    }
    for word in words:
        if word in _WORDS:
            facts.setdefault(_WORDS[word], True)
            facts[_WORDS[word]] = True if facts[_WORDS[word]] is None else facts[_WORDS[word]]
        elif word != "text":
            draft.note(f"{entry.place}.capabilities: {word} has no counterpart")
    found: list[tuple[int, str]] = []
    for endpoint in entry.texts("endpoints"):
        provider = named.get(endpoint)
        if provider is None:
            draft.note(f"{entry.place}: its endpoint {endpoint} is not carried over")
            continue
        alias = draft.model(provider, name, facts, place=entry.place)
        found.append((provider.get("priority", 3), f"{provider['name']}/{alias}"))
    draft.unread(entry.unread())
    return [reference for _, reference in sorted(found, key=lambda one: one[0])]


def _per_million(cost: Part, key: str) -> float | None:
    """0 stays 0: it is free, not unknown."""
    found = cost.number(key)
    return None if found is None else round(found * 1000, 9)


def _routes(draft: Draft, root: Part, served: Mapping[str, list[str]]) -> None:
    for kind in ("tiers", "agents"):
        for name, entry in root.at(kind).items():
            primary, members = entry.needed("primary"), []
            for model in (primary, *entry.texts("fallback")):
                if served.get(model):
                    members += served[model]
                else:
                    draft.note(f"{entry.place}: {model} is at no endpoint that is carried over")
            route = f"{kind.removesuffix('s')}-{name}" if name in draft.routes else name
            if served.get(primary):
                draft.route(route, members, entry.text("description") or "")
            elif members:
                draft.note(f"{entry.place}: without its primary it is not carried over")
            draft.unread(entry.unread())
