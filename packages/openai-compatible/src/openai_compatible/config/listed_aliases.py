"""Aliases for the models that a server lists: an id of its choice takes over no reference of the user.

An alias counts before a provider's default model and before a known service. A server that lists a model
``local`` or ``groq/llama-3`` would get what is asked of the provider ``local`` or of Groq.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from openai_compatible.config.route_names import TakenNames
from openai_compatible.presets.registry import presets

__all__ = ["adopt_aliases"]


def adopt_aliases(
    ids: Iterable[str],
    provider: str,
    tables: Mapping[str, Mapping[str, Any]],
    routes: Iterable[str],
) -> dict[str, str]:
    """Map the ids of a server's models to the aliases that they get.

    Args:
        ids: Those that have no alias yet.
        provider: Whose models they are.
        tables: All providers of the file, by name.
        routes: Names of the routes of the file.

    >>> mine = {"lab": {}, "local": {"models": {"small": {}}}}
    >>> adopt_aliases(["qwen3", "local", "small", "groq/llama-3"], "lab", mine, ["main"])
    {'qwen3': 'qwen3', 'local': 'local-model', 'small': 'small-model', 'groq/llama-3': 'groq-llama-3'}
    """
    others = {name: table for name, table in tables.items() if name != provider}
    aliases = {alias for table in others.values() for alias in _models(table)}
    mine = TakenNames(others, aliases, frozenset(presets()) - {provider})
    routes, listed = frozenset(routes), list(ids)
    used = {*_models(tables.get(provider, {})), *listed}
    made: dict[str, str] = {}
    for one in listed:
        made[one] = one
        if one in routes or mine.describe_owner(one) is not None:
            wanted = one.replace("/", "-") if "/" in one else f"{one}-model"
            free, number = wanted, 1
            while free in used or free in routes or mine.describe_owner(free) is not None:
                number += 1
                free = f"{wanted}-{number}"
            used.add(free)
            made[one] = free
    return made


def _models(table: Mapping[str, Any]) -> Iterable[str]:
    models = table.get("models")
    return map(str, models) if isinstance(models, Mapping) else ()
