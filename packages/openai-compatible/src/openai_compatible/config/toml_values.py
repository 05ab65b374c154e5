"""Single settings in a piece of TOML that has no headers: read, written, changed with comments kept."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from pydantic import BaseModel, SecretStr

from openai_compatible.errors import ConfigError

__all__ = ["entry", "key_text", "patched", "plain"]


def entry(key: str, value: Any) -> str:
    r"""A setting on a line of its own.

    >>> entry("timeout", {"idle": 30.0})
    'timeout = {idle = 30.0}\n'
    """
    return patched("", key, value)


def key_text(key: str) -> str:
    """A key as TOML has it, in quotes where it needs them.

    >>> key_text("qwen3"), key_text("a = b")
    ('qwen3', '"a = b"')
    """
    return entry(key, 0).removesuffix(" = 0\n")


def patched(body: str, key: str, value: Any) -> str:
    r"""Settings with one changed, added or, for ``None``, taken out; a table joins the one there is.

    >>> patched('a = 1  # one\nb = 2\n', "a", 3)
    'a = 3  # one\nb = 2\n'
    """
    tomlkit = _tomlkit()
    if body and not body.endswith("\n"):
        body += "\n"
    document = tomlkit.parse(body)
    _merge(document, {key: value})
    return str(tomlkit.dumps(document))


def _merge(table: MutableMapping[str, Any], patch: Mapping[str, Any]) -> None:
    for key, value in patch.items():
        there = table.get(key)
        if value is None:
            if key in table:
                del table[key]
        elif isinstance(value, Mapping) and isinstance(there, MutableMapping):
            _merge(there, value)
        elif there != value or type(there) is not type(value):
            table[key] = _item(value)


def _item(value: Any) -> Any:
    tomlkit = _tomlkit()
    if isinstance(value, Mapping):
        made = tomlkit.inline_table()
        for key, item in value.items():
            if item is not None:
                made[key] = _item(item)
        return made
    if isinstance(value, list):
        array = tomlkit.array()
        for item in value:
            array.append(_item(item))
        return array
    return tomlkit.item(value)


def _tomlkit() -> Any:
    try:
        import tomlkit
    except ImportError:
        raise ConfigError(
            "the package tomlkit, needed to write files, is not installed",
            hint='Run: pip install "openai-compatible[cli]"',
        ) from None
    return tomlkit


def plain(value: Any, *, keep_none: bool = False) -> Any:
    """A value as TOML can hold it: keys as text, no ``None`` unless it stands for "take out".

    Raises:
        ConfigError: It is something that only code can hold, such as a callable.
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_unset=True)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        return {
            str(key): plain(item, keep_none=keep_none)
            for key, item in value.items()
            if item is not None or keep_none
        }
    if isinstance(value, list | tuple):
        return [plain(item) for item in value if item is not None]
    if isinstance(value, str | bool | int | float) or (value is None and keep_none):
        return value
    raise ConfigError(
        f"a value of type {type(value).__name__} cannot be written into a file",
        hint="A key that code makes belongs into code, or use api_key_command.",
    )
