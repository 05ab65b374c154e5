"""Finds plugins and calls their hooks. The classes of our own packages are found the same way.

A plugin that cannot be loaded is named in a warning and left out; the others work on. What we ship
comes first, so no plugin can take its place. The profiles and presets we ship need no plugin to be
loaded: they are looked up by name, and plugins only for a name that is not among them.
"""

from __future__ import annotations

import inspect
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from openai_compatible import hookspecs
from openai_compatible.config.concealed import sealed
from openai_compatible.config.environment import disabled_plugins
from openai_compatible.config.locate import nearest
from openai_compatible.errors import ConfigError, OpenAICompatibleWarning
from openai_compatible.forks import ForkSafeLock
from openai_compatible.presets import registry as presets
from openai_compatible.presets.preset import Preset
from openai_compatible.profiles import registry as profiles
from openai_compatible.profiles.profile import Profile
from openai_compatible.wire import native
from openai_compatible.wire.native import NativePath

__all__ = ["PluginWarning", "adapters", "create", "load"]

_EXTRAS = {
    "langchain.chat": "langchain",
    "langchain.embeddings": "langchain",
    "llama_index.llm": "llama-index",
    "llama_index.embeddings": "llama-index",
}
_OURS = (
    "langchain-openai-compatible",
    "llama-index-llms-openai-compatible",
    "llama-index-embeddings-openai-compatible",
)
"""Distributions whose classes no other plugin can replace."""

_lock = ForkSafeLock(threading.RLock)
_loaded: pluggy.PluginManager | None = None
_loading: pluggy.PluginManager | None = None
"""The one that is being filled: what a plugin asks for while it is loaded must not load it again."""


class PluginWarning(OpenAICompatibleWarning):
    """A plugin, or a part of it, was left out; the message names it and says why."""


def load() -> pluggy.PluginManager:
    """Load all plugins, once per process; further calls are free."""
    global _loaded, _loading  # noqa: PLW0603 - one set of plugins per process
    if _loaded is not None:
        return _loaded
    with _lock:
        if _loaded is None and _loading is None:
            _loading = pluggy.PluginManager(hookspecs.GROUP)
            try:
                _fill(_loading)
                _loaded = _loading
            finally:
                _loading = None
        found = _loaded or _loading
        assert found is not None
        return found


def _fill(manager: pluggy.PluginManager) -> None:
    """Load each plugin, and take what it registers; what counts is read when it is asked for."""
    manager.add_hookspecs(hookspecs)
    disabled = disabled_plugins()
    for point in sorted(entry_points(group=hookspecs.GROUP), key=_is_foreign):
        if point.name not in disabled:
            with _isolated(_who(point)):
                _register(manager, point)
    for hook, kind, register, name in _ROWS:
        _register_rows(manager, hook, kind, register, name)


def _is_foreign(point: EntryPoint) -> bool:
    return point.dist is None or point.dist.name.lower().replace("_", "-") not in _OURS


def _who(point: EntryPoint) -> str:
    of = "" if point.dist is None else f" of {point.dist.name} {point.dist.version}"
    return f"plugin {point.name!r} ({point.value}){of}"


def _register(manager: pluggy.PluginManager, point: EntryPoint) -> None:
    """Load one plugin and add its hooks; one that this release does not know is left out."""
    plugin = point.load()
    if inspect.isclass(plugin):
        plugin = plugin()
    if manager.get_plugin(point.name) is not None:
        raise ValueError("another plugin has that name")
    try:
        manager.register(plugin, name=point.name)
    except pluggy.PluginValidationError:
        manager.unregister(name=point.name)
        raise
    hooks = manager.get_hookcallers(plugin) or []
    if not hooks:
        raise LookupError("it defines no hook; its functions are to be marked with hookimpl")
    known = [name for name in vars(hookspecs) if name.startswith(hookspecs.GROUP)]
    for hook in hooks:
        if not hook.has_spec():
            with _isolated(f"{hook.name} of {_who(point)}"):
                raise LookupError(f"there is no such hook. {nearest(hook.name, known)}")


class _isolated:  # noqa: N801 - reads as a statement
    """``with`` this around what a plugin does: its failure becomes a warning."""

    def __init__(self, who: str) -> None:
        self._who = who

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if not isinstance(error, Exception | SystemExit):
            return False
        reason = f"{type(error).__name__}: {error}"
        warnings.warn(
            f"{self._who} is left out: {reason}{'' if reason.endswith(('.', '?')) else '.'} "
            "Upgrade or uninstall it, or name it in OPENAI_COMPATIBLE_DISABLE_PLUGINS.",
            PluginWarning,
            stacklevel=3,
        )
        return True


def _answers(manager: pluggy.PluginManager, hook: str) -> Iterator[tuple[str, Any]]:
    """What each plugin answers to a hook, in the order of loading; one failing does not end it."""
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        who = f"{hook} of plugin {implementation.plugin_name!r}"
        with _isolated(who):
            yield who, implementation.function()


def _register_rows(
    manager: pluggy.PluginManager,
    hook: str,
    kind: type,
    register: Callable[[Any], bool],
    name: Callable[[Any], str],
) -> None:
    for who, rows in _answers(manager, hook):
        for row in _each(who, rows):
            with _isolated(who):
                if not isinstance(row, kind):
                    raise TypeError(f"{type(row).__name__} is no {kind.__name__}")
                if not register(row):
                    raise LookupError(f"the {name(row)} is taken")


_ROWS: tuple[tuple[str, type, Callable[[Any], bool], Callable[[Any], str]], ...] = (
    (
        "openai_compatible_profiles",
        Profile,
        profiles.register,
        lambda row: f"profile {row.name!r}",
    ),
    (
        "openai_compatible_presets",
        Preset,
        presets.register,
        lambda row: f"preset {row.name!r}",
    ),
    (
        "openai_compatible_native_paths",
        NativePath,
        native.register,
        lambda row: f"path {row.path!r} of the profile {row.profile!r}",
    ),
)
"""Hooks that answer rows: what a row is, where it goes, and what it is called."""


def _each(who: str, values: Any) -> list[Any]:
    """The values of an iterable that a plugin made; those up to its failure, if it fails."""
    found: list[Any] = []
    with _isolated(who):
        found.extend(values)
    return found


def adapters() -> dict[str, str]:
    """Class of each kind, as ``module:Class``.

    >>> isinstance(adapters(), dict)
    True
    """
    return dict(_kinds())


@cache
def _kinds() -> dict[str, str]:
    found: dict[str, str] = {}
    for who, mapping in _answers(load(), "openai_compatible_adapters"):
        with _isolated(who):
            if not isinstance(mapping, Mapping):
                raise TypeError(f"{type(mapping).__name__} is no mapping of kinds to classes")
            for kind, target in mapping.items():
                with _isolated(f"kind {kind!r} in {who}"):
                    if not isinstance(kind, str) or ":" not in str(target):
                        raise TypeError("it is not written as 'module:Class'")
                    if found.setdefault(kind, str(target)) != target:
                        raise LookupError(f"the kind is taken by {found[kind]}")
    return found


@sealed
def create(kind: str, reference: str | None = None, **fields: Any) -> Any:
    """An object of that kind for a model reference: ``create("langchain.chat", "vllm/qwen3")``.

    Args:
        kind: ``langchain.chat``, ``langchain.embeddings``, ``llama_index.llm``,
            ``llama_index.embeddings``, or one that a plugin brings.
        reference: As ``model`` of the class; none leaves the choice to the configuration.
        fields: Further arguments of the class.

    Raises:
        ConfigError: No installed package brings that kind, its class cannot be imported, or the model
            is given twice.
    """
    target = adapters().get(kind)
    if target is None:
        raise _no_kind(str(kind))
    if reference is not None and "model" in fields:
        raise ConfigError("the model is given twice", hint="Leave out model=, or the reference.")
    module, _, name = target.partition(":")
    try:
        cls = getattr(import_module(module), name)
    except Exception as error:
        raise ConfigError(
            f"the class {target} for {kind!r} cannot be imported: {type(error).__name__}: {error}",
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
