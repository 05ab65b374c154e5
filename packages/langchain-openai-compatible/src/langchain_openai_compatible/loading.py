"""LangChain's ``load``: how a constructor knows it, and what ``dumpd`` writes for it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from langchain_core.load.serializable import (
    Serializable,
    SerializedConstructor,
    SerializedNotImplemented,
)

from openai_compatible.config.keys import key_source
from openai_compatible.config.provider import Provider
from openai_compatible.config.serialized import without_code_only
from openai_compatible.connection import Connection
from openai_compatible.errors import OpenAICompatibleError

__all__ = ["LoadableMixin", "is_langchain_load"]

_LOADERS = ("langchain_core.load.load", "langgraph.checkpoint.serde.jsonplus")
_CONSTRUCTORS = frozenset({"__init__", "call"})
"""Frames between a class and who calls it: constructors of subclasses, and wrappers of constructors."""


class LoadableMixin(Serializable):
    """A model that ``dumpd`` writes as arguments which LangChain's ``load`` takes, without secrets."""

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Constructor arguments that serialisation replaces by the name of a variable."""
        return {"api_key": getattr(self, "api_key_env", None) or "OPENAI_COMPATIBLE_API_KEY"}

    @property
    def lc_attributes(self) -> dict[str, Any]:
        """Constructor arguments in a serialisable form."""
        model: Any = self
        return public_settings(model)

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """``dumpd`` gives the constructor's arguments, without secrets."""
        return True

    def to_json(self) -> SerializedConstructor | SerializedNotImplemented:
        """What ``dumpd`` gives: arguments that LangChain's ``load`` takes again, without secrets."""
        made = super().to_json()
        if made["type"] == "constructor":
            made["kwargs"] = loadable_arguments(self, made["kwargs"])
        return made


def public_settings(model: Connection) -> dict[str, Any]:
    """Provider and fallbacks as plain values that may be loaded again, without their secrets."""
    found = {"provider": _public(model.provider), "fallbacks": [_public(one) for one in model.fallbacks]}
    return {name: value for name, value in found.items() if value}


def _public(value: Any) -> Any:
    """A provider as plain values; a name as it is."""
    if not isinstance(value, Provider):
        return value
    return without_code_only(value.model_dump(mode="json", exclude_defaults=True))


def is_langchain_load() -> bool:
    """Whether LangChain's ``load``, ``loads`` or LangGraph's reader of checkpoints calls a constructor.

    ``load`` calls ``cls(**kwargs)`` like any code does, so its frame is the only difference. The search
    ends at the first frame that is no constructor: a module that is imported while something is loaded
    constructs its own objects.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_name in _CONSTRUCTORS:
        frame = frame.f_back
    return frame.f_globals.get("__name__") in _LOADERS


def loadable_arguments(model: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments as ``dumpd`` writes them: ``load`` takes them again.

    A variable that holds the key becomes a secret marker, which ``secrets_map`` (or, if the user permits
    it, ``secrets_from_env``) fills in. What a mapping may not bring is left out.
    """
    made = without_code_only(arguments)
    variable = _key_variable(model)
    if variable is not None and "api_key" not in made:
        made["api_key"] = {"lc": 1, "type": "secret", "id": [variable]}
    return made


def _key_variable(model: Any) -> str | None:
    """The variable of the first target's key, if the dump itself describes that target."""
    if model.api_key_env:
        return str(model.api_key_env)
    if model.base_url is None and (model.provider is None or isinstance(model.provider, str)):
        return None  # the configuration says it again, where the dump is loaded
    try:
        target = model.targets[0]
    except OpenAICompatibleError:  # a pickle left its secrets behind; a call says so
        return None
    source = key_source(target.provider, target.facts)
    return source.variable or (None if source.describe() == "none" else str(model.lc_secrets["api_key"]))
