"""gptme's ``gptme.toml`` (``config.toml``): ``[[providers]]`` with five fields."""

from __future__ import annotations

from pydantic import SecretStr

from openai_compatible.config.importers.azure import at_azure
from openai_compatible.config.importers.draft import Draft, Imported, Key, Literal, Reference
from openai_compatible.config.importers.part import Part, read_toml
from openai_compatible.config.written import escaped

__all__ = ["read"]


def read(text: str, source: str = "gptme.toml", *, keep_keys: bool = False) -> Imported:
    """The providers in it. Where no key is named, ``<NAME>_API_KEY`` holds it, there as here.

    Raises:
        ConfigError: It is no TOML, or not what gptme reads.
    """
    root = read_toml(text, source)
    draft = Draft(source, keep_keys=keep_keys)
    for entry in root.parts("providers"):
        _provider(draft, entry)
    for name in root.at("env").table():
        draft.note(f"env.{name}: not carried over; set it as a variable of the environment")
    if not draft.providers:
        draft.note(f"{source} has no [[providers]]")
    return draft.imported()


def _provider(draft: Draft, entry: Part) -> None:
    name, address = entry.needed("name"), entry.needed("base_url")
    key: Key = None
    literal, variable = entry.text("api_key"), entry.text("api_key_env")
    if literal is not None:
        key = Literal(SecretStr(literal), f"{entry.place}.api_key")
    elif variable is not None:
        key = Reference(variable)
    fields = {"base_url": escaped(address), "default_model": entry.text("default_model")}
    draft.provider(name, at_azure(fields, draft, entry.place), key, place=entry.place)
    draft.unread(entry.unread())
