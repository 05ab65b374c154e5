"""Give imported providers, aliases and routes names that take over no reference of the user.

References and routes inside the imported set follow. Every new name is in the notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from openai_compatible.config.file import Route
from openai_compatible.config.importers import Imported
from openai_compatible.config.importers.route_aliases import separate_aliases
from openai_compatible.config.provider import slug
from openai_compatible.config.route_names import TakenNames
from openai_compatible.config.variable_owners import is_at_service
from openai_compatible.presets.registry import preset, presets
from openai_compatible.terminal_text import escape_controls

__all__ = ["OwnNames", "adopt_names"]


@dataclass(frozen=True, slots=True)
class OwnNames:
    """Names in the user's file."""

    providers: Mapping[str, frozenset[str]]
    """Aliases of the models, by provider."""
    routes: frozenset[str]

    @classmethod
    def of_tables(cls, tables: Iterable[Mapping[str, Any]], routes: Iterable[str]) -> OwnNames:
        """Those of provider tables as the file has them."""
        found: dict[str, frozenset[str]] = {}
        for table in tables:
            models = table.get("models")
            aliases = frozenset(map(str, models)) if isinstance(models, Mapping) else frozenset()
            found[str(table.get("name", table.get("preset", "")))] = aliases
        return cls(found, frozenset(routes))


def adopt_names(imported: Imported, own: OwnNames, *, overwrite: bool = False) -> Imported:
    """Rename what would take over a reference of the user's.

    A provider that has the name of one of the user's keeps it: whether it replaces that one is for the
    caller to decide. So does a route.
    """
    tables = [{**fields} for fields in imported.providers]
    routes, notes = separate_aliases(tables, imported.routes)
    apart = Imported(tables, routes, [*imported.notes, *notes])
    return _Adoption(apart, own, overwrite=overwrite).renamed()


class _Adoption:
    """One imported set on its way into one file."""

    def __init__(self, imported: Imported, own: OwnNames, *, overwrite: bool) -> None:
        self._imported = imported
        self._own = own
        self._overwrite = overwrite
        self._notes = [*imported.notes]
        self._services = frozenset(presets())
        replaced = {str(fields["name"]) for fields in imported.providers} if overwrite else set()
        self._aliases = {
            alias for name, aliases in own.providers.items() if name not in replaced for alias in aliases
        }
        self._prefixes = {one.partition("/")[0] for one in (*self._aliases, *own.routes) if "/" in one}
        self._used = {*own.providers, *own.routes, *self._aliases, *self._services}
        self._used |= {str(fields["name"]) for fields in imported.providers}
        self._names: dict[str, str] = {}
        """New names of providers by the old ones."""
        self._models: dict[tuple[str, str], str] = {}
        """New aliases by the old names of provider and alias."""

    def renamed(self) -> Imported:
        providers = [self._provider(fields) for fields in self._imported.providers]
        mine = {alias for aliases in self._own.providers.values() for alias in aliases}
        aliases = {str(alias) for fields in providers for alias in fields.get("models", {})}
        taken = TakenNames(
            {*self._own.providers, *(str(fields["name"]) for fields in providers)},
            mine | aliases,
            self._services,
        )
        routes: dict[str, Route] = {}
        for name in self._imported.routes:
            routes[self._route_name(name, taken, routes)] = self._route(self._imported.routes[name])
        return Imported(providers, routes, [escape_controls(note) for note in self._notes])

    def _provider(self, fields: dict[str, Any]) -> dict[str, Any]:
        old = str(fields["name"])
        name = old if old in self._own.providers else self._provider_name(old, fields)
        made = {**fields, "name": name}
        self._names[old] = name
        models = fields.get("models")
        is_skipped = name in self._own.providers and not self._overwrite
        if isinstance(models, Mapping) and not is_skipped:
            made["models"] = self._with_aliases(old, fields, models)
            default = self._models.get((old, str(fields.get("default_model"))))
            if default is not None:
                made["default_model"] = default
        return made

    def _provider_name(self, name: str, fields: Mapping[str, Any]) -> str:
        reason = ""
        if name in self._own.routes:
            reason = "there is a route of that name"
        elif name in self._aliases:
            reason = "a model of yours has that alias"
        elif name in self._prefixes:
            reason = f"references of yours begin with {name}/"
        elif self._is_foreign(name, fields):
            reason = "a known service has that name, and this is at another host"
        if not reason:
            return name
        new = self._free(f"{name}-imported")
        self._notes.append(f"provider {name}: it is named {new} here, as {reason}")
        return new

    def _is_foreign(self, name: str, fields: Mapping[str, Any]) -> bool:
        if name not in self._services or ("base_url" not in fields and fields.get("preset") == name):
            return False
        address = fields.get("base_url")
        return not is_at_service(preset(name), address if isinstance(address, str) else None)

    def _with_aliases(
        self, provider: str, fields: Mapping[str, Any], models: Mapping[str, Any]
    ) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for alias, model in models.items():
            owner = self._owner_of(alias, fields)
            new = alias if owner is None else self._free(alias.replace("/", "-"), "-imported")
            if owner is not None:
                self._models[provider, alias] = new
                self._notes.append(
                    f"model {alias} of {provider}: its alias is {new} here, as {alias} is {owner}"
                )
            is_table = new != alias and isinstance(model, Mapping)
            made[new] = {"id": alias, **model} if is_table else model
        return made

    def _owner_of(self, alias: str, fields: Mapping[str, Any]) -> str | None:
        """What a reference of the user's means now that an alias would take over."""
        if alias in self._own.routes:
            return "a route of yours"
        if alias in self._aliases:
            return "an alias of yours"
        owner = TakenNames(self._own.providers, (), self._services).describe_owner(alias)
        service = alias.partition("/")[0]
        if owner is not None and service in self._services and service not in self._own.providers:
            at_home = fields.get("preset") == service and "base_url" not in fields
            return None if at_home or not self._is_foreign(service, fields) else owner
        return owner

    def _free(self, wanted: str, otherwise: str = "") -> str:
        """A name that nothing has, and that begins no reference."""
        free, number = wanted, 1
        while free in self._used or free in self._prefixes:
            number += 1
            free = f"{wanted}{otherwise}" if number == 2 and otherwise else f"{wanted}-{number}"
        self._used.add(free)
        return free

    def _route_name(self, name: str, taken: TakenNames, routes: Mapping[str, Route]) -> str:
        owner = taken.describe_owner(name)
        if owner is None:
            return name
        wanted = slug(name.replace("/", "-")) or "route"
        if wanted in routes or wanted in self._own.routes or taken.describe_owner(wanted) is not None:
            wanted = f"{wanted}-route"
        new, number = wanted, 1
        while new in routes or new in self._used or taken.describe_owner(new) is not None:
            number += 1
            new = f"{wanted}-{number}"
        self._notes.append(f"route {name}: it is named {new} here, as it would take over {owner}")
        return new

    def _route(self, route: Route) -> Route:
        return Route(
            self._reference(route.primary),
            tuple(map(self._reference, route.fallback)),
            route.description,
        )

    def _reference(self, reference: str) -> str:
        left, slash, right = reference.partition("/")
        new = self._names.get(left)
        if new is None:
            return reference
        return f"{new}{slash}{self._models.get((left, right), right)}"
