"""Providers of a foreign configuration into the file: which are new, which are there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openai_compatible.config.bulk import extend
from openai_compatible.config.disclosures import find_disclosures, hosts_by_source
from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import Config, Route
from openai_compatible.config.import_names import OwnNames, adopt_names
from openai_compatible.config.importers import FORMATS, Imported, guess, import_from
from openai_compatible.config.texts import read_text, variables
from openai_compatible.errors import ConfigError

__all__ = ["Taken", "exported", "from_files", "merge"]


@dataclass(slots=True)
class Taken:
    """What became of imported providers and routes: their names."""

    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    routes: list[str] = field(default_factory=list)
    skipped_routes: list[str] = field(default_factory=list)
    imported: Imported = field(default_factory=Imported)
    """With the names that providers, models and routes have in the file."""
    notes: list[str] = field(default_factory=list)
    """Those of the import, and what was renamed or not replaced."""
    providers: list[dict[str, Any]] = field(default_factory=list)
    """Fields of the providers that were added or replaced."""


def from_files(name: str, paths: list[Path], *, keep_keys: bool = False) -> dict[str, Imported]:
    """What is in foreign files, by format.

    Args:
        name: A format, or ``auto`` to tell it from the names of the files.
        paths: ``-`` is standard input; without one, ``environment`` means the variables that are set.
        keep_keys: Whether keys are copied.

    Raises:
        ConfigError: A file cannot be read, is of no known format, or not of that one.
    """
    if not paths:
        if name != "environment":
            raise ConfigError(
                "no file was named", hint="Name the file to import, or - for standard input."
            )
        from openai_compatible.config.importers.environment import read

        return {name: read(variables(), keep_keys=keep_keys)}
    texts = {str(path): read_text(path) for path in paths}
    groups: dict[str, dict[str, str]] = {}
    for source, text in texts.items():
        found = _guessed(source, text) if name == "auto" else name
        groups.setdefault(found, {})[Path(source).name if found == "ponybunny" else source] = text
    made: dict[str, Imported] = {}
    for found, group in groups.items():
        if found == "ponybunny":
            made[found] = import_from(found, group, keep_keys=keep_keys)
            continue
        for source, text in group.items():
            one = import_from(found, {source: text}, keep_keys=keep_keys)
            made[found] = _joined(made[found], one) if found in made else one
    return made


def merge(file: ProviderFile, imported: Imported, *, overwrite: bool = False) -> Taken:
    """Put imported providers and routes into the file. Those whose name is taken stay as they are,
    unless ``overwrite``: then they become the imported ones, but for a provider whose key would go to
    another host than before.

    Names that would take over references of the user's are changed, see :func:`adopt_names`.
    """
    tables = file.tables
    own = OwnNames.of_tables(tables.values(), file.routes)
    imported = adopt_names(imported, own, overwrite=overwrite)
    taken, new = Taken(imported=imported, notes=[*imported.notes]), list[dict[str, Any]]()
    for fields in imported.providers:
        name = str(fields["name"])
        if name not in tables:
            new.append(fields)
            taken.added.append(name)
        elif overwrite and (moved := _moved_sources(tables[name], fields)):
            taken.skipped.append(name)
            taken.notes.append(
                f"{name}: not replaced, as what is sent to its host now would go to another one: "
                f"{', '.join(moved)}. Remove yours first, or rename one of them"
            )
        elif overwrite:
            file.patch(name, _replacing(tables[name], fields))
            taken.replaced.append(name)
            taken.providers.append(fields)
        else:
            taken.skipped.append(name)
    routes = {name: one for name, one in imported.routes.items() if name not in file.routes}
    extend(file, new, routes)
    taken.providers += new
    for name, route in imported.routes.items():
        if name not in routes and not overwrite:
            taken.skipped_routes.append(name)
            continue
        if name not in routes:
            file.set_route(name, route)
        taken.routes.append(name)
    _note_own_members(taken, imported, frozenset(taken.skipped))
    return taken


def _moved_sources(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What an existing provider sends to its host, and would send to another one once replaced.

    Its variable by convention counts if it is set.
    """
    before = hosts_by_source([old], variables())
    found = [
        one.name
        for one in find_disclosures([new])
        if one.source in before and (one.origin or one.host) not in before[one.source]
    ]
    return list(dict.fromkeys(found))


def _note_own_members(taken: Taken, imported: Imported, skipped: frozenset[str]) -> None:
    """Say which imported routes lead to providers of the user's, whose name a skipped one has."""
    for name in taken.routes:
        route = imported.routes[name]
        names = (one.partition("/")[0] for one in (route.primary, *route.fallback))
        for provider in dict.fromkeys(one for one in names if one in skipped):
            taken.notes.append(f"route {name}: it leads to your own provider {provider}")


def exported(name: str, config: Config) -> tuple[str, list[str]]:
    """The config as the text of another program's file, and notes on what is not in it."""
    from openai_compatible.config.exporters import export_to

    made = export_to(name, config, variables())
    return made.text, list(made.notes)


def _guessed(source: str, text: str) -> str:
    found = guess(Path(source).name, text)
    if found is None:
        raise ConfigError(
            f"the format of {source} cannot be told from its name",
            hint=f"Name it instead of auto: {', '.join(FORMATS)}.",
        )
    return found


def _joined(one: Imported, other: Imported) -> Imported:
    """Two files of one format. A name that both have is kept as the first has it, and told."""
    names = {fields["name"] for fields in one.providers}
    twice = [str(fields["name"]) for fields in other.providers if fields["name"] in names]
    notes = [
        *one.notes,
        *other.notes,
        *(f"{name}: in several files; the first counts" for name in twice),
    ]
    further = [fields for fields in other.providers if fields["name"] not in names]
    routes: dict[str, Route] = {**other.routes, **one.routes}
    return Imported([*one.providers, *further], routes, notes)


def _replacing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """A merge patch that turns one table into another."""
    patch: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        both = isinstance(value, Mapping) and isinstance(before, Mapping)
        patch[key] = _replacing(before, value) if both and before is not None else value
    return patch
