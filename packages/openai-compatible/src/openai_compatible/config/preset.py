"""Fields of a provider that a preset fills in, with the variables of the environment in it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from openai_compatible.errors import ConfigError
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import is_home, preset, provider_fields
from openai_compatible.urls import base_url, same_origin

__all__ = ["is_its_own", "with_preset"]

_REFERENCE = re.compile(r"\$\{(\w+)\}")
_BOUND = ("api_key_env", "headers", "query")
"""What a preset says of one host; it does not go to another."""


def with_preset(data: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a provider, and those of its ``preset`` that it does not have itself.

    With a base URL of another origin than the preset's, the preset's key source, headers and query
    stay out: a key never reaches a host it was not made for.

    Raises:
        ConfigError: There is no such preset, or a variable in it is not set.

    >>> with_preset({"preset": "groq"})["base_url"]
    'https://api.groq.com/openai/v1'
    """
    row = preset(data["preset"])
    fields = provider_fields(row)
    fields["name"] = row.name
    present = [name for name in row.api_key_env if os.environ.get(name)]
    if present or "api_key_env" in fields:  # a key that is not required is named only if it is there
        fields["api_key_env"] = (present or list(row.api_key_env))[0]
    given = data.get("base_url")
    if given is not None and not is_its_own(str(given), row):
        fields = {name: value for name, value in fields.items() if name not in _BOUND}
    if data.get("api_version") is not None and "query" in fields:
        fields["query"] = {name: text for name, text in row.query.items() if name != "api-version"}
    for name in ("base_url", "headers", "query"):
        if name in fields and data.get(name) is None:
            fields[name] = _filled(fields[name], row.name)
    if any(data.get(name) is not None for name in data if name.startswith("api_key")):
        fields.pop("api_key_env", None)
    return {**fields, **{name: value for name, value in data.items() if value is not None}}


def is_its_own(given: str, row: Preset) -> bool:
    """Whether a base URL is at the preset's origin, or is one that its variables could make."""
    try:
        if row.variables:
            return is_home(row, given)
        return same_origin(base_url(given).url, base_url(row.base_url).url)
    except ConfigError:
        return False


def _filled(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(text, name) for key, text in value.items()}

    def read(found: re.Match[str]) -> str:
        text = os.environ.get(found[1])
        if not text:
            raise ConfigError(
                f"the preset {name!r} needs the variable {found[1]}, which is not set",
                param="preset",
                hint=f"Set {found[1]}, or give base_url.",
            )
        return text

    return _REFERENCE.sub(read, value)
