"""``plugins``: what is installed beside the core, what it adds, and what was left out."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openai_compatible.cli.options import Json
from openai_compatible.cli.screen import Screen

__all__ = ["found", "plugins"]


def plugins(as_json: Json = False) -> None:
    """List plugins: their distributions, hooks, what they add, and what was left out."""
    screen = Screen(as_json)
    rows, left_out = found()
    screen.json({"plugins": rows, "left_out": left_out})
    if not rows:
        screen.line("No plugin is installed.")
    else:
        screen.table(
            ("name", "distribution", "state", "adds"),
            ([row["name"], _distribution(row), row["state"], _added(row["adds"])] for row in rows),
        )
    for reason in left_out:
        screen.line(reason, style="yellow")


def _distribution(row: Mapping[str, Any]) -> str:
    return f"{row['distribution']} {row['version']}" if row["distribution"] else "-"


def _added(adds: Mapping[str, list[str]]) -> str:
    shown = (f"{hook.removeprefix('openai_compatible_')}: {', '.join(adds[hook])}" for hook in adds)
    return "; ".join(shown) or "-"


def found() -> tuple[list[dict[str, Any]], list[str]]:
    """Every entry point as plain values, and why something was left out.

    The reasons are those of loading, so they are complete in the first call of a process.
    """
    from importlib.metadata import entry_points

    from openai_compatible.config.environment import disabled_plugins
    from openai_compatible.hookspecs import GROUP
    from openai_compatible.plugins import PluginWarning, adapters, load

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        manager = load()
        kinds = adapters()
        left_out = [str(one.message) for one in caught if issubclass(one.category, PluginWarning)]
        adds = {
            name: dict(_adds(manager, name, kinds, left_out)) for name, _ in manager.list_name_plugin()
        }
    disabled, rows, seen = disabled_plugins(), [], set[str]()
    points = entry_points(group=GROUP)
    for point in sorted(points, key=lambda point: (point.name not in adds, point.name)):
        loaded = point.name in adds and point.name not in seen
        seen.add(point.name)
        rows.append({
            "name": point.name,
            "module": point.value,
            "distribution": None if point.dist is None else point.dist.name,
            "version": None if point.dist is None else point.dist.version,
            "state": "disabled" if point.name in disabled else "loaded" if loaded else "left out",
            "hooks": sorted(adds[point.name]) if loaded else [],
            "adds": adds[point.name] if loaded else {},
        })  # fmt: skip
    return rows, left_out


def _adds(
    manager: Any, plugin: str, kinds: Mapping[str, str], left_out: Sequence[str]
) -> Iterable[tuple[str, list[str]]]:
    """What a plugin answers to each hook that takes nothing: names, without those it was late with."""
    module = manager.get_plugin(plugin)
    for hook in manager.get_hookcallers(module) or ():
        names: list[str] = []
        for implementation in hook.get_hookimpls():
            if implementation.plugin is module and hook.has_spec() and not implementation.argnames:
                try:
                    names = list(_names(implementation.function(), kinds))
                except (Exception, SystemExit):  # noqa: BLE001 - was told when it was loaded
                    names = []
        start = f"{hook.name} of plugin {plugin!r} is left out: "
        late = [line[len(start) :] for line in left_out if line.startswith(start)]
        yield (
            hook.name,
            [
                name
                for name in names
                if not any(f"{name!r} is taken" in line or f"{name!r} of the" in line for line in late)
            ],
        )


def _names(answer: Any, kinds: Mapping[str, str]) -> Iterable[str]:
    """The names in what a hook answered: kinds that no other plugin has, rows by name or path."""
    if isinstance(answer, Mapping):
        yield from (str(name) for name, target in answer.items() if kinds.get(name) == target)
        return
    for row in answer:
        name = getattr(row, "name", None) or getattr(row, "path", None)
        if isinstance(name, str):
            yield name
