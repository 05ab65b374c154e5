"""Fields of a provider as a file has them: references, what may be secret, what is valid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from openai_compatible.config.expansion import as_written, with_stand_ins, without_references
from openai_compatible.config.expansion import escape_references as escaped
from openai_compatible.config.placeholders import is_placeholder
from openai_compatible.config.provider import Provider, without_secrets
from openai_compatible.presets.registry import preset
from openai_compatible.secret_mapping import secret_name

__all__ = [
    "check",
    "escaped",
    "holds_secret",
    "is_placeholder",
    "secret_name",
]


def check(fields: Mapping[str, Any]) -> Provider:
    """Build the provider that fields of a file describe, with some text for each ``${NAME}``.

    Raises:
        ConfigError: They describe none. It never shows a value.
    """
    made = as_written(fields)
    name = made.get("preset")
    if isinstance(name, str) and "base_url" not in made:  # its variables need not be set here
        made["base_url"] = preset(name).base_url
    return Provider(**with_stand_ins(made))


def holds_secret(config: Mapping[str, Any]) -> bool:
    """Whether a file's data has a key in it, or what may be one, and not only references."""
    providers = config.get("providers")
    tables = providers if isinstance(providers, list) else []
    return any(_table_holds_secret(table) for table in tables if isinstance(table, Mapping))


def _table_holds_secret(table: Mapping[str, Any]) -> bool:
    if _literal(table.get("api_key")) or "@" in str(table.get("proxy", "")):
        return True
    if "?" in str(table.get("base_url", "")):
        return True
    for name in ("headers", "query"):
        given = table.get(name)
        if isinstance(given, Mapping):
            _, secret = without_secrets({key: str(value) for key, value in given.items()})
            if any(_literal(given[key]) for key in secret):
                return True
    if _body_holds_secret(table.get("extra_body")):
        return True
    models = table.get("models")
    found = models.values() if isinstance(models, Mapping) else ()
    return any(_table_holds_secret(model) for model in found if isinstance(model, Mapping))


def _body_holds_secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(_body_holds_secret(item) for item in value)
    if not isinstance(value, Mapping):
        return False
    return any(
        (secret_name(key) and _literal(item)) or _body_holds_secret(item) for key, item in value.items()
    )


def _literal(value: Any) -> bool:
    """Whether a value is text of its own: no reference to a variable, and not empty."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    return isinstance(text, str) and bool(without_references(text).strip())
