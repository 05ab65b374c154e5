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

What wins, first to last: arguments; ``OPENAI_COMPATIBLE__<NAME>__<FIELD>``; the file; the preset. A
``NAME`` that is not in the file is a preset's, or with ``BASE_URL`` a provider of its own. The file is
the one named, else ``$OPENAI_COMPATIBLE_CONFIG``, else ``providers.toml`` in the platform's config
folder. Nothing is read from the working directory unasked. ``OPENAI_COMPATIBLE_BASE_URL`` makes a
provider named ``env`` whose key is in ``OPENAI_COMPATIBLE_API_KEY`` (and model in
``OPENAI_COMPATIBLE_MODEL``).
"""

from __future__ import annotations

import difflib
import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openai_compatible.config.byte_files import read_file
from openai_compatible.config.concealed import sealed
from openai_compatible.config.environment import (
    changed_by_environment,
    elsewhere,
    overrides,
    own_origins,
    own_provider,
)
from openai_compatible.config.exposure import exposed
from openai_compatible.config.file import Config, Route, read
from openai_compatible.config.file_trust import refuse_untrusted
from openai_compatible.config.locate import nearest
from openai_compatible.config.provider import Provider, slug
from openai_compatible.config.route_names import RENAME_ROUTE, TakenNames, shadows
from openai_compatible.errors import ConfigError, OpenAICompatibleWarning, UnknownProviderError
from openai_compatible.presets.registry import presets
from openai_compatible.urls import base_url as read_base_url

__all__ = ["Config", "Route", "default_path", "load_config", "make_provider"]

_MOST = 10_000_000
"""Bytes of a file; a device such as /dev/zero has no end."""


def default_path() -> Path:
    """Where the user's own file is, or would be."""
    import platformdirs

    return Path(platformdirs.user_config_dir("openai-compatible", appauthor=False)) / "providers.toml"


@sealed
def load_config(path: str | os.PathLike[str] | None = None) -> Config:
    """Read the config.

    Args:
        path: Of a TOML file; by default the user's own, which may be missing.

    Warns:
        OpenAICompatibleWarning: A key itself is written in the file; a variable
            ``OPENAI_COMPATIBLE__NAME__FIELD`` names no provider.

    Raises:
        ConfigError: A file that was named is missing, is no TOML, or says something unknown: the
            message has file, line and the nearest known word. Or it shows a key to others. Or others
            may write it, or it is another user's, and it names a program, a proxy or files.
        MissingKeyError: The file refers to a variable that is not set.
    """
    named = path if path is not None else os.environ.get("OPENAI_COMPATIBLE_CONFIG") or None
    text, source, state = _text(named)
    config = Config() if text is None else read(text, source)
    refuse_untrusted(source, state, config.providers)
    for key in () if config.allow_plain_keys else exposed(source, config.providers):
        if key.public:
            raise ConfigError(key.text, hint=key.hint)
        warnings.warn(f"{key.text}. {key.hint}", OpenAICompatibleWarning, stacklevel=3)
    config = _with_providers(config, _of_variables(config), source)
    own = own_provider()
    if own is None:
        return config
    if any(provider.name == own["name"] for provider in config.providers):
        raise ConfigError(
            f"{source} has a provider 'env', and OPENAI_COMPATIBLE_BASE_URL makes another",
            hint="Rename the one in the file, or unset the variable.",
        )
    try:
        added = Provider(**own).noted(own_origins())
    except ConfigError as error:
        raise ConfigError(
            f"$OPENAI_COMPATIBLE_BASE_URL: {error.message}", param=error.param, hint=error.hint
        ) from None
    added = changed_by_environment(added, overrides("env"))
    return _with_providers(config, [added], source)


def _with_providers(config: Config, added: list[Provider], source: Path) -> Config:
    """Add providers that variables make; none of them may have the name of a route.

    Raises:
        ConfigError: A route of the file has such a name, or that of one of their models.
    """
    for provider in added:
        taken = TakenNames({provider.name}, provider.models, ())
        for route in config.routes:
            owner = taken.describe_owner(route)
            if owner is not None:
                raise ConfigError(
                    f"{source}: route {route!r} {shadows(owner)}, which variables make",
                    hint=RENAME_ROUTE,
                )
    return replace(config, providers=(*config.providers, *added))


def _of_variables(config: Config) -> list[Provider]:
    """Providers that only variables describe: ``OPENAI_COMPATIBLE__LAB__BASE_URL`` makes ``lab``.

    Variables of a preset change that preset, wherever it is named. Others are warned about: they do
    nothing, and somebody believes they do.
    """
    made: list[Provider] = []
    names = ["env", *(provider.name for provider in config.providers)]
    for name, variables in elsewhere(names).items():
        fields = overrides(name)
        if {"base_url", "preset"} & fields.keys() and name not in presets():
            first = {key: fields[key] for key in ("base_url", "preset") if key in fields}
            made.append(changed_by_environment(make_provider(name=name, **first), fields))
        elif name not in presets():
            warnings.warn(
                f"${variables[0]} changes nothing: no provider is named {name!r}. "
                f"{nearest(name, [*names, *presets()])}",
                OpenAICompatibleWarning,
                stacklevel=4,
            )
    return made


def _text(named: str | os.PathLike[str] | None) -> tuple[str | None, Path, os.stat_result | None]:
    """Read the config file: its text, path, owner and mode; no text where the user has no file."""
    try:
        source = default_path() if named is None else Path(named).expanduser()
        data, state = read_file(source, _MOST + 1)
        if len(data) > _MOST:
            raise ValueError("it is longer than any configuration")
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"), source, state
    except FileNotFoundError:
        if named is None:
            return None, source, None
        raise ConfigError(
            f"there is no config file {source}",
            hint="Check the path, or $OPENAI_COMPATIBLE_CONFIG if that named it.",
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            f"cannot read {source}: it is no UTF-8 text", hint="Save it as UTF-8."
        ) from None
    except (OSError, ValueError, RuntimeError) as error:  # a null byte, a home folder that is not there
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(
            f"cannot read {named or source}: {reason}", hint="It must be a readable text file."
        ) from None


@sealed
def make_provider(
    *, provider: Provider | str | None = None, config: Config | None = None, **fields: Any
) -> Provider:
    """A provider from code: new, or a known one with other fields, as :meth:`Provider.changed` says.

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
    for key in ("name", "base_url"):
        if fields.get(key, "") is None:
            del fields[key]
    if isinstance(provider, str):
        provider = _named(provider, load_config() if config is None else config)
    if provider is not None:
        return provider.changed(**fields)
    if fields.get("preset") is not None:
        return Provider(**fields)
    if "base_url" not in fields:
        raise ConfigError("no base URL was given", hint="Set base_url, e.g. http://localhost:8000/v1.")
    address = fields["base_url"]
    fields.setdefault("name", _name_of(address) if isinstance(address, str) else "server")
    return Provider(**fields)


def _named(name: str, config: Config) -> Provider:
    for provider in config.providers:
        if provider.name == name:
            return provider
    if name in presets():
        made = Provider(preset=name)  # type: ignore[call-arg]  # the preset has name and base URL
        return changed_by_environment(made, overrides(name))
    names = [provider.name for provider in config.providers]
    raise UnknownProviderError(
        f"no provider is named {name!r}",
        hint=nearest(name, names)
        if names
        else f"{_near_preset(name)}None is configured: pass base_url, or write providers.toml.",
    )


def _near_preset(name: str) -> str:
    near = difflib.get_close_matches(name, presets(), n=1)
    return f"Did you mean the preset {near[0]!r}? " if near else ""


def _name_of(url: str) -> str:
    """A name from host and port; URL errors come first, with their own words."""
    return slug(urlsplit(read_base_url(url).url).netloc) or "server"
