"""Reads providers: from code, from the environment, from one TOML file.

::

    version = 1

    [[providers]]
    name = "local"
    base_url = "http://127.0.0.1:8000/v1"
    api_key_env = "LOCAL_KEY"

    [providers.models.small]
    id = "qwen3-0.6b"

    [routes.main]
    primary = "local/small"
    fallback = ["other/model"]

What wins, first to last: arguments; ``OPENAI_COMPATIBLE__<NAME>__<FIELD>``; the file. The file is the
one named, else ``$OPENAI_COMPATIBLE_CONFIG``, else ``providers.toml`` in the platform's config folder.
Nothing is read from the working directory unasked. ``OPENAI_COMPATIBLE_BASE_URL`` makes a provider
named ``env`` whose key is in ``OPENAI_COMPATIBLE_API_KEY`` (and model in ``OPENAI_COMPATIBLE_MODEL``).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from openai_compatible.config.locate import line_of, nearest
from openai_compatible.config.provider import Auth, Model, Provider, Timeouts, slug
from openai_compatible.errors import ConfigError, MissingKeyError, UnknownProviderError
from openai_compatible.urls import base_url as read_base_url
from openai_compatible.urls import same_origin

__all__ = ["Config", "Route", "default_path", "load_config", "make_provider"]

_PREFIX = "OPENAI_COMPATIBLE__"
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Route:
    """A named list of references: the primary, then its fallbacks."""

    primary: str
    fallback: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """All that is configured. ``source``: the file it was read from."""

    providers: tuple[Provider, ...] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)
    source: Path | None = None


def default_path() -> Path:
    """Where the user's own file is, or would be."""
    import platformdirs

    return Path(platformdirs.user_config_dir("openai-compatible", appauthor=False)) / "providers.toml"


def load_config(path: str | Path | None = None) -> Config:
    """Read the config.

    Args:
        path: Of a TOML file; by default the user's own, which may be missing.

    Raises:
        ConfigError: A file that was named is missing, is no TOML, or says something unknown: the
            message has file, line and the nearest known word.
    """
    named = path if path is not None else os.environ.get("OPENAI_COMPATIBLE_CONFIG") or None
    source = Path(named).expanduser() if named is not None else default_path()
    try:
        text = source.read_text(encoding="utf-8")
    except FileNotFoundError:
        if named is not None:
            raise ConfigError(
                f"there is no config file {source}",
                hint="Check the path, or $OPENAI_COMPATIBLE_CONFIG if that named it.",
            ) from None
        return Config((*_from_environment(),))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read {source}: {error}", hint="It must be a UTF-8 text file."
        ) from error
    return _read(text, source)


def _read(text: str, source: Path) -> Config:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: {error}", hint="It must be TOML; see https://toml.io.") from None
    version = data.pop("version", _VERSION)
    if version != _VERSION:
        raise ConfigError(
            f"{source}: version = {version!r}, and this release reads version {_VERSION}",
            hint="Upgrade openai-compatible.",
        )
    _only_known(data, ("providers", "routes"), text, source, "the top level")
    tables = data.get("providers", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(
            f"{source}:{line_of(text, 'providers')}: providers is no list of tables",
            hint="Begin each provider with [[providers]], in double brackets.",
        )
    providers = [_provider_of(table, text, source) for table in tables]
    names = [provider.name for provider in providers]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"{source}: two providers are named {name!r}", hint="Give each its own name."
            )
    return Config(
        (*providers, *_from_environment()), _routes(data.get("routes", {}), text, source), source
    )


def _provider_of(table: dict[str, Any], text: str, source: Path) -> Provider:
    name = table.get("name")
    where = f"{source}:{line_of(text, 'name', name)}" if name else str(source)
    if not isinstance(name, str):
        raise ConfigError(f"{where}: a provider has no name", hint='Add name = "..." to it.')
    _only_known(table, Provider.model_fields, text, source, f"provider {name!r}")
    for alias, model in _tables(table.get("models")).items():
        _only_known(model, Model.model_fields, text, source, f"model {alias!r} of {name!r}")
    filled = _filled({**table, **_overrides(name)}, where)
    try:
        return _validated(filled, name)
    except ConfigError as error:
        error.message = f"{where}: {error.message}"
        error.args = (error.message,)
        raise


def _tables(value: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict):
        return {}
    return {key: table for key, table in value.items() if isinstance(table, dict)}


def _routes(tables: Any, text: str, source: Path) -> dict[str, Route]:
    routes = {}
    for name, table in _tables(tables).items():
        _only_known(table, ("primary", "fallback", "description"), text, source, f"route {name!r}")
        primary, fallback = table.get("primary"), table.get("fallback", [])
        if (
            not isinstance(primary, str)
            or not isinstance(fallback, list)
            or not all(isinstance(one, str) for one in fallback)
        ):
            raise ConfigError(
                f"{source}:{line_of(text, f'routes.{name}')}: route {name!r} is incomplete",
                hint='Write primary = "provider/model" and fallback = ["provider/model"].',
            )
        routes[name] = Route(primary, tuple(fallback), str(table.get("description", "")))
    return routes


def _only_known(table: Mapping[str, Any], known: Any, text: str, source: Path, where: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(
                f"{source}:{line_of(text, key)}: {where} has an unknown key {key!r}",
                hint=nearest(key, known),
            )


def _overrides(name: str) -> dict[str, Any]:
    """Fields of a provider that the environment sets: ``OPENAI_COMPATIBLE__MY_VLLM__BASE_URL``."""
    start = f"{_PREFIX}{re.sub(r'[^A-Z0-9]+', '_', name.upper())}__"
    found: dict[str, Any] = {}
    for variable, value in os.environ.items():
        if not variable.startswith(start):
            continue
        key = variable.removeprefix(start).lower()
        if key not in Provider.model_fields:
            raise ConfigError(
                f"${variable} sets an unknown field {key!r}", hint=nearest(key, Provider.model_fields)
            )
        found[key] = _typed(value)
    return found


def _typed(text: str) -> Any:
    """A value of the environment as TOML reads it; anything else is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _from_environment() -> list[Provider]:
    url = os.environ.get("OPENAI_COMPATIBLE_BASE_URL")
    if not url:
        return []
    key = "OPENAI_COMPATIBLE_API_KEY"
    fields: dict[str, Any] = {"name": "env", "base_url": url}
    if os.environ.get(key):
        fields["api_key_env"] = key
    if os.environ.get("OPENAI_COMPATIBLE_MODEL"):
        fields["default_model"] = os.environ["OPENAI_COMPATIBLE_MODEL"]
    return [_validated(fields | _overrides("env"), "env")]


def _filled(value: Any, where: str) -> Any:
    """``${NAME}`` in text values replaced by the variable."""
    if isinstance(value, dict):
        return {key: _filled(item, where) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, where) for item in value]
    if not isinstance(value, str):
        return value

    def one(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise MissingKeyError(
                f"{where}: the variable {match[1]} is not set",
                hint=f"Run: export {match[1]}=..., or write the value instead of ${{{match[1]}}}.",
            )
        return found

    return _REFERENCE.sub(one, value)


def make_provider(
    *,
    provider: Provider | str | None = None,
    config: Config | None = None,
    **fields: Any,
) -> Provider:
    """A provider from code: new, or a known one with other fields; headers and query join its own.

    A known provider that gets a base URL of another origin loses its key, headers and query: they were
    not made for that host.

    Args:
        provider: The one to change: itself, or its name in ``config``.
        config: Where a name is looked up.
        fields: Fields of :class:`Provider`. Without ``name`` it is made of the host.

    Raises:
        ConfigError: An unknown field, a wrong value.
        UnknownProviderError: No provider of that name.

    >>> make_provider(base_url="http://localhost:8000").name
    'localhost-8000'
    """
    for key in fields:
        if key not in Provider.model_fields:
            raise ConfigError(f"unknown setting {key!r}", hint=nearest(key, Provider.model_fields))
    if isinstance(provider, str):
        provider = _named(provider, config or load_config())
    if provider is None:
        if "base_url" not in fields:
            raise ConfigError(
                "no base URL was given", hint="Set base_url, e.g. http://localhost:8000/v1."
            )
        name = fields.get("name") or _name_of(str(fields["base_url"]))
        return _validated({**fields, "name": name}, name)
    known = {name: getattr(provider, name) for name in provider.model_fields_set}
    moved = fields.get("base_url")
    if moved and not same_origin(read_base_url(moved).url, read_base_url(provider.base_url).url):
        for bound in ("api_key", "api_key_env", "api_key_keyring", "headers", "query", "client_cert"):
            known.pop(bound, None)
    for joined in ("headers", "query"):
        if joined in known and joined in fields:
            fields[joined] = {**known[joined], **fields[joined]}
    if {"api_key", "api_key_env", "api_key_keyring"} & fields.keys():
        for source in ("api_key", "api_key_env", "api_key_keyring"):
            known.pop(source, None)
    return _validated({**known, **fields}, provider.name)


def _named(name: str, config: Config) -> Provider:
    for provider in config.providers:
        if provider.name == name:
            return provider
    names = [provider.name for provider in config.providers]
    raise UnknownProviderError(
        f"no provider is named {name!r}",
        hint=nearest(name, names)
        if names
        else "None is configured: pass base_url, or write providers.toml.",
    )


def _name_of(url: str) -> str:
    """A name from host and port; URL errors come first, with their own words."""
    parts = urlsplit(read_base_url(url).url)
    return slug(parts.netloc) or "server"


def _validated(fields: Mapping[str, Any], name: str) -> Provider:
    """The provider, or an error that names the field and never shows a value."""
    try:
        made = Provider.model_validate(dict(fields))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"] if not str(part).startswith("function-"))
        raise ConfigError(
            f"provider {name!r}: {place or 'settings'}: {_plain(first['msg'])}",
            hint=_hint(first["type"], first["loc"]),
        ) from None
    read_base_url(made.base_url)
    return made


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")


def _hint(kind: str, place: tuple[int | str, ...]) -> str | None:
    if kind != "extra_forbidden":
        return None
    owner: type[BaseModel] = Provider
    if "models" in place:
        owner = Model
    elif "timeout" in place:
        owner = Timeouts
    elif "auth" in place:
        owner = Auth
    return nearest(str(place[-1]), owner.model_fields)
