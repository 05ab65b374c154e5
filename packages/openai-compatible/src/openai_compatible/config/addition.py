"""What makes a new provider of the little that somebody says of it: an address, maybe a name."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import read
from openai_compatible.config.keys import conventional_variable
from openai_compatible.config.provider import Provider, slug
from openai_compatible.config.secrecy import SOURCES
from openai_compatible.errors import ConfigError
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import for_url, preset, presets
from openai_compatible.urls import base_url, is_private_host

__all__ = [
    "address",
    "filled_in",
    "likely",
    "loaded",
    "missing_variables",
    "named",
    "ordered",
    "usual_variable",
    "with_service",
]

_VARIABLE = re.compile(r"\$\{(\w+)\}")


def address(text: str) -> dict[str, str]:
    """A preset's name or a base URL as the field it is.

    Raises:
        ConfigError: It is neither.

    >>> address("ollama"), address("localhost:8000"), address("api.example.com/v1")
    ({'preset': 'ollama'}, {'base_url': 'localhost:8000'}, {'base_url': 'https://api.example.com/v1'})
    """
    text = text.strip()
    if text in presets():
        return {"preset": text}
    if not re.search(r"[.:/\[]|^localhost$", text):
        preset(text)  # raises, and names near ones
    try:
        base_url(text)
    except ConfigError:
        if "://" in text:
            raise
        secure = f"https://{text}"
        with contextlib.suppress(ConfigError):
            base_url(secure)
            return {"base_url": secure}
        raise
    return {"base_url": text}


def with_service(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, with the preset that a public base URL is known to be of.

    >>> with_service({"base_url": "https://api.groq.com/openai/v1"})
    {'preset': 'groq'}
    """
    made = dict(fields)
    url = made.get("base_url")
    if url is None or "preset" in made:
        return made
    row = for_url(url)
    if row is None or is_private_host(urlsplit(base_url(url).url).hostname or ""):
        return made
    if base_url(url) == base_url(row.base_url):
        del made["base_url"]
    made["preset"] = row.name
    if row.variables and row.key == "required" and not any(name in made for name in SOURCES):
        made["api_key_env"] = usual_variable(made)
    return made


def likely(fields: Mapping[str, Any]) -> Preset | None:
    """The preset that a private address is likely to be of, by its port."""
    url = fields.get("base_url")
    return for_url(url) if url is not None and "preset" not in fields else None


def named(fields: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """The fields with a name: the one given as a slug, the preset's, or one made of the host.

    >>> named({"base_url": "http://localhost:8000"}, "My vLLM Server")["name"]
    'my-vllm-server'
    >>> named({"base_url": "http://localhost:8000"})["name"]
    'localhost-8000'
    """
    made = {key: value for key, value in fields.items() if key != "name"}
    wanted = slug(name)
    if name and wanted != name:
        made.setdefault("display_name", name)
    if not wanted:
        wanted = made.get("preset") or slug(urlsplit(base_url(made["base_url"]).url).netloc)
    return {"name": wanted, **made}


def missing_variables(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Variables in the preset's address, headers and query that are not set."""
    if "preset" not in fields or "base_url" in fields:
        return ()
    return tuple(name for name in preset(fields["preset"]).variables if not os.environ.get(name))


def filled_in(fields: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The fields with the address, headers and query of their preset written out.

    A value that was given stands in the file; the others stay references to variables.
    """
    row = preset(fields["preset"])

    def text(template: str) -> str:
        return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), template)

    made = {**fields, "base_url": text(row.base_url)}
    for kind in ("headers", "query"):
        given = getattr(row, kind)
        if given:
            made[kind] = {**{name: text(one) for name, one in given.items()}, **fields.get(kind, {})}
    if row.key == "required" and not any(name in made for name in SOURCES):
        made["api_key_env"] = usual_variable(made)
    return made


def usual_variable(fields: Mapping[str, Any]) -> str:
    """The variable in which the key of such a provider is usually kept; of several one that is set."""
    row = preset(fields["preset"]) if "preset" in fields else None
    known = row.api_key_env if row is not None else ()
    present = [name for name in known if os.environ.get(name)]
    return (*present, *known, conventional_variable(str(fields.get("name", "server"))))[0]


def ordered(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in the order in which they are documented.

    >>> list(ordered({"priority": 1, "base_url": "http://localhost", "name": "a"}))
    ['name', 'base_url', 'priority']
    """
    return {key: fields[key] for key in Provider.model_fields if key in fields} | dict(fields)


def loaded(fields: Mapping[str, Any]) -> Provider:
    """The provider that these fields make, as if they stood in the file.

    Raises:
        ConfigError: They make none.
        MissingKeyError: They refer to a variable that is not set.
    """
    file = ProviderFile()
    file.add(fields)
    try:
        return read(file.text, Path("new")).providers[0]
    except ConfigError as error:  # the line is one of a text that nobody sees
        error.args = (re.sub(r"^new:\d+: (?:provider '[^']*': )?", "", error.message),)
        error.message = error.args[0]
        raise
