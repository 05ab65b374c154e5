"""LibreChat's ``librechat.yaml``: ``endpoints.custom``.

::

    endpoints:
      custom:
        - name: Lab
          apiKey: "${LAB_KEY}"
          baseURL: http://localhost:8000/v1
          models: {default: [qwen3-0.6b], fetch: true}

(https://www.librechat.ai/docs/configuration/librechat_yaml/object_structure/custom_endpoint,
excerpt read 2026-11-21; that ``tokenConfig`` has prices of a million tokens is general knowledge)
"""

from __future__ import annotations

from typing import Any

from openai_compatible.config.importers.azure import at_azure
from openai_compatible.config.importers.draft import Draft, Imported, Key, Reference
from openai_compatible.config.importers.part import Part, read_yaml
from openai_compatible.config.importers.references import LIBRECHAT, key_of, ours, ours_in
from openai_compatible.config.keys import conventional_variable
from openai_compatible.config.provider import slug

__all__ = ["read"]

_ASKED = "user_provided"
"""The person at the screen types it."""
_SCREEN = (
    *("titleConvo", "titleModel", "titleMethod", "titleTiming", "titlePrompt", "summarize"),
    *("summaryModel", "forcePrompt", "modelDisplayLabel", "iconURL", "titlePromptTemplate"),
    *("titleEndpoint", "userIdQuery", "streamRate"),
)
"""What is about the screen, not about the endpoint."""


def read(text: str, source: str = "librechat.yaml", *, keep_keys: bool = False) -> Imported:
    """The custom endpoints in it.

    Raises:
        ConfigError: It is no YAML, or not what LibreChat reads.
    """
    root = read_yaml(text, source)
    endpoints = root.at("endpoints")
    draft = Draft(source, keep_keys=keep_keys)
    draft.note_duplicates(root)
    for entry in endpoints.parts("custom"):
        _endpoint(draft, entry)
    for place in endpoints.unread():
        draft.note(f"{place}: only endpoints.custom are carried over")
    if not draft.providers and not draft.notes:
        draft.note(f"{source} has no endpoints.custom")
    return draft.imported()


def _endpoint(draft: Draft, entry: Part) -> None:
    name = entry.needed("name")
    if entry.text("provider") not in (None, "openai"):
        draft.note(f"{entry.place}: {name} does not speak the OpenAI API")
        return
    address = entry.needed("baseURL")
    if address == _ASKED:
        draft.note(
            f"{entry.place}: the base URL of {name} is typed by its users; there is none to carry"
        )
        return
    models = entry.at("models")
    wires = [_wire(one) for one in models.parts("default")]
    fields: dict[str, Any] = {
        "base_url": ours(address, LIBRECHAT),
        "headers": _headers(draft, entry),
        "extra_body": draft.body(entry.at("addParams").table(), "addParams", entry.place),
        "default_model": wires[0] if wires else None,
    }
    drops = entry.texts("dropParams")
    if drops:
        fields["dialect"] = {"drops": drops}
    if entry.flag("directEndpoint"):
        draft.note(
            f"{entry.place}: directEndpoint: the base URL is completed with /chat/completions here"
        )
    made = draft.provider(
        name, at_azure(fields, draft, entry.place), _key(draft, entry, name), place=entry.place
    )
    tokens = entry.at("tokenConfig")
    for wire in wires:
        draft.model(made, wire, {"id": wire, **_facts(tokens, wire)}, place=models.place)
    models.skip("fetch")
    entry.skip(*_SCREEN)
    draft.unread([*entry.unread(), *models.unread()])


def _wire(part: Part) -> str:
    """A model is its id, or a table with a name and a description."""
    return part.needed("name") if isinstance(part.value, dict) else part.itself()


def _key(draft: Draft, entry: Part, name: str) -> Key:
    text = entry.text("apiKey")
    if text != _ASKED:
        return key_of(text, f"{entry.place}.apiKey", LIBRECHAT)
    variable = conventional_variable(slug(name))
    draft.note(f"{entry.place}.apiKey: it is typed by users. Put one into the variable {variable}")
    return Reference(variable)


def _headers(draft: Draft, entry: Part) -> dict[str, str]:
    """Headers without those that LibreChat fills in for each user: ``{{LIBRECHAT_USER_ID}}``."""
    made = ours_in(entry.plain("headers"), LIBRECHAT)
    for name in [name for name, value in made.items() if "{{" in value]:
        draft.note(
            f"{entry.place}.headers.{name}: LibreChat fills it in for each user; not carried over"
        )
        del made[name]
    return made


def _facts(tokens: Part, wire: str) -> dict[str, Any]:
    facts = tokens.at(wire)
    return {
        "context_window": facts.count("context"),
        "input_cost": facts.number("prompt"),
        "output_cost": facts.number("completion"),
    }
