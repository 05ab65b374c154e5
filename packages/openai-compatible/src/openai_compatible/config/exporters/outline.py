"""A config as other programs take it: models at addresses, each with a reference to its key."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openai_compatible.config.file import Config, Route
from openai_compatible.config.keys import by_convention, conventional_variable, key_source
from openai_compatible.config.misplaced import shown_variable
from openai_compatible.config.provider import Model, Provider, Timeouts, without_secrets
from openai_compatible.config.secrecy import SOURCES
from openai_compatible.config.written import secret_name
from openai_compatible.urls import base_url

__all__ = [
    "Entry",
    "Exported",
    "Notes",
    "Outline",
    "body_of",
    "clean",
    "members",
    "outline",
    "seconds",
]


_REFERENCES = re.compile(r"\$\{\{|\{(?:env|file):|os\.environ/")
"""What Continue, OpenCode and LiteLLM replace by variables or files. Ids may be text of a server."""
_LOOKS = "looks like a reference to a variable in other programs; it is not exported"


@dataclass(frozen=True, slots=True)
class Exported:
    """The text of a foreign file, and what is not in it."""

    text: str
    notes: list[str]


class Notes(list[str]):
    """Notes in order, each once."""

    def add(self, text: str) -> None:
        """Append one that is not there."""
        if text not in self:
            self.append(text)


@dataclass(frozen=True, slots=True)
class Entry:
    """One model, or with ``alias`` ``None`` a provider of which no models are written down."""

    provider: Provider
    alias: str | None
    name: str
    """Free in the whole config: the alias, or ``provider/alias`` where several have it."""
    facts: Model
    url: str
    """Base URL with ``/v1`` where it was only an origin, without a query."""
    variable: str | None
    """That holds the key; ``None`` where none is sent."""
    headers: dict[str, str]
    """Those that hold no secret."""
    secret_headers: dict[str, str]
    """Names of variables, by header: their values were left out."""

    @property
    def wire_id(self) -> str:
        """What the server calls the model."""
        return self.facts.id or self.alias or ""

    @property
    def embeds(self) -> bool:
        """Whether it is known to be a model for embeddings."""
        return bool(self.facts.dimensions or self.facts.query_prefix or self.facts.document_prefix)


@dataclass(frozen=True, slots=True)
class Outline:
    """What every exporter begins with."""

    entries: list[Entry]
    notes: Notes = field(default_factory=Notes)


def outline(config: Config, present: Collection[str]) -> Outline:
    """The models of the providers that are switched on.

    Args:
        config: What to export.
        present: Names of variables that are set: ``<NAME>_API_KEY`` counts only then.
    """
    made = Outline([])
    enabled = [provider for provider in config.providers if provider.enabled]
    taken = Counter(alias for provider in enabled for alias in _models(provider))
    for provider in config.providers:
        if not provider.enabled:
            made.notes.add(f"{provider.name}: it is switched off, and not exported")
            continue
        _lost(provider, made.notes)
        if _REFERENCES.search(provider.display_name or ""):
            made.notes.add(f"{provider.name}: its display_name {_LOOKS}")
            provider = provider.changed(display_name=None)  # noqa: PLW2901
        for alias, facts in _models(provider).items():
            if any(_REFERENCES.search(text or "") for text in (alias, facts.id, facts.display_name)):
                made.notes.add(f"{provider.name}: the model {alias!r} {_LOOKS}")
                continue
            name = f"{provider.name}/{alias}" if alias and taken[alias] > 1 else alias
            made.entries.append(
                _entry(provider, alias, name or provider.name, facts, present, made.notes)
            )
    return made


def _models(provider: Provider) -> Mapping[str | None, Model]:
    default = provider.default_model
    known = {model.id or alias for alias, model in provider.models.items()} | provider.models.keys()
    more: dict[str | None, Model] = (
        {default: Model()} if default is not None and default not in known else {}
    )
    found: dict[str | None, Model] = dict(provider.models.items())
    return found | more or {None: Model()}


def _entry(
    provider: Provider,
    alias: str | None,
    name: str,
    facts: Model,
    present: Collection[str],
    notes: Notes,
) -> Entry:
    address = base_url(facts.base_url or provider.base_url)
    if address.query or provider.parameters:
        names = ", ".join(dict.fromkeys((*address.query, *provider.parameters)))
        notes.add(f"{provider.name}: the query of its base URL ({names}) is not exported")
    kept, secret = without_secrets(provider.headers)
    variables = {header: _stem(provider.name, header) for header in secret}
    for header, stem in variables.items():
        notes.add(f"{provider.name}: the value of the header {header} is to be put into {stem}")
    variable = None if provider.auth.style == "none" else _key(provider, facts, present, notes)
    return Entry(provider, alias, name, facts, address.url, variable, kept, variables)


def _stem(provider: str, header: str) -> str:
    return conventional_variable(f"{provider}_{header}").removesuffix("_API_KEY") or "HEADER"


def _key(provider: Provider, facts: Model, present: Collection[str], notes: Notes) -> str | None:
    """The variable of the key. What is no variable gets one, and a note."""
    model = facts if any(getattr(facts, name) is not None for name in SOURCES) else None
    holder: Provider | Model = provider if model is None else model
    convention = conventional_variable(provider.name)
    if holder.api_key_env:
        if shown_variable(holder.api_key_env) == "$***":
            notes.add(f"{provider.name}: api_key_env names no variable; put its key into {convention}")
            return convention
        found = key_source(provider, facts).describe()  # a preset's does not go to other addresses
        return found.removeprefix("$") if found.startswith("$") else None
    if all(getattr(holder, name) is None for name in SOURCES):
        return convention if _by_name(provider, convention, present) else None
    place = key_source(provider, model).describe()
    place = "the file or the code" if place in ("argument", "callable") else place
    notes.add(f"{provider.name}: its key is in {place}, not in a variable; put it into {convention}")
    return convention


def _by_name(provider: Provider, convention: str, present: Collection[str]) -> bool:
    """Whether a key is taken because the variable has the provider's name."""
    return convention in present and by_convention(provider) is not None


_NOWHERE = ("dialect", "drop_params", "adapt")


def _lost(provider: Provider, notes: Notes) -> None:
    """Notes on settings that no other program has."""
    for name in _NOWHERE:
        if name in provider.model_fields_set:
            notes.add(f"{provider.name}: {name} is not exported")
    if provider.profile is not None:
        notes.add(
            f"{provider.name}: other programs have no profiles; {provider.profile} is not exported"
        )
    if provider.proxy is not None:
        notes.add(f"{provider.name}: proxy is not exported")
    if provider.auth.style in ("query", "basic"):
        notes.add(
            f"{provider.name}: auth = {provider.auth.style!r} has no counterpart; its key is not sent"
        )


def seconds(timeout: Timeouts) -> float | None:
    """One limit for a whole call, where other programs have one; ``None`` for the default."""
    return timeout.call if "call" in timeout.model_fields_set else None


def body_of(value: Any, notes: Notes, whose: str) -> Any:
    """Fields for the body of requests without those that may hold a secret, or are no JSON."""
    if isinstance(value, list):
        return [body_of(item, notes, whose) for item in value if _is_json(item)]
    if not isinstance(value, Mapping):
        return value
    kept = {}
    for name, item in value.items():
        if secret_name(name):
            notes.add(f"{whose}: extra_body.{name} may be a secret, and is not exported")
        elif not _is_json(item):
            notes.add(f"{whose}: extra_body.{name} is no JSON value, and is not exported")
        else:
            kept[name] = body_of(item, notes, whose)
    return kept


def _is_json(value: Any) -> bool:
    """Whether JSON has such a value; TOML has dates and infinity besides."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | bool | int | list | Mapping)


def members(route: Route, entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
    """Names of the entries that a route leads to, and its references that lead to none."""
    found: list[str] = []
    lost: list[str] = []
    for reference in (route.primary, *route.fallback):
        names = [one.name for one in entries if _fits(one, reference)]
        found += names
        if not names:
            lost.append(reference)
    return list(dict.fromkeys(found)), lost


def _fits(entry: Entry, reference: str) -> bool:
    name, _, model = reference.partition("/")
    if name == entry.provider.name:
        wanted = model or entry.provider.default_model
        return wanted is not None and wanted in (entry.alias, entry.wire_id)
    return reference == entry.alias


def clean(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table without what says nothing."""
    return {
        name: value for name, value in table.items() if value is not None and value not in ({}, [], "")
    }
