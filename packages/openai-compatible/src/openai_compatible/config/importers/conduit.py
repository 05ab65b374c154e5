"""ConduitLLM's ``appsettings.json``.

::

    {"ConduitSettings": {
        "ProviderCredentials": [{"ProviderName": "...", "ApiKey": "...", "ApiBase": "http://.../v1"}],
        "ModelProviderMappings": [
            {"ModelAlias": "...", "ProviderName": "...", "ProviderModelName": "..."}]
    }}

One of the credentials alone, as its guide prints them, is read too.
"""

from __future__ import annotations

from pydantic import SecretStr

from openai_compatible.config.importers.draft import Draft, Imported, Literal, known_service
from openai_compatible.config.importers.part import Part, read_json
from openai_compatible.config.written import escaped

__all__ = ["read"]


def read(text: str, source: str = "appsettings.json", *, keep_keys: bool = False) -> Imported:
    """The providers and aliases in it.

    Raises:
        ConfigError: It is no JSON, or not what Conduit reads.
    """
    root = read_json(text, source)
    draft = Draft(source, keep_keys=keep_keys)
    draft.note_duplicates(root)
    if "ProviderName" in root.table():
        _credentials(draft, root)
        return draft.imported()
    settings = root.at("ConduitSettings")
    if settings.value is None:
        raise root.wrong("has no ConduitSettings", "It must be ConduitLLM's appsettings.json.")
    named: dict[str, list[dict[str, object]]] = {}
    for entry in settings.parts("ProviderCredentials"):
        made = _credentials(draft, entry)
        if made is not None:
            named.setdefault(entry.needed("ProviderName").lower(), []).append(made)
    aliases: dict[str, list[str]] = {}
    for entry in settings.parts("ModelProviderMappings"):
        reference = _mapping(draft, entry, named)
        if reference is not None:
            aliases.setdefault(entry.needed("ModelAlias"), []).append(reference)
    for alias, references in aliases.items():
        if len(references) > 1:
            draft.route(alias, references)
            draft.note(f"{alias}: its providers are tried in the order of the file")
    draft.unread(settings.unread())
    return draft.imported()


def _credentials(draft: Draft, entry: Part) -> dict[str, object] | None:
    name = entry.needed("ProviderName")
    address, key = entry.text("ApiBase"), entry.text("ApiKey")
    service = known_service(name.lower(), {})
    if address is None and service is None:
        if name.lower().replace("_", "-") == "openai-compatible":
            raise entry.wrong("has no ApiBase", "Write the base URL of the service.")
        draft.note(
            f"{entry.place}: {name} is no OpenAI-compatible service that is known; give its ApiBase"
        )
        return None
    fields = {"base_url": escaped(address)} if address is not None else {"preset": service}
    literal = Literal(SecretStr(key), f"{entry.place}.ApiKey".lstrip(".")) if key else None
    made = draft.provider(name, fields, literal, place=entry.place)
    if made["name"] != name.lower() and len(draft.providers) > 1:
        draft.note(f"{entry.place}: this one is named {made['name']!r}; a name is for one provider")
    draft.unread(entry.unread())
    return made


def _mapping(draft: Draft, entry: Part, named: dict[str, list[dict[str, object]]]) -> str | None:
    alias, name = entry.needed("ModelAlias"), entry.needed("ProviderName")
    wire = entry.needed("ProviderModelName")
    found = named.get(name.lower())
    if found is None:
        draft.note(f"{entry.place}: {alias} is at the provider {name}, which is not carried over")
        return None
    if len(found) > 1:
        draft.note(f"{entry.place}: {name} is there {len(found)} times; {alias} was put to the first")
    made = draft.model(found[0], alias, {"id": wire}, place=entry.place)
    draft.unread(entry.unread())
    return f"{found[0]['name']}/{made}"
