"""Finds plugins and calls their hooks. What we ship is found the same way.

A plugin that cannot be loaded is named in a warning and left out; the others work on.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import pluggy

from openai_compatible import hookspecs
from openai_compatible.config.locate import nearest
from openai_compatible.errors import ConfigError
from openai_compatible.profiles import registry
from openai_compatible.profiles.profile import Profile

__all__ = ["PluginWarning", "adapters", "create", "load"]

_EXTRAS = {
    "langchain.chat": "langchain",
    "langchain.embeddings": "langchain",
    "llama_index.llm": "llama-index",
    "llama_index.embeddings": "llama-index",
}

_lock = threading.RLock()
_loaded: pluggy.PluginManager | None = None


class PluginWarning(UserWarning):
    """A plugin was left out; the message names it and says why."""


def load() -> pluggy.PluginManager:
    """Load all plugins, once per process; further calls are free."""
    global _loaded  # noqa: PLW0603 - one set of plugins per process
    if _loaded is not None:
        return _loaded
    with _lock:
        if _loaded is None:
            manager = pluggy.PluginManager(hookspecs.GROUP)
            manager.add_hookspecs(hookspecs)
            for point in entry_points(group=hookspecs.GROUP):
                with _isolated(point.name, point.value):
                    manager.register(point.load(), name=point.name)
            _register_profiles(manager)
            _loaded = manager
    return _loaded


class _isolated:  # noqa: N801 - reads as a statement
    """``with`` this around what a plugin does: its failure becomes a warning."""

    def __init__(self, name: str, value: str) -> None:
        self._who = f"plugin {name!r} ({value})"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if error is None or not isinstance(error, Exception):
            return False
        warnings.warn(
            f"{self._who} of openai-compatible is left out: {type(error).__name__}: {error}. "
            "Upgrade or uninstall its distribution.",
            PluginWarning,
            stacklevel=4,
        )
        return True


def _answers(manager: pluggy.PluginManager, hook: str) -> Iterator[tuple[str, Any]]:
    """What each plugin answers to a hook, one failing not keeping the others."""
    for name, plugin in manager.list_name_plugin():
        function: Callable[[], Any] | None = getattr(plugin, hook, None)
        if function is None:
            continue
        with _isolated(name, getattr(plugin, "__name__", "?")):
            yield name, function()


def _register_profiles(manager: pluggy.PluginManager) -> None:
    for name, profiles in _answers(manager, "openai_compatible_profiles"):
        with _isolated(name, "openai_compatible_profiles"):
            for profile in profiles:
                if not isinstance(profile, Profile):
                    raise TypeError(f"{type(profile).__name__} is no Profile")
                registry.register(profile)


def adapters() -> dict[str, str]:
    """Class of each kind, as ``module:Class``.

    >>> isinstance(adapters(), dict)
    True
    """
    found: dict[str, str] = {}
    for name, mapping in _answers(load(), "openai_compatible_adapters"):
        with _isolated(name, "openai_compatible_adapters"):
            if not isinstance(mapping, Mapping):
                raise TypeError(f"{type(mapping).__name__} is no mapping of kinds to classes")
            for kind, target in mapping.items():
                found.setdefault(str(kind), str(target))
    return found


def create(kind: str, reference: str | None = None, **fields: Any) -> Any:
    """An object of that kind for a model reference: ``create("langchain.chat", "vllm/qwen3")``.

    Args:
        kind: ``langchain.chat``, ``langchain.embeddings``, ``llama_index.llm``,
            ``llama_index.embeddings``, or one that a plugin brings.
        reference: As ``model`` of the class.
        fields: Further arguments of the class.

    Raises:
        ConfigError: No installed package brings that kind.
    """
    target = adapters().get(kind)
    if target is None:
        raise _no_kind(kind)
    module, _, name = target.partition(":")
    try:
        cls = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the class {target} for {kind!r} cannot be imported: {error}",
            hint="Upgrade or reinstall the package it belongs to.",
        ) from error
    return cls(**fields) if reference is None else cls(model=reference, **fields)


def _no_kind(kind: str) -> ConfigError:
    extra = _EXTRAS.get(kind)
    if extra is not None:
        return ConfigError(
            f"the package for {kind!r} is not installed",
            hint=f'Run: pip install "openai-compatible[{extra}]"',
        )
    return ConfigError(f"nothing makes the kind {kind!r}", hint=nearest(kind, {*_EXTRAS, *adapters()}))
