"""Continue's ``config.yaml``: one entry for each model.

::

    models:
      - name: Small
        provider: openai
        model: qwen3-0.6b
        apiBase: http://localhost:8000/v1
        apiKey: ${{ secrets.LAB_KEY }}

(continuedev/continue ``docs/reference.mdx``, read 2026-11-21)
"""

from __future__ import annotations

from typing import Any

from openai_compatible.config.importers.azure import at_azure
from openai_compatible.config.importers.draft import Draft, Imported, host_of, known_service
from openai_compatible.config.importers.part import Part, read_yaml
from openai_compatible.config.importers.references import CONTINUE, key_of, model_id, ours, ours_in
from openai_compatible.config.provider import slug
from openai_compatible.config.written import escaped

__all__ = ["read"]

_SERVICES = {
    "moonshot": "moonshot",
    "llama.cpp": "llamacpp",
    "nvidia": "nvidia-nim",
    "lemonade": "lemonade",
    "docker": "docker-model-runner",
    "xAI": "xai",
    "scaleway": "scaleway",
}
"""Their names of services that we call otherwise."""
_COMPATIBLE = ("openai", "azure", "text-gen-webui", "openai-aiohttp")


def read(text: str, source: str = "config.yaml", *, keep_keys: bool = False) -> Imported:
    """The models in it, by the servers they are at.

    Raises:
        ConfigError: It is no YAML, or not what Continue reads.
    """
    root = read_yaml(text, source)
    draft = Draft(source, keep_keys=keep_keys)
    draft.note_duplicates(root)
    for entry in root.parts("models"):
        _model(draft, entry)
    if not draft.providers and not draft.notes:
        draft.note(f"{source} has no models")
    return draft.imported()


def _model(draft: Draft, entry: Part) -> None:
    if "uses" in entry.table():
        draft.note(f"{entry.place}: it is a block of Continue's hub, and is not in this file")
        return
    service, wire = entry.needed("provider"), entry.needed("model")
    name = entry.text("name") or wire
    address = ours(entry.text("apiBase"), CONTINUE)
    fields = _place(service, address)
    if fields is None:
        draft.note(f"{entry.place}: the provider {service} is not known to be OpenAI-compatible")
        return
    if service == "ollama" and address is not None:
        draft.note(f"{entry.place}: Ollama is spoken to at its OpenAI-compatible address, with /v1")
    key = key_of(entry.text("apiKey"), f"{entry.place}.apiKey", CONTINUE)
    options = entry.at("requestOptions")
    fields |= _options(draft, options)
    if wire == "AUTODETECT":
        draft.note(f"{entry.place}: AUTODETECT stands for all models of the server; name them")
    plain = service == "openai" and address is not None
    provider = draft.provider(
        host_of(address or "") if plain else slug(service),
        at_azure(fields, draft, entry.place),
        key,
        place=entry.place,
    )
    if wire != "AUTODETECT":
        draft.model(provider, slug(name) or wire, _facts(draft, entry, name, wire), place=entry.place)
    entry.skip("roles")
    draft.unread([*entry.unread(), *options.unread()])
    draft.unread(entry.at("defaultCompletionOptions").unread())


def _place(service: str, address: str | None) -> dict[str, Any] | None:
    """Where a service is; ``None`` for one that does not speak this API."""
    preset = known_service(service, _SERVICES)
    if preset is None and service not in _COMPATIBLE:
        return None
    if address is None:
        return {"preset": preset} if preset is not None else None
    if service == "ollama" and not address.rstrip("/").endswith("/v1"):
        address = address.rstrip("/") + "/v1"
    found: dict[str, Any] = {"base_url": address}
    if preset is not None and service != "openai":
        found["preset"] = preset
    return found


def _options(draft: Draft, options: Part) -> dict[str, Any]:
    verify, bundle = options.flag("verifySsl"), options.at("caBundlePath")
    certificate = options.at("clientCertificate")
    trusted = bundle.value if isinstance(bundle.value, str) and verify is not False else None
    tls = {
        "verify": False if verify is False else None,
        "ca_bundle": escaped(trusted),
        "client_cert": escaped(certificate.text("cert")),
        "client_key": escaped(certificate.text("key")),
    }
    fields: dict[str, Any] = {
        "headers": ours_in(options.plain("headers"), CONTINUE),
        "timeout": options.number("timeout") or None,
        "proxy": ours(options.text("proxy"), CONTINUE),
        "extra_body": draft.body(
            options.at("extraBodyProperties").table(), "extraBodyProperties", options.place
        ),
        "tls": {name: value for name, value in tls.items() if value is not None},
    }
    draft.unread(certificate.unread())
    return fields


def _facts(draft: Draft, entry: Part, name: str, wire: str) -> dict[str, Any]:
    options, known = entry.at("defaultCompletionOptions"), entry.texts("capabilities")
    return {
        "id": model_id(draft, wire, CONTINUE, entry.place),
        "display_name": name if slug(name) != name else None,
        "context_window": options.count("contextLength"),
        "tools": True if "tool_use" in known else None,
        "image_inputs": True if "image_input" in known else None,
    }
