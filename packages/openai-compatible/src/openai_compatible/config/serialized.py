"""What a serialised mapping may say, and what only code may.

A mapping comes from elsewhere: LangChain's ``load``, LlamaIndex's ``from_dict``, pydantic's
``model_validate``, a ``provider={...}`` that a web request filled in. It describes an endpoint and
brings its own key at most. It names no program, file, keyring or variable of this machine, because
whoever wrote it also wrote the address that the key would be sent to. Code passes :class:`Provider` and
:class:`Tls` objects, and arguments of a constructor.

Pickles are no part of this: unpickling runs code whatever the classes do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from openai_compatible.errors import ConfigError

__all__ = [
    "check_provider_mapping",
    "check_settings_mapping",
    "code_only_settings",
    "constructing",
    "deserialising",
    "is_constructing",
    "is_deserialising",
    "without_code_only",
]

_KEY_SOURCES = ("api_key_env", "api_key_keyring", "api_key_command", "api_key_file")
_SETTINGS = (*_KEY_SOURCES, "config", "proxy")
"""Arguments of an adapter class that no mapping may bring."""
_TLS_FILES = ("ca_bundle", "client_cert", "client_key")

_trusted: ContextVar[frozenset[str] | None] = ContextVar("_trusted", default=None)
_constructing: ContextVar[bool] = ContextVar("_constructing", default=False)


@contextmanager
def deserialising(trusted: Iterable[str] = ()) -> Iterator[None]:
    """Treat what is constructed inside as described by a mapping from elsewhere.

    Args:
        trusted: Names of arguments that code added to the mapping.
    """
    token = _trusted.set(frozenset(trusted))
    try:
        yield
    finally:
        _trusted.reset(token)


def is_deserialising() -> bool:
    """Whether the object under construction is described by a mapping from elsewhere."""
    return _trusted.get() is not None


@contextmanager
def constructing() -> Iterator[None]:
    """Mark validation as part of a constructor call, whose arguments code wrote or were checked."""
    token, trusted = _constructing.set(True), _trusted.set(None)
    try:
        yield
    finally:
        _trusted.reset(trusted)
        _constructing.reset(token)


def is_constructing() -> bool:
    """Whether validation is part of a constructor call; otherwise pydantic validates a mapping."""
    return _constructing.get()


def check_provider_mapping(values: Mapping[str, Any], where: str = "provider") -> None:
    """Check a mapping that describes a provider, its models included.

    Raises:
        ConfigError: It names a place of a key or a TLS file, or switches the check of certificates off.
    """
    found = next(iter(_provider_faults(values)), None)
    if found is not None:
        raise ConfigError(
            f"{where}: a mapping may not set {found}",
            param=f"{where}.{found}",
            hint="A mapping may come from elsewhere. In code pass a Provider(...) object.",
        )


def check_settings_mapping(settings: Mapping[str, Any]) -> None:
    """Check arguments of an adapter class, if they come from a mapping.

    Raises:
        ConfigError: One of them may only be set by code.
    """
    trusted = _trusted.get()
    if trusted is None:
        return
    found = next((name for name in code_only_settings(settings) if _root(name) not in trusted), None)
    if found is not None:
        raise ConfigError(
            f"a serialised object may not set {found}",
            param=found,
            hint=f"Set {_root(found)} in code: as an argument of from_dict() or from_json(), or on the "
            "object that was loaded.",
        )


def code_only_settings(settings: Mapping[str, Any]) -> list[str]:
    """Names of arguments with a value that no mapping may bring, such as ``tls.ca_bundle``."""
    found = [name for name in _SETTINGS if settings.get(name) is not None]
    return found + _tls_faults(settings.get("tls"))


def without_code_only(values: Mapping[str, Any]) -> dict[str, Any]:
    """A provider or the arguments of an adapter class as a mapping that may be loaded again.

    >>> without_code_only({"name": "a", "api_key_env": "K", "models": {"m": {"api_key_file": "f"}}})
    {'name': 'a', 'models': {'m': {}}}
    """
    made = {name: value for name, value in values.items() if name not in _SETTINGS}
    if isinstance(made.get("tls"), Mapping) and _tls_faults(made["tls"]):
        del made["tls"]
    if isinstance(made.get("models"), Mapping):
        made["models"] = {
            alias: without_code_only(model) if isinstance(model, Mapping) else model
            for alias, model in made["models"].items()
        }
    return made


def _provider_faults(values: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name in _KEY_SOURCES if values.get(name) is not None)
    yield from _tls_faults(values.get("tls"))
    models = values.get("models")
    if isinstance(models, Mapping):
        for alias, model in models.items():
            if isinstance(model, Mapping):
                yield from (f"models.{alias}.{fault}" for fault in _provider_faults(model))


def _tls_faults(tls: Any) -> list[str]:
    """What a TLS table must not say; a :class:`Tls` object was written by code."""
    if not isinstance(tls, Mapping):
        return []
    found = [f"tls.{name}" for name in _TLS_FILES if tls.get(name) is not None]
    return found if tls.get("verify", True) is True else [*found, "tls.verify"]


def _root(name: str) -> str:
    return name.partition(".")[0]
