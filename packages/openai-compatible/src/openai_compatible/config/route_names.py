"""Which names a route may not have: those that references of providers, models and services have.

A route comes first when a reference is resolved. One named ``local`` or ``local/qwen3`` would take over
what was meant for the provider ``local``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from openai_compatible.presets.registry import presets

__all__ = ["RENAME_ROUTE", "TakenNames", "find_route_conflicts", "shadows"]

RENAME_ROUTE = "Give the route another name, here and where it is referred to."


class TakenNames(NamedTuple):
    """Names that references begin with."""

    providers: Collection[str]
    aliases: Collection[str]
    services: Collection[str]

    @classmethod
    def of_file(cls, data: Mapping[str, Any]) -> TakenNames:
        """Those in the data of a provider file, and the known services, plugins' included."""
        tables = data.get("providers")
        found = [one for one in tables if isinstance(one, Mapping)] if isinstance(tables, list) else []
        names = {str(table.get("name", table.get("preset", ""))) for table in found}
        models = [table["models"] for table in found if isinstance(table.get("models"), Mapping)]
        aliases = {str(alias) for one in models for alias in one}
        return cls(names, aliases, frozenset(presets()))

    def describe_owner(self, route: str) -> str | None:
        """Name what a route of that name would shadow; ``None`` if nothing.

        >>> TakenNames({"local"}, {"small"}, {"groq"}).describe_owner("local/qwen3")
        "the models of the provider 'local'"
        """
        left, slash, _ = route.partition("/")
        if route in self.providers:
            return f"the provider {route!r}"
        if route in self.aliases:
            return f"the model alias {route!r}"
        if route in self.services:
            return f"the service {route!r}"
        if slash and left in self.providers:
            return f"the models of the provider {left!r}"
        if slash and left in self.services:
            return f"the models of the service {left!r}"
        return None


def find_route_conflicts(data: Mapping[str, Any]) -> dict[str, str]:
    """Map the routes in a file's data that shadow something to what they shadow.

    >>> find_route_conflicts({"routes": {"groq": {}, "main": {}}})
    {'groq': "the service 'groq'"}
    """
    routes = data.get("routes")
    if not isinstance(routes, Mapping) or not routes:  # the names of services load plugins
        return {}
    taken = TakenNames.of_file(data)
    owners = {str(name): taken.describe_owner(str(name)) for name in routes}
    return {name: owner for name, owner in owners.items() if owner is not None}


def shadows(owner: str) -> str:
    """Say in an error what is wrong with a route that has a name of ``owner``."""
    return f"takes over references to {owner}"
