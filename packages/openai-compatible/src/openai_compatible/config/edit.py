"""Changes ``providers.toml``: one setting moves, comments, order and everything else stay.

>>> file = ProviderFile('# mine\\n[[providers]]\\nname = "a"  # short\\nbase_url = "http://a"\\n')
>>> file.patch("a", {"priority": 1})
()
>>> print(file.text, end="")
# mine
[[providers]]
name = "a"  # short
base_url = "http://a"
priority = 1

Each change is checked twice: the provider must be one that :func:`load_config` reads, and the new text
must say what the old one said and the change, nothing else. Needs the extra ``cli``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openai_compatible.config.atomic import rewrite
from openai_compatible.config.change import merged, whole_models, with_losses
from openai_compatible.config.concealed import sealed
from openai_compatible.config.expansion import as_written
from openai_compatible.config.file import Route
from openai_compatible.config.load import default_path
from openai_compatible.config.migration import VERSION, difference, migrated
from openai_compatible.config.route_names import find_route_conflicts, shadows
from openai_compatible.config.sections import Section, cut
from openai_compatible.config.toml_data import drop_empty_tables as _lean
from openai_compatible.config.toml_data import read_data
from openai_compatible.config.toml_values import entry, key_text, patched, plain
from openai_compatible.config.written import check, holds_secret
from openai_compatible.errors import ConfigError, UnknownModelReferenceError, UnknownProviderError

__all__ = ["ProviderFile", "edit", "own_path"]


def own_path() -> Path:
    """The file that is read when none is named: ``$OPENAI_COMPATIBLE_CONFIG``, or the user's own."""
    named = os.environ.get("OPENAI_COMPATIBLE_CONFIG")
    return Path(named) if named else default_path()


@sealed
def edit(change: Callable[[ProviderFile], object], path: str | os.PathLike[str] | None = None) -> bool:
    """Change the file, all of it or not at all.

    It is locked, read, changed and replaced: what another process wrote before is there, and a crash
    leaves the old or the new file. A file with a literal key in it can be read by its owner only.

    Args:
        change: Called with the file; may be called anew if the file was saved meanwhile.
        path: By default :func:`own_path`. A missing file is made.

    Returns:
        Whether the file is another one than before.

    Raises:
        ConfigError: The file cannot be read or written, or the change fits nothing. It is as it was.

    >>> edit(lambda file: file.remove("old"))  # doctest: +SKIP
    True
    """
    source = own_path() if path is None else Path(path)

    def made(text: str | None) -> str:
        file = ProviderFile(text, source)
        change(file)
        return file.text

    return rewrite(source, made, private=lambda text: holds_secret(read_data(text, source)))


class ProviderFile:
    """The text of a provider file, and changes to it."""

    @sealed
    def __init__(self, text: str | None = None, source: Path | str = "providers.toml") -> None:
        given = f"version = {VERSION}\n" if text is None or not text.strip() else text
        self._mark = "\ufeff" if given.startswith("\ufeff") else ""
        self._windows = "\r\n" in given
        given = given.removeprefix("\ufeff").replace("\r\n", "\n")
        self._source = source
        self._data = read_data(given, source)
        self._sections = cut(given)
        providers = self._data.get("providers", [])
        written = sum(section.path == ("providers",) for section in self._sections)
        if not isinstance(providers, list) or len(providers) != written:
            raise ConfigError(
                f"{source}: the providers are not written as tables, and only those can be edited",
                hint='Begin each with [[providers]] on a line of its own, then name = "...".',
            )
        self._migrate()

    def _migrate(self) -> None:
        """Say what an older version of the file says in the words of the newest."""
        version = self._data.get("version", 1)
        if type(version) is not int or not 1 <= version < VERSION:
            return
        new = migrated(self._data, version)
        if new == self._data:
            return
        if "version" in new:
            new["version"] = VERSION
        with self._saying(new):
            for number, after in enumerate(new.get("providers", [])):
                self._apply(("providers",), number, difference(self._tables[number], after))
            if "version" in new:
                self._apply((), -1, {"version": VERSION})

    @property
    def text(self) -> str:
        """The whole file."""
        text = self._joined()
        return self._mark + (text.replace("\n", "\r\n") if self._windows else text)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the providers, in order."""
        return tuple(_name(table) for table in self._tables)

    @property
    def tables(self) -> dict[str, dict[str, Any]]:
        """What is written about each provider, by name."""
        return {_name(table): dict(table) for table in self._tables}

    @property
    def routes(self) -> dict[str, Route]:
        """As they are written; what is no route is left out."""
        tables = self._data.get("routes")
        found = tables.items() if isinstance(tables, Mapping) else ()
        return {
            name: Route(table["primary"], tuple(table.get("fallback", ())), table.get("description", ""))
            for name, table in found
            if isinstance(table, Mapping) and isinstance(table.get("primary"), str)
        }

    def fields(self, name: str) -> dict[str, Any]:
        """What is written about a provider."""
        return dict(self._tables[self._number(name)])

    @sealed
    def add(self, fields: Mapping[str, Any]) -> None:
        """A further provider, after the others.

        Raises:
            ConfigError: The fields make none, or the name is taken.
        """
        table = plain(as_written(whole_models(fields, {})))
        name = check(table).name
        if name in self.names:
            raise ConfigError(
                f"{self._source} has a provider {name!r} already",
                param="name",
                hint="Choose another name, or change that one.",
            )
        number = len(self._tables)
        section = Section(("providers",), number, "", "[[providers]]\n", "", "\n")
        with self._saying({**self._data, "providers": [*self._tables, table]}):
            self._insert(section, after=self._last(("providers",)))
            self._apply(("providers",), number, table)

    def insert(self, kind: str, tables: str) -> None:
        """Insert ``providers`` or ``routes``, written as TOML and checked, after those there are.

        Raises:
            ConfigError: The file would then say something else, or a route takes over references.
        """
        added = read_data(tables, self._source)[kind]
        new = [*self._tables, *added] if kind == "providers" else merged(self._data.get(kind), added)
        with self._saying({**self._data, kind: new}):
            last = self._last((kind,)) + 1
            parts = (self._sections[:last], self._sections[last:])
            before, after = ("".join(one.text for one in part) for part in parts)
            gap = "\n" * (2 - min(2, len(before) - len(before.rstrip("\n")))) if before else ""
            self._sections = cut(before + gap + tables + ("\n" if after else "") + after)

    @sealed
    def patch(self, name: str, patch: Mapping[str, Any]) -> tuple[str, ...]:
        """Change a provider as RFC 7386 says: ``{"priority": 1, "proxy": None}``; tables join.

        A new key source takes the place of the old one. A base URL of another host takes away what
        was given for the old one: key, headers, query, client certificate.

        Returns:
            Names of the fields that were taken away.

        Raises:
            ConfigError: No provider is left that could be read.
            UnknownProviderError: There is none of that name.
        """
        number = self._number(name)
        old = self._tables[number]
        change, lost = with_losses(plain(as_written(whole_models(patch, old)), keep_none=True), old)
        new = merged(old, change)
        made = check(new)
        if made.name != name and made.name in self.names:
            raise ConfigError(f"{self._source} has a provider {made.name!r} already", param="name")
        tables = [*self._tables]
        tables[number] = new
        with self._saying({**self._data, "providers": tables}):
            self._apply(("providers",), number, change)
        return lost

    def remove(self, name: str) -> None:
        """Take a provider out, with its models and the comments directly above it."""
        number = self._number(name)
        tables = [table for position, table in enumerate(self._tables) if position != number]
        gone = [one for one in self._sections if one.path[:1] == ("providers",) and one.number == number]
        data = {key: value for key, value in self._data.items() if key != "providers"}
        with self._saying({**data, "providers": tables} if tables else data):
            self._drop(gone)
            for section in self._sections:
                if section.path[:1] == ("providers",) and section.number > number:
                    section.number -= 1

    @sealed
    def set_model(self, provider: str, alias: str, fields: Mapping[str, Any] | str) -> None:
        """Add a model, or change it as :meth:`patch` does."""
        self.patch(provider, {"models": {alias: {"id": fields} if isinstance(fields, str) else fields}})

    def remove_model(self, provider: str, alias: str) -> None:
        """Take a model out.

        Raises:
            UnknownModelReferenceError: The provider has none under that alias.
        """
        models = self._tables[self._number(provider)].get("models")
        if not isinstance(models, Mapping) or alias not in models:
            raise UnknownModelReferenceError(f"provider {provider!r} has no model {alias!r}")
        self.patch(provider, {"models": {alias: None}})

    def set_route(self, name: str, route: Route | None) -> None:
        """Add or change a route; ``None`` takes it out."""
        fields: dict[str, Any] | None = None
        if route is not None:
            fields = {
                "primary": route.primary,
                "fallback": list(route.fallback) or None,
                "description": route.description or None,
            }
        change = {"routes": {name: fields}}
        routes = self._data.get("routes")
        if route is None and not (isinstance(routes, Mapping) and name in routes):
            raise UnknownModelReferenceError(f"there is no route {name!r}")
        data = merged(self._data, change)
        if not data["routes"]:
            del data["routes"]
        with self._saying(data):
            self._apply((), -1, change)

    # ------------------------------------------------------------------ the text

    @property
    def _tables(self) -> list[dict[str, Any]]:
        tables: list[dict[str, Any]] = self._data.get("providers", [])
        return tables

    def _number(self, name: str) -> int:
        names = self.names
        if name not in names:
            known = ", ".join(names) or "none"
            raise UnknownProviderError(
                f"{self._source} has no provider {name!r}", hint=f"Known: {known}."
            )
        return names.index(name)

    def _apply(self, path: tuple[str, ...], number: int, patch: Mapping[str, Any]) -> None:
        """Change the sections of one table as the patch says."""
        for key, value in patch.items():
            inner = (*path, key)
            under = [one for one in self._sections if _under(one, inner, number)]
            if under and isinstance(value, Mapping):
                self._apply(inner, number, value)
                continue
            own = self._own(path, number)
            if under:
                self._drop(under)
            if value is None:
                if own is not None:
                    own.body = patched(own.body, key, None)
            elif isinstance(value, Mapping) and _spread(inner) and not _written(own, key):
                self._spread(inner, number, value)
            else:
                if own is None:
                    own = self._new(path, number)
                own.body = patched(own.body, key, value)

    def _spread(self, path: tuple[str, ...], number: int, value: Mapping[str, Any]) -> None:
        """A new table with a header of its own; ``models`` and ``routes`` are one for each entry."""
        if path in (("providers", "models"), ("routes",)):
            for key, item in value.items():
                if item is not None:
                    self._spread((*path, key), number, item)
            return
        section = self._new(path, number)
        section.body = "".join(entry(key, item) for key, item in value.items() if item is not None)

    def _new(self, path: tuple[str, ...], number: int) -> Section:
        header = f"[{'.'.join(map(key_text, path))}]\n"
        section = Section(path, number, "", header, "", "\n")
        last = max(i for i, one in enumerate(self._sections) if one.number == number and _kin(one, path))
        self._insert(section, after=last)
        return section

    def _own(self, path: tuple[str, ...], number: int) -> Section | None:
        found = (
            one for one in self._sections if one.path == path and (not path or one.number == number)
        )
        return next(found, None)

    def _last(self, path: tuple[str, ...]) -> int:
        """Position of the last section that begins so; of the last at all."""
        found = [i for i, one in enumerate(self._sections) if one.path[: len(path)] == path]
        return found[-1] if found else len(self._sections) - 1

    def _insert(self, section: Section, after: int) -> None:
        before = self._sections[after]
        if before.text and not before.text.endswith("\n"):
            before.below += "\n"
        if before.text and not before.text.endswith("\n\n"):
            before.below += "\n"
        if after == len(self._sections) - 1:
            section.below = ""
        self._sections.insert(after + 1, section)

    def _drop(self, sections: list[Section]) -> None:
        for section in sections:
            at = next(i for i, one in enumerate(self._sections) if one is section)
            kept = section.below if section.below.strip() else ""
            if at == 1 and not self._sections[0].text:  # the comment of the file itself
                kept = section.above + kept
            self._sections[at - 1].below += kept
            del self._sections[at]

    @contextlib.contextmanager
    def _saying(self, data: dict[str, Any]) -> Iterator[None]:
        """Change the text so that it says this; what fails on the way leaves it as it was."""
        self._refuse_shadowing(data)
        before = self._joined()
        try:
            yield
            text = self._joined()
        except BaseException:
            self._sections = cut(before)
            raise
        try:
            text.encode()
            done = _lean(read_data(text, self._source)) == _lean(data)
        except (ConfigError, UnicodeEncodeError):
            done = False
        if not done:
            self._sections = cut(before)
            raise ConfigError(
                f"{self._source}: this cannot be changed without touching other settings",
                hint="Change it in an editor.",
            )
        self._data = data

    def _refuse_shadowing(self, data: Mapping[str, Any]) -> None:
        """Refuse a change after which a route takes over other references; an old one may stay."""
        new = find_route_conflicts(data)
        old = find_route_conflicts(self._data) if new else {}
        for name, owner in new.items():
            if name not in old:
                raise ConfigError(
                    f"{self._source}: route {name!r} {shadows(owner)}",
                    hint="Choose another name for one of them.",
                )

    def _joined(self) -> str:
        return "".join(section.text for section in self._sections)


def _name(table: Mapping[str, Any]) -> str:
    return str(table.get("name", table.get("preset", "")))


def _under(section: Section, path: tuple[str, ...], number: int) -> bool:
    """Whether a section is that table, or in it."""
    return section.path[: len(path)] == path and section.number == number


def _kin(section: Section, path: tuple[str, ...]) -> bool:
    return section.path[:1] == path[:1] or path[0] != "providers"


def _spread(path: tuple[str, ...]) -> bool:
    """Whether a new table of that place gets a header; others are written in one line."""
    return path[0] == "routes" or (path[:2] == ("providers", "models") and len(path) <= 3)


def _written(section: Section | None, key: str) -> bool:
    return section is not None and key in read_data(section.body, "")
