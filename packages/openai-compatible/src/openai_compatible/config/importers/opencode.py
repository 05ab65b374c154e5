"""OpenCode's ``opencode.json``, which Openwork writes too.

::

    {"provider": {"lab": {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": "http://localhost:8000/v1", "apiKey": "{env:LAB_KEY}"},
        "models": {"qwen3-0.6b": {"name": "Small", "limit": {"context": 32768, "output": 4096}}}
    }}}

The shape is that of anomalyco/opencode#27853 and openabdev/openab#1200 (read 2026-11-21); neither its
schema nor its source was read; ``disabled_providers``, ``env`` and ``{file:}`` are general knowledge.
"""

from __future__ import annotations

import re
from typing import Any

from openai_compatible.config.importers.draft import Draft, Imported, Key, Reference, known_service
from openai_compatible.config.importers.part import Part, read_json
from openai_compatible.config.importers.references import OPENCODE, key_of, model_id, ours, ours_in

__all__ = ["read"]

_SPEAKING = ("@ai-sdk/openai-compatible", "@ai-sdk/openai", "@openrouter/ai-sdk-provider")
_SERVICES = {
    "togetherai": "together",
    "fireworks-ai": "fireworks",
    "google": "gemini",
    "lmstudio": "lmstudio",
    "llama.cpp": "llamacpp",
    "opencode": "opencode-zen",
    "moonshotai": "moonshot",
    "vercel": "vercel-ai-gateway",
    "nvidia": "nvidia-nim",
}
"""Their names of services that we call otherwise."""
_FILE = re.compile(r"\A\{file:(.+)\}\Z")


def read(text: str, source: str = "opencode.json", *, keep_keys: bool = False) -> Imported:
    """The providers in it; the default models become the routes ``default`` and ``small``.

    Raises:
        ConfigError: It is no JSON, or not what OpenCode reads.
    """
    root = read_json(text, source)
    draft = Draft(source, keep_keys=keep_keys)
    draft.note_duplicates(root)
    off = set(root.texts("disabled_providers"))
    only = root.texts("enabled_providers")
    named: dict[str, dict[str, Any]] = {}
    for name, entry in root.at("provider").items():
        enabled = name not in off and (not only or name in only)
        made = _provider(draft, name, entry, enabled=enabled)
        if made is not None:
            named[name] = made
    for key, route in (("model", "default"), ("small_model", "small")):
        _route(draft, root.text(key), route, key, named)
    if not draft.providers and not draft.notes:
        draft.note(f"{source} has no providers")
    return draft.imported()


def _provider(draft: Draft, name: str, entry: Part, *, enabled: bool) -> dict[str, Any] | None:
    package, options = entry.text("npm"), entry.at("options")
    address = ours(options.text("baseURL") or entry.text("api"), OPENCODE)
    service = known_service(name, _SERVICES)
    speaks = package in _SPEAKING if package is not None else service is not None or address is not None
    if not speaks:
        draft.note(f"{entry.place}: {package or name} does not speak the OpenAI API")
        return None
    if address is None and service is None:
        draft.note(f"{entry.place}: it has no options.baseURL")
        return None
    fields: dict[str, Any] = {
        "base_url": address,
        "preset": service if address is None else None,
        "headers": ours_in(options.plain("headers"), OPENCODE),
        "query": ours_in(options.plain("queryParams"), OPENCODE),
        "timeout": _seconds(options),
        "enabled": None if enabled else False,
    }
    made = draft.provider(name, fields, _key(entry, options), place=entry.place)
    title = entry.text("name")
    if title is not None and title != made["name"]:
        made["display_name"] = title
    for alias, model in entry.at("models").items():
        draft.model(made, alias, _facts(draft, model), place=model.place)
        model.skip("release_date", "last_updated", "status", "family", "knowledge", "open_weights")
        draft.unread(model.unread())
    entry.skip("id")
    draft.unread([*entry.unread(), *options.unread()])
    return made


def _key(entry: Part, options: Part) -> Key:
    text = options.text("apiKey")
    file = _FILE.fullmatch(text) if text is not None else None
    if file is not None:
        return Reference(file[1], "api_key_file")
    if text is not None:
        return key_of(text, options.at("apiKey").place, OPENCODE)
    variables = entry.texts("env")
    return Reference(variables[0]) if variables else None


def _seconds(options: Part) -> float | None:
    """Its time limit is in milliseconds, ``false`` for none."""
    if options.at("timeout").value is False:
        return None
    found = options.number("timeout")
    return found / 1000 if found else None


def _facts(draft: Draft, model: Part) -> dict[str, Any]:
    limit, cost = model.at("limit"), model.at("cost")
    inputs = model.at("modalities").texts("input") if model.at("modalities").value else None
    return {
        "id": model_id(draft, model.text("id"), OPENCODE, model.place),
        "display_name": model.text("name"),
        "context_window": _known(limit, "context"),
        "max_output_tokens": _known(limit, "output"),
        "input_cost": cost.number("input"),
        "output_cost": cost.number("output"),
        "tools": model.flag("tool_call"),
        "reasoning": model.flag("reasoning"),
        "image_inputs": "image" in inputs if inputs is not None else None,
        "audio_inputs": "audio" in inputs if inputs is not None else None,
    }


def _known(limit: Part, key: str) -> int | None:
    """A limit; 0 is how they write that it is unknown."""
    return limit.count(key) if limit.at(key).value != 0 else None


def _route(
    draft: Draft, model: str | None, route: str, key: str, named: dict[str, dict[str, Any]]
) -> None:
    if model is None:
        return
    name, _, wire = model.partition("/")
    if name in named and wire:
        draft.route(route, [f"{named[name]['name']}/{wire}"], f"{key} of {draft.source}")
    elif known_service(name, _SERVICES) is not None and wire:
        draft.route(route, [f"{known_service(name, _SERVICES)}/{wire}"], f"{key} of {draft.source}")
    else:
        draft.note(f"{key}: {model} is at a provider that is not carried over")
