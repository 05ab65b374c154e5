"""Fields of a provider as a file has them: references, what may be secret, what is valid."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from openai_compatible.config.placeholders import is_placeholder
from openai_compatible.config.provider import Provider, without_secrets
from openai_compatible.errors import ConfigError
from openai_compatible.presets.registry import preset
from openai_compatible.secret_mapping import secret_name

__all__ = [
    "check",
    "escaped",
    "holds_secret",
    "is_placeholder",
    "secret_name",
]

_REFERENCE = re.compile(r"(?<!\$)\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def escaped(value: Any) -> Any:
    """A value whose text ``${NAME}`` means itself; it is written ``$${NAME}``.

    >>> escaped({"prompt": "say ${NAME}"})
    {'prompt': 'say $${NAME}'}
    """
    if isinstance(value, Mapping):
        return {key: escaped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [escaped(item) for item in value]
    return _REFERENCE.sub(lambda found: "$" + found[0], value) if isinstance(value, str) else value


def check(fields: Mapping[str, Any]) -> Provider:
    """The provider that fields of a file make, with some text in the place of each ``${NAME}``.

    Raises:
        ConfigError: The fields make none. It never shows a value.
    """
    made = dict(fields)
    name = made.get("preset")
    if isinstance(name, str) and "base_url" not in made:  # its variables need not be set here
        made["base_url"] = preset(name).base_url
    while True:
        try:
            return Provider(**_without_references(made))
        except ConfigError as error:
            less = _without_reference(made, (error.param or "").split("."))
            if less is None:
                raise
            made = less


def _without_reference(value: Any, path: Sequence[str]) -> Any:
    """A table without what stands at a path, if that is a reference: so may a choice of words be.

    ``None`` if it is no reference.
    """
    if isinstance(value, str):
        return {} if _REFERENCE.search(value) else None
    if not isinstance(value, Mapping) or not path or path[0] not in value:
        return None
    inner = _without_reference(value[path[0]], path[1:])
    if inner is None:
        return None
    kept = {key: item for key, item in value.items() if key != path[0]}
    return kept if isinstance(value[path[0]], str) else {**kept, path[0]: inner}


def _without_references(value: Any, key: str = "") -> Any:
    """Something in the place of references that will do as text, as a number, as true or as a URL."""
    if isinstance(value, Mapping):
        return {name: _without_references(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_references(item) for item in value]
    if not isinstance(value, str):
        return value
    is_url = key in ("base_url", "proxy") and _REFERENCE.search(value)
    return "http://1/v1" if is_url else _REFERENCE.sub("1", value)


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
    return isinstance(text, str) and bool(_REFERENCE.sub("", text).strip())
