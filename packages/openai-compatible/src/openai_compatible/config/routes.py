"""What routes have to do with a provider that goes or is renamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import Route

__all__ = ["Change", "leading_to", "rename", "take_out"]

Change = dict[str, "Route | None"]
"""Routes by name, as they are afterwards; ``None`` is gone."""


def leading_to(file: ProviderFile, provider: str) -> tuple[str, ...]:
    """Names of the routes that refer to a provider: by name, or by an alias that only it has."""
    own = _own_references(file, provider)
    return tuple(
        name
        for name, route in file.routes.items()
        if any(_is(one, provider, own) for one in _members(route))
    )


def take_out(file: ProviderFile, provider: str) -> Change:
    """Remove the references to a provider. The first fallback takes the place of a primary that goes.

    Returns:
        The routes that changed; one without members is gone.
    """
    own = _own_references(file, provider)
    changed: Change = {}
    for name, route in file.routes.items():
        kept = [one for one in _members(route) if not _is(one, provider, own)]
        if len(kept) < len(_members(route)):
            changed[name] = Route(kept[0], tuple(kept[1:]), route.description) if kept else None
    for name, made in changed.items():
        file.set_route(name, made)
    return changed


def rename(file: ProviderFile, old: str, new: str) -> Change:
    """References to a provider by its old name lead to the new one."""
    changed: Change = {}
    for name, route in file.routes.items():
        members = [_renamed(one, old, new) for one in _members(route)]
        if members != _members(route):
            changed[name] = Route(members[0], tuple(members[1:]), route.description)
    for name, made in changed.items():
        file.set_route(name, made)
    return changed


def _members(route: Route) -> list[str]:
    return [route.primary, *route.fallback]


def _is(reference: str, provider: str, own: frozenset[str]) -> bool:
    left, slash, _ = reference.partition("/")
    return reference in own or (bool(slash) and left == provider)


def _renamed(reference: str, old: str, new: str) -> str:
    left, slash, right = reference.partition("/")
    return f"{new}{slash}{right}" if left == old else reference


def _own_references(file: ProviderFile, provider: str) -> frozenset[str]:
    """Its name, and the aliases that no other provider has."""
    own: set[str] = {provider}
    others: set[str] = set(file.routes)
    for name in file.names:
        (own if name == provider else others).update(_aliases(file.fields(name)))
    return frozenset(own - others)


def _aliases(table: Mapping[str, Any]) -> set[str]:
    models = table.get("models")
    return set(models) if isinstance(models, Mapping) else set()
