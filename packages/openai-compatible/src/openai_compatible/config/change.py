"""What a change to the table of a provider comes to. Tables in, tables out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openai_compatible.config.provider import Model
from openai_compatible.config.secrecy import SOURCES
from openai_compatible.errors import ConfigError
from openai_compatible.urls import base_url, same_origin

__all__ = ["merged", "whole_models", "with_losses"]

BOUND = (*SOURCES, "headers", "query", "tls", "api_version")
"""Fields of a provider that hold what was given for one host, as ``Provider.changed`` has it."""


def merged(old: Any, patch: Any) -> Any:
    """A value changed as RFC 7386 (JSON merge patch) says: tables join, ``None`` removes.

    >>> merged({"a": 1, "b": {"c": 2}}, {"a": None, "b": {"d": 3}})
    {'b': {'c': 2, 'd': 3}}
    """
    if not isinstance(patch, Mapping):
        return patch
    made = dict(old) if isinstance(old, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return made


def whole_models(fields: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """Models that are only a wire id as tables, so that more can be said of them.

    >>> whole_models({"models": {"small": {"tools": True}}}, {"models": {"small": "qwen3-0.6b"}})
    {'models': {'small': {'id': 'qwen3-0.6b', 'tools': True}}}
    """
    models, known = fields.get("models"), old.get("models")
    if not isinstance(models, Mapping):
        return dict(fields)
    made: dict[str, Any] = {}
    for alias, model in models.items():
        before = known.get(alias) if isinstance(known, Mapping) else None
        if isinstance(model, Model):
            made[alias] = model.model_dump(exclude_unset=True)
        elif isinstance(model, str):
            made[alias] = {"id": model}
        elif isinstance(model, Mapping) and isinstance(before, str):
            made[alias] = {"id": before, **model}
        else:
            made[alias] = model
    return {**fields, "models": made}


def with_losses(
    change: Mapping[str, Any], old: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A merge patch with what it takes away besides, and the paths of that.

    A new key source takes the old ones away; a base URL of another host what was given for the old
    one: key, headers, query, TLS settings, and the keys of models that live there too.

    >>> with_losses({"base_url": "https://b.com"}, {"base_url": "https://a.com", "api_key_env": "A"})
    ({'api_key_env': None, 'base_url': 'https://b.com'}, ('api_key_env',))
    """
    lost: dict[str, Any] = {}
    if any(change.get(name) is not None for name in SOURCES):
        lost = {name: None for name in SOURCES if name in old and name not in change}
    if _moves(old.get("base_url"), change.get("base_url")):
        lost |= {name: None for name in BOUND if name in old and name not in change}
        models = {alias: gone for alias, gone in _keys_of_models(old, change) if gone}
        if models:
            lost["models"] = models
    return _joined(lost, change), tuple(_paths(lost))


def _keys_of_models(
    old: Mapping[str, Any], change: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, None]]]:
    models, changed = old.get("models"), change.get("models")
    for alias, model in models.items() if isinstance(models, Mapping) else ():
        new = changed.get(alias, {}) if isinstance(changed, Mapping) else {}
        if isinstance(model, Mapping) and "base_url" not in model and isinstance(new, Mapping):
            yield alias, {name: None for name in SOURCES if name in model and name not in new}


def _joined(patch: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    """Two merge patches as one; the further one wins."""
    made = dict(patch)
    for key, value in further.items():
        inner = made.get(key)
        both = isinstance(value, Mapping) and isinstance(inner, Mapping)
        made[key] = _joined(inner, value) if both and inner is not None else value
    return made


def _paths(patch: Mapping[str, Any]) -> Iterator[str]:
    for key, value in patch.items():
        if isinstance(value, Mapping):
            yield from (f"{key}.{inner}" for inner in _paths(value))
        else:
            yield key


def _moves(old: Any, new: Any) -> bool:
    """Whether a base URL is replaced by another host's."""
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    try:
        return not same_origin(base_url(old).url, base_url(new).url)
    except ConfigError:
        return old != new
