"""Reads the TOML file. Whatever is wrong with it is told with file, line and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openai_compatible.config.environment import changed_by_environment, overrides
from openai_compatible.config.expansion import expand_variables, sole_reference
from openai_compatible.config.locate import Lines, nearest
from openai_compatible.config.migration import VERSION, migrated
from openai_compatible.config.provider import Model, Provider
from openai_compatible.config.route_names import RENAME_ROUTE, find_route_conflicts, shadows
from openai_compatible.config.toml_data import refuse_long_keys
from openai_compatible.errors import ConfigError

__all__ = ["Config", "Route", "read"]

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Route:
    """A named list of references: the primary, then its fallbacks."""

    primary: str
    fallback: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """All that is configured."""

    providers: tuple[Provider, ...] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)
    source: Path | None = None
    """The file it was read from."""
    allow_plain_keys: bool = False
    """Whether keys themselves are meant to be in that file, whoever may read it."""


def read(text: str, source: Path) -> Config:
    """The config in the text of a file.

    Raises:
        ConfigError: It is no TOML, or says something unknown or impossible.
        MissingKeyError: It refers to a variable that is not set.
    """
    refuse_long_keys(text, source)
    try:
        return _File(text, source).config()
    except RecursionError:  # TOML's dotted keys nest as deep as one likes
        raise ConfigError(f"{source}: the values are nested too deeply") from None


class _File:
    """The text of a file, what TOML makes of it, and where each setting stands."""

    def __init__(self, text: str, source: Path) -> None:
        import tomllib  # 2 ms, and most configurations are made in code

        self._source = source
        try:
            self._data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise _malformed(str(error), text, source) from None
        except RecursionError:
            raise ConfigError(f"{source}: the values are nested too deeply") from None
        except ValueError:  # a number of more digits than Python reads
            raise ConfigError(f"{source}: a number is too long") from None
        self._lines = Lines(text)

    def config(self) -> Config:
        """Everything in it."""
        version = self._data.pop("version", 1)
        if type(version) is not int or not 1 <= version <= VERSION:
            raise self._wrong(
                ["version"],
                f"version = {version!r}, and this release reads versions 1 to {VERSION}",
                "Upgrade openai-compatible.",
            )
        self._data = migrated(self._data, version)
        self._only(self._data, ("providers", "routes", "allow_plain_keys"), [], "the file")
        plain = self._data.get("allow_plain_keys", False)
        if not isinstance(plain, bool):
            raise self._wrong(["allow_plain_keys"], "allow_plain_keys is neither true nor false", None)
        tables, routes = self._data.get("providers", []), self._data.get("routes", {})
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self._wrong(
                ["providers"],
                "providers is no list of tables",
                "Begin each provider with [[providers]], in double brackets, and name it inside.",
            )
        if not isinstance(routes, dict):
            raise self._wrong(
                ["routes"], "routes is no table", 'Write [routes.NAME] and primary = "..."'
            )
        providers: dict[str, Provider] = {}
        for number, table in enumerate(tables):
            made = self._provider(number, table)
            if made.name in providers:
                raise self._wrong(
                    ["providers", number, "name"],
                    f"two providers are named {made.name!r}",
                    "Give each its own name.",
                )
            providers[made.name] = made
        for name, owner in find_route_conflicts(self._data).items():
            raise self._wrong(["routes", name], f"route {name!r} {shadows(owner)}", RENAME_ROUTE)
        return Config(
            tuple(providers.values()),
            {name: self._route(name, table) for name, table in routes.items()},
            self._source,
            plain,
        )

    def _provider(self, number: int, table: Mapping[str, Any]) -> Provider:
        place: list[str | int] = ["providers", number]
        name = table.get("name", table.get("preset"))
        if not isinstance(name, str):
            problem = "a provider has no name" if name is None else "a provider's name is no text"
            raise self._wrong([*place, "name"], problem, 'Write name = "...".')
        self._only(table, Provider.model_fields, place, f"provider {name!r}")
        models = table.get("models")
        fields = _key_by_reference(table)
        if isinstance(models, dict):
            for alias, model in models.items():
                if isinstance(model, dict):
                    whose = f"model {alias!r} of provider {name!r}"
                    self._only(model, Model.model_fields, [*place, "models", alias], whose)
            fields["models"] = {alias: _key_by_reference(model) for alias, model in models.items()}
        more = overrides(name)
        enabled = {**fields, **more}.get("enabled") is not False  # else it may lack its variables
        fields = expand_variables(fields, lambda path: self._at([*place, *path]), look_up=enabled)
        if "base_url" in more and "base_url" not in fields:
            fields["base_url"] = more["base_url"]
        try:
            provider = Provider(**fields)
        except ConfigError as error:
            path = (error.param or "").split(".")
            problem = f"provider {name!r}: {error.message}"
            raise self._wrong([*place, *path], problem, error.hint) from None
        return changed_by_environment(provider.noted(self._origins(place, table)), more)

    def _origins(self, place: Sequence[str | int], table: Mapping[str, Any]) -> dict[str, str]:
        """File and line of every setting in a table, and in the tables in it."""
        found: dict[str, str] = {}
        for key, value in table.items():
            found[key] = self._at([*place, key])
            if isinstance(value, dict):
                inner = self._origins([*place, key], value)
                found |= {f"{key}.{path}": at for path, at in inner.items()}
        return found

    def _route(self, name: str, table: Any) -> Route:
        place, example = ["routes", name], 'Write primary = "provider/model" and fallback = ["..."].'
        if not isinstance(table, dict):
            raise self._wrong(place, f"route {name!r} is no table", f"Begin it with [routes.{name}].")
        self._only(table, ("primary", "fallback", "description"), place, f"route {name!r}")
        primary, fallback = table.get("primary"), table.get("fallback", [])
        if not isinstance(primary, str):
            raise self._wrong([*place, "primary"], f"route {name!r} has no primary", example)
        if not isinstance(fallback, list) or not all(isinstance(one, str) for one in fallback):
            problem = f"fallback of route {name!r} is no list of references"
            raise self._wrong([*place, "fallback"], problem, example)
        return Route(primary, tuple(fallback), str(table.get("description", "")))

    def _only(
        self, table: Mapping[str, Any], known: Iterable[str], place: Sequence[str | int], whose: str
    ) -> None:
        for key in table:
            if key not in known:
                raise self._wrong(
                    [*place, key], f"{whose} has an unknown key {key!r}", nearest(key, known)
                )

    def _at(self, place: Sequence[str | int]) -> str:
        return f"{self._source}:{self._lines.of(place)}"

    def _wrong(self, place: Sequence[str | int], problem: str, hint: str | None) -> ConfigError:
        return ConfigError(f"{self._at(place)}: {problem}", hint=hint)


def _key_by_reference(table: Any) -> Any:
    """``api_key = "${NAME}"`` is the source ``api_key_env``: it is asked for when it is needed."""
    if not isinstance(table, dict):
        return table
    variable = sole_reference(table.get("api_key"))
    if variable is None or "api_key_env" in table:
        return dict(table)
    return {key: value for key, value in table.items() if key != "api_key"} | {"api_key_env": variable}


def _malformed(message: str, text: str, source: Path) -> ConfigError:
    """TOML's complaint, with line and column in front as editors read them."""
    at, place = _AT.search(message), ""
    if at is not None:
        message = message.removesuffix(at[0])
        last = text.rstrip("\n").rpartition("\n")[2]
        line, column = at[1] or text.rstrip("\n").count("\n") + 1, at[2] or len(last) + 1
        place = f":{line}:{column}"
    hint = "It must be TOML; see https://toml.io."
    if message == "Invalid value":
        hint = 'Text needs quotes in TOML: name = "value".'
    return ConfigError(f"{source}{place}: {message}", hint=hint)
