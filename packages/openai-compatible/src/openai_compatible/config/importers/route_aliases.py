"""Tell the aliases of imported models from imported routes of the same name.

In LiteLLM and PonyBunny a group and its only deployment share a name. Here a route may not have the
name of an alias. The route keeps it, as it is what callers name; the model gets its id as its alias.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.config.file import Route

__all__ = ["separate_aliases"]


def separate_aliases(
    providers: list[dict[str, Any]], routes: Mapping[str, Route]
) -> tuple[dict[str, Route], list[str]]:
    """Rename aliases that are names of routes, in place; the routes that lead to them, and notes.

    >>> tables = [{"name": "lab", "models": {"small": {"id": "qwen3", "tools": True}}}]
    >>> separate_aliases(tables, {"small": Route("lab/small")})[0]
    {'small': Route(primary='lab/qwen3', fallback=(), description='')}
    >>> tables
    [{'name': 'lab', 'models': {'qwen3': {'tools': True}}}]
    """
    references: dict[str, str] = {}
    notes: list[str] = []
    for table in providers:
        models: dict[str, Any] = table.get("models", {})
        if routes.keys().isdisjoint(models):
            continue
        table["models"] = kept = {name: one for name, one in models.items() if name not in routes}
        for alias in (name for name in models if name in routes):
            model = models[alias]
            if not model:  # nothing is said of it, and its id alone is a reference too
                continue
            new = _free(alias, str(model.get("id", alias)), kept, routes)
            facts = {key: value for key, value in model.items() if key != "id" or value != new}
            kept[new] = facts if new == model.get("id") else {"id": alias, **facts}
            references[f"{table['name']}/{alias}"] = f"{table['name']}/{new}"
            if table.get("default_model") == alias:
                table["default_model"] = new
            notes.append(f"model {alias} of {table['name']}: its alias is {new}, as {alias} is a route")
        if not kept:
            del table["models"]
    changed = {
        name: Route(
            references.get(route.primary, route.primary),
            tuple(references.get(one, one) for one in route.fallback),
            route.description,
        )
        for name, route in routes.items()
    }
    return changed, notes


def _free(alias: str, wire_id: str, taken: Mapping[str, Any], routes: Mapping[str, Route]) -> str:
    """The id of a model where it can be an alias, else another name; numbers make it unlike others."""
    first = wire_id if "/" not in wire_id and "$" not in wire_id else f"{alias}-model"
    free, number = first, 1
    while free in taken or free in routes:
        number += 1
        free = f"{alias}-model" if number == 2 and first == wire_id else f"{alias}-model-{number}"
    return free
