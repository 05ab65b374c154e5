"""What the environment says about providers: a provider of its own, fields of others."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from openai_compatible.config.locate import nearest
from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError

__all__ = [
    "changed_by_environment",
    "disabled_plugins",
    "elsewhere",
    "overrides",
    "own_origins",
    "own_provider",
]

_START = "OPENAI_COMPATIBLE__"


def own_provider() -> dict[str, Any] | None:
    """Fields of the provider ``env`` that ``OPENAI_COMPATIBLE_BASE_URL`` makes; ``None`` if unset."""
    url, model = (os.environ.get(f"OPENAI_COMPATIBLE_{name}") for name in ("BASE_URL", "MODEL"))
    if not url:
        return None
    fields: dict[str, Any] = {"name": "env", "base_url": url}
    if os.environ.get("OPENAI_COMPATIBLE_API_KEY"):
        fields["api_key_env"] = "OPENAI_COMPATIBLE_API_KEY"
    if model:
        fields["default_model"] = model
    return fields


def disabled_plugins() -> frozenset[str]:
    """Names of entry points that are not to be loaded: ``OPENAI_COMPATIBLE_DISABLE_PLUGINS=a,b``."""
    names = os.environ.get("OPENAI_COMPATIBLE_DISABLE_PLUGINS", "").split(",")
    return frozenset(name.strip() for name in names)


def overrides(name: str) -> dict[str, Any]:
    """Fields of a provider that variables set: ``OPENAI_COMPATIBLE__MY_VLLM__BASE_URL``.

    Text is taken as it is, ``${NAME}`` included; other fields are written as in TOML: ``30``,
    ``true``, ``{idle = 30}``.

    Raises:
        ConfigError: A variable names no field.
    """
    start = f"{_START}{_upper(name)}__"
    known = Provider.model_fields.keys() - {"name"}
    found: dict[str, Any] = {}
    for variable, value in os.environ.items():
        if not variable.startswith(start):
            continue
        key = variable.removeprefix(start).lower()
        if key not in known:
            raise ConfigError(f"${variable} sets an unknown field {key!r}", hint=nearest(key, known))
        found[key] = value if _is_text(key) else _typed(value)
    return found


def changed_by_environment(provider: Provider, more: Mapping[str, Any]) -> Provider:
    """The provider with the fields that :func:`overrides` found.

    Raises:
        ConfigError: A value does not fit; the message names the variables, not the value.
    """
    if not more:
        return provider
    start = f"$OPENAI_COMPATIBLE__{_upper(provider.name)}__"
    try:
        made = provider.changed(**more)
    except ConfigError as error:
        name = (error.param or "").partition(".")[0].upper()
        raise ConfigError(
            f"{start}{name}: {error.message}", param=error.param, hint=error.hint
        ) from None
    return made.noted({field: f"{start}{field.upper()}" for field in more})


def own_origins() -> dict[str, str]:
    """Where the fields of the provider ``env`` come from."""
    names = {"base_url": "BASE_URL", "api_key_env": "API_KEY", "default_model": "MODEL"}
    return {field: f"$OPENAI_COMPATIBLE_{name}" for field, name in names.items()}


def elsewhere(known: Iterable[str]) -> dict[str, list[str]]:
    """Variables ``OPENAI_COMPATIBLE__NAME__FIELD`` of other providers than the known ones.

    Returns:
        The variables by the provider's name, which is made of ``NAME``: ``MY_VLLM`` is ``my-vllm``.
    """
    stems = {_upper(name) for name in known}
    found: dict[str, list[str]] = {}
    for variable in sorted(os.environ):
        stem, mark, _ = variable.removeprefix(_START).partition("__")
        if variable.startswith(_START) and mark and stem not in stems:
            found.setdefault(stem.lower().replace("_", "-"), []).append(variable)
    return found


def _upper(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", name.upper())


def _is_text(key: str) -> bool:
    return Provider.model_fields[key].annotation in (str, str | None) or key == "api_key"


def _typed(text: str) -> Any:
    """A value as TOML reads it; what is no TOML is text."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text
