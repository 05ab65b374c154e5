"""LiteLLM's proxy ``config.yaml``: one entry for each deployment of a model.

::

    model_list:
      - model_name: small
        litellm_params:
          model: openai/qwen3-0.6b
          api_base: http://localhost:8000/v1
          api_key: os.environ/LAB_KEY

(BerriAI/litellm ``docs/proxy/configs.md`` and litellm 1.106.2, read 2026-11-21)
"""

from __future__ import annotations

from typing import Any

from openai_compatible.config.importers.azure import at_azure
from openai_compatible.config.importers.draft import Draft, Imported, Key, host_of
from openai_compatible.config.importers.litellm_services import service_of
from openai_compatible.config.importers.part import Part, read_yaml
from openai_compatible.config.importers.references import LITELLM, key_of, model_id, ours, ours_in
from openai_compatible.config.written import escaped

__all__ = ["read"]

_MOST_MEMBERS = 1_000_000
"""References in the routes of one file: each group may name all others."""

_ROOT = ("general_settings", "environment_variables", "callback_settings", "mcp_servers", "guardrails")
"""About the proxy itself."""


def read(text: str, source: str = "config.yaml", *, keep_keys: bool = False) -> Imported:
    """The deployments in it, by the servers they are at; fallbacks and groups become routes.

    Raises:
        ConfigError: It is no YAML, or not what LiteLLM reads.
    """
    root = read_yaml(text, source)
    draft = Draft(source, keep_keys=keep_keys)
    draft.note_duplicates(root)
    credentials = {
        entry.needed("credential_name"): entry.at("credential_values")
        for entry in root.parts("credential_list")
    }
    groups: dict[str, list[str]] = {}
    for entry in root.parts("model_list"):
        name = entry.needed("model_name")
        reference = _deployment(draft, name, entry, credentials)
        if reference is not None:
            groups.setdefault(name, []).append(reference)
    _routes(draft, root, groups)
    for key in _ROOT:
        if root.at(key).value is not None:
            draft.note(f"{key}: about the proxy itself, not carried over")
    draft.unread(root.unread())
    if not draft.providers and not draft.notes:
        draft.note(f"{source} has no model_list")
    return draft.imported()


def _deployment(draft: Draft, group: str, entry: Part, credentials: dict[str, Part]) -> str | None:
    params, info = entry.at("litellm_params"), entry.at("model_info")
    given = params.needed("model")
    if given == "*":
        draft.note(f"{entry.place}: {given} stands for every service; there is no such thing here")
        return None
    service, wire = service_of(given, params.text("custom_llm_provider"))
    store = credentials.get(params.text("litellm_credential_name") or "", Part(None, draft.source))
    address = _text(params, "api_base") or _text(params, "base_url") or _text(store, "api_base")
    if service is None:
        draft.note(f"{params.place}: {given} does not speak the OpenAI API")
        return None
    if address is None and service.preset is None:
        draft.note(f"{params.place}: {given} has no api_base")
        return None
    fields: dict[str, Any] = {
        **_place(draft, params, service.preset, address, service.suffix),
        "profile": service.profile if address is not None else None,
        "headers": {
            **_texts(params, "headers"),
            **_texts(params, "extra_headers"),
            **_organization(params),
        },
        "timeout": _timeout(params),
        "max_retries": params.count("max_retries"),
        "extra_body": draft.body(params.at("extra_body").table(), "extra_body", params.place),
        "tls": _tls(params.at("ssl_verify").value),
    }
    drops = params.texts("additional_drop_params")
    if drops:
        fields["dialect"] = {"drops": drops}
    called = service.preset if address is None and service.preset else host_of(address or "") or group
    key = _key(params, "api_key") or _key(store, "api_key")
    made = draft.provider(called, at_azure(fields, draft, params.place), key, place=params.place)
    alias: str | None = None
    if "*" in wire or "*" in group:
        draft.note(f"{entry.place}: {group} stands for all models; here any model id is taken as it is")
    else:
        alias = draft.model(made, group, _facts(draft, wire, params, info), place=entry.place)
    info.skip("id", "mode", "version", "base_model", "db_model")
    draft.unread([*params.unread(), *info.unread()])
    return None if alias is None else f"{made['name']}/{alias}"


def _place(
    draft: Draft, params: Part, preset: str | None, address: str | None, suffix: str
) -> dict[str, Any]:
    if address is None:
        params.skip("api_version")
        return {"preset": preset}
    version = params.at("api_version").value
    fields: dict[str, Any] = {"base_url": address}
    if version is not None:
        draft.note(f"{params.place}.api_version: not carried over; /openai/v1 takes none")
    if suffix and not address.rstrip("/").endswith(suffix):
        fields["base_url"] = address.rstrip("/") + suffix
        draft.note(f"{params.place}: spoken to at its OpenAI-compatible address, {fields['base_url']}")
    return fields


def _tls(verify: Any) -> dict[str, Any]:
    if isinstance(verify, str):
        return {"ca_bundle": escaped(verify)}
    return {"verify": False} if verify is False else {}


def _text(part: Part, key: str) -> str | None:
    return ours(part.text(key), LITELLM)


def _texts(part: Part, key: str) -> dict[str, str]:
    return ours_in(part.plain(key), LITELLM)


def _organization(params: Part) -> dict[str, str]:
    if isinstance(params.at("organization").value, list):
        return {}
    name = _text(params, "organization")
    return {"OpenAI-Organization": name} if name else {}


def _timeout(params: Part) -> dict[str, float] | float | None:
    """Seconds; a limit for streams is the one until the first event."""
    whole, stream = params.number("timeout"), params.number("stream_timeout")
    if stream:
        return {"first_event": stream, **({"call": whole} if whole else {})}
    return whole or None


def _key(part: Part, name: str) -> Key:
    return key_of(part.text(name), part.at(name).place, LITELLM)


def _facts(draft: Draft, wire: str, params: Part, info: Part) -> dict[str, Any]:
    return {
        "id": model_id(draft, wire, LITELLM, params.place),
        "context_window": info.count("max_input_tokens") or info.count("context_window"),
        "max_output_tokens": info.count("max_output_tokens"),
        "dimensions": info.count("output_vector_size"),
        "input_cost": _per_million(params, info, "input_cost_per_token"),
        "output_cost": _per_million(params, info, "output_cost_per_token"),
        "tools": info.flag("supports_function_calling"),
        "image_inputs": info.flag("supports_vision"),
        "audio_inputs": info.flag("supports_audio_input"),
        "structured_output": info.flag("supports_response_schema"),
        "reasoning": info.flag("supports_reasoning"),
        "rate_limit": params.count("rpm"),
    }


def _per_million(params: Part, info: Part, key: str) -> float | None:
    found = params.number(key)
    found = info.number(key) if found is None else found
    return None if found is None else round(found * 1_000_000, 9)


def _routes(draft: Draft, root: Part, groups: dict[str, list[str]]) -> None:
    """Groups of several deployments, fallbacks between groups, and other names of groups."""
    router, litellm = root.at("router_settings"), root.at("litellm_settings")
    after, defaults = _fallbacks((router, litellm))
    count = 0
    for group, references in groups.items():
        if len(references) > 1:
            draft.note(
                f"{group}: its deployments are tried in the order of the file, none is drawn by lot"
            )
        members = [*references]
        for name in dict.fromkeys([*after.pop(group, []), *defaults]):
            members += groups.get(name, [])
            count += len(members)
            if count > _MOST_MEMBERS:
                raise root.wrong("has too many fallbacks", "Take out those that are not needed.")
            if name not in groups:
                draft.note(f"{group}: its fallback {name} is not carried over")
        if len(set(members)) > 1:
            draft.route(group, members)
    for group in after:
        draft.note(f"fallbacks of {group}: there is no such model among those carried over")
    for alias, part in router.at("model_group_alias").items():
        other = part.value if isinstance(part.value, str) else part.text("model")
        if other in groups:
            draft.route(alias, groups[other], f"another name of {other}")
        else:
            draft.note(f"{part.place}: {other} is not carried over")
    draft.unread([*router.unread(), *litellm.unread()])


def _fallbacks(settings: tuple[Part, ...]) -> tuple[dict[str, list[str]], list[str]]:
    """Names of groups that come after a group fails, and of those that come after any."""
    after: dict[str, list[str]] = {}
    defaults: list[str] = []
    for part in settings:
        for one in part.parts("fallbacks"):
            for group, _ in one.items():
                after.setdefault(group, []).extend(one.texts(group))
        defaults += part.texts("default_fallbacks")
    return after, defaults
