"""Settings as they may be shown: what is or may be secret is ``***``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, SecretStr

from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.expansion import as_written, has_reference, without_references
from openai_compatible.config.misplaced import shown_name
from openai_compatible.config.provider import Provider, without_secrets
from openai_compatible.config.written import is_placeholder, secret_name

__all__ = ["Setting", "as_toml", "masked", "settings"]

_MASK = "***"
_CREDENTIALS = re.compile(r"^([A-Za-z][\w+.-]*://)?.*@", re.DOTALL)
_SCHEMES = ("", "bearer", "basic", "token", "key", "apikey")


class Setting(NamedTuple):
    """One value of a provider and where it comes from."""

    field: str
    """With dots for what is in a table: ``timeout.idle``, ``models.small.tools``."""
    value: Any
    origin: str


def masked(table: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a provider or model as a file has them, without what may be secret.

    >>> masked({"name": "a", "api_key": "s3cret", "headers": {"X-Own": "s3cret", "X-Ref": "${REF}"}})
    {'name': 'a', 'api_key': '***', 'headers': {'X-Own': '***', 'X-Ref': '${REF}'}}
    """
    return _masked_table(as_written(table))


def _masked_table(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _masked(name, value) for name, value in table.items()}


def as_toml(fields: Mapping[str, Any]) -> str:
    """The table of a provider as it stands in a file, masked."""
    file = ProviderFile()
    before = len(file.text)
    file.add(masked(fields))
    return file.text[before:].strip("\n")


def settings(provider: Provider) -> Iterator[Setting]:
    """Every setting of a provider, masked, in the order of the fields."""
    for name in type(provider).model_fields:
        value = getattr(provider, name)
        if name == "models":
            for alias, model in value.items():
                yield from _inner(f"models.{alias}", model, provider, given_only=True)
        elif isinstance(value, BaseModel):
            yield from _inner(name, value, provider)
        else:
            yield Setting(name, _masked(name, _plain(value)), provider.origin(name))


def _inner(
    path: str, table: BaseModel, provider: Provider, *, given_only: bool = False
) -> Iterator[Setting]:
    for name in type(table).model_fields:
        given = name in table.model_fields_set
        if given or not given_only:
            origin = provider.origin(f"{path}.{name}") if given else "default"
            yield Setting(f"{path}.{name}", _masked(name, _plain(getattr(table, name))), origin)


def _plain(value: Any) -> Any:
    """A value as JSON has it; a function of somebody's is only named as one."""
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in value.model_fields_set}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int | float | SecretStr):
        return value
    return "callable" if callable(value) else str(value)


def _key(value: Any) -> Any:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return value if value in (None, "", "callable") or _harmless(value) else _MASK


def _harmless(value: Any) -> bool:
    """Whether text is a reference to a variable, or a word that stands for no key."""
    text = str(value)
    return is_placeholder(text) or (
        has_reference(text) and without_references(text).strip().lower() in _SCHEMES
    )


def _pairs(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    kept, _ = without_secrets({str(name): str(item) for name, item in value.items()})
    return {name: item if name in kept or _harmless(item) else _MASK for name, item in value.items()}


def _address(value: Any) -> Any:
    """A URL without credentials and the values of its query."""
    if not isinstance(value, str):
        return value
    address, mark, _ = value.partition("?")
    return _CREDENTIALS.sub(rf"\1{_MASK}@", address) + (f"?{_MASK}" if mark else "")


def _proxy(value: Any) -> Any:
    """The same of a URL in which a password may hold anything."""
    return _address(_CREDENTIALS.sub(rf"\1{_MASK}@", value)) if isinstance(value, str) else value


def _command(value: Any) -> Any:
    """The program; its arguments may hold a secret."""
    if not isinstance(value, list | tuple) or not value:
        return value
    return [shown_name(str(value[0])), *([_MASK] if len(value) > 1 else [])]


def _body(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _MASK if secret_name(name) else _body(item) for name, item in value.items()}
    return [_body(item) for item in value] if isinstance(value, list | tuple) else value


def _models(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        alias: _masked_table(model) if isinstance(model, Mapping) else model
        for alias, model in value.items()
    }


def _name(value: Any) -> Any:
    """A name, in the place of which somebody may have written the key itself."""
    return shown_name(value) if isinstance(value, str) else value


_RULES: dict[str, Callable[[Any], Any]] = {
    "api_key": _key,
    "api_key_env": _name,
    "api_key_keyring": _name,
    "api_key_file": _name,
    "api_key_command": _command,
    "headers": _pairs,
    "query": _pairs,
    "proxy": _proxy,
    "base_url": _address,
    "extra_body": _body,
    "models": _models,
}


def _masked(name: str, value: Any) -> Any:
    rule = _RULES.get(name)
    return value if rule is None else rule(value)
