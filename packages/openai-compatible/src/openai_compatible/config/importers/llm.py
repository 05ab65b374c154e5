"""``extra-openai-models.yaml`` of Simon Willison's ``llm``: one entry for each model.

::

    - model_id: small
      model_name: qwen3-0.6b
      api_base: http://localhost:8000/v1
      api_key_name: lab

(llm 0.32.1, ``default_plugins/openai_models.py``)
"""

from __future__ import annotations

from openai_compatible.config.importers.draft import Draft, Imported, Key, Reference, host_of
from openai_compatible.config.importers.part import Part, read_yaml
from openai_compatible.config.keys import conventional_variable
from openai_compatible.config.written import escaped

__all__ = ["read"]


def read(text: str, source: str = "extra-openai-models.yaml", *, keep_keys: bool = False) -> Imported:
    """The models in it, by the servers they are at.

    Raises:
        ConfigError: It is no YAML, or not what llm reads.
    """
    root = read_yaml(text, source)
    draft = Draft(source, keep_keys=keep_keys)
    draft.note_duplicates(root)
    for entry in root.entries():
        _model(draft, entry)
    return draft.imported()


def _model(draft: Draft, entry: Part) -> None:
    alias, wire = entry.needed("model_id"), entry.needed("model_name")
    if entry.flag("completion"):
        draft.note(f"{entry.place}: {alias} speaks the old completions API, which is not carried over")
        return
    if entry.flag("responses"):
        draft.note(f"{entry.place}: {alias} spoke the Responses API; here it is chat completions")
    address = entry.text("api_base")
    fields = {"base_url": escaped(address)} if address else {"preset": "openai"}
    provider = draft.provider(
        host_of(address) if address else "openai",
        {
            **fields,
            "headers": {name: escaped(value) for name, value in entry.plain("headers").items()},
            "query": _version(entry),
        },
        _key(draft, entry, at_openai=address is None),
        place=entry.place,
    )
    facts = {
        "id": wire,
        "streaming": entry.flag("can_stream"),
        "tools": entry.flag("supports_tools"),
        "structured_output": entry.flag("supports_schema"),
        "image_inputs": entry.flag("vision"),
        "audio_inputs": entry.flag("audio"),
        "reasoning": entry.flag("reasoning"),
    }
    for name in (alias, *entry.texts("aliases")):
        draft.model(provider, name, facts, place=entry.place)
    draft.unread(entry.unread())


def _version(entry: Part) -> dict[str, str]:
    version = entry.at("api_version").value
    return {} if version is None else {"api-version": str(escaped(str(version)))}


def _key(draft: Draft, entry: Part, *, at_openai: bool) -> Key:
    """llm keeps keys under names in a file of its own; ours is a variable made of the name."""
    name = entry.text("api_key_name")
    if name is None or (at_openai and name == "openai"):
        return None
    variable = conventional_variable(name)
    draft.note(f"{entry.place}: llm keeps the key {name!r} in its own keys.json. Put it into {variable}")
    return Reference(variable)
