"""Where the key of a provider comes from and whether one is there, for people. Never the key itself."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import Literal, NamedTuple

from pydantic import SecretStr

from openai_compatible.config.key_store import saved_for
from openai_compatible.config.keys import KeySource, by_convention, key_source
from openai_compatible.config.misplaced import shown_name, shown_variable
from openai_compatible.config.provider import Model, Provider
from openai_compatible.config.written import is_placeholder
from openai_compatible.errors import ConfigError

__all__ = ["KeyStatus", "key_status", "names_source"]

State = Literal["set", "not set", "placeholder", "not asked", "not needed"]


class KeyStatus(NamedTuple):
    """A source of a key and what is known of it."""

    source: str
    """``$NAME``, ``keyring 'SERVICE'``, ``file 'PATH'``, ``command 'NAME'``, ``api_key`` or ``none``."""
    state: State
    """``not asked``: a program would have to be run."""
    mark: str = ""
    """``default`` for the convention ``<NAME>_API_KEY``, ``preset`` for a variable a preset names,
    ``saved for ORIGIN`` for a key of the keyring that is another host's."""

    def to_dict(self) -> dict[str, str | None]:
        """The same as plain JSON values."""
        return {"source": self.source, "state": self.state, "mark": self.mark or None}

    def __str__(self) -> str:
        if self.state == "not needed":
            return self.source
        return f"{self.source}{f' ({self.mark})' if self.mark else ''}, {self.state}"


def key_status(provider: Provider, model: Model | None = None) -> KeyStatus:
    """The source of the key for a provider, or for one of its models, and whether it holds one.

    Looks into variables, files and the keyring; runs no program.

    >>> str(key_status(Provider(name="local", base_url="http://127.0.0.1:8000", auth="none")))
    'none'
    """
    if provider.auth.style == "none":
        return KeyStatus("none", "not needed")
    holder = model if model is not None and names_source(model) else provider
    return _variable_of(holder, provider) or _place(holder, provider) or _convention(provider)


def _variable_of(holder: Model | Provider, provider: Provider) -> KeyStatus | None:
    if not holder.api_key_env:
        return None
    by_preset = holder is provider and provider.origin("api_key_env").startswith("preset ")
    name = holder.api_key_env
    return KeyStatus(shown_variable(name), _state(os.environ.get(name)), "preset" if by_preset else "")


def _place(holder: Model | Provider, provider: Provider) -> KeyStatus | None:
    """What is named besides variables, in the order in which it counts."""
    if holder.api_key_keyring or (holder.api_key_file and not holder.api_key_command):
        place = key_source(provider, holder if isinstance(holder, Model) else None)
        state = _held(place)
        mark = _saved_elsewhere(holder, provider) if state == "not set" else ""
        return KeyStatus(place.describe(), state, mark)
    if holder.api_key_command:
        program = holder.api_key_command[0]
        found = shutil.which(program) is not None
        return KeyStatus(f"command {shown_name(program)!r}", "not asked" if found else "not set")
    if isinstance(holder.api_key, SecretStr):
        return KeyStatus("api_key", _state(holder.api_key.get_secret_value()))
    return None if holder.api_key is None else KeyStatus("callable", "not asked")


def names_source(model: Model) -> bool:
    """Whether a model says itself where its key is."""
    named = (model.api_key, model.api_key_env, model.api_key_keyring, model.api_key_command)
    return any(one is not None for one in (*named, model.api_key_file))


def _held(place: KeySource) -> State:
    """What a keyring or a file holds; both may be asked without anybody noticing."""
    try:
        return _state(place.get())
    except ConfigError:
        return "not set"


def _saved_elsewhere(holder: Model | Provider, provider: Provider) -> str:
    """Say which origin the key in the keyring was saved for, where it is not given out here."""
    found = None
    with contextlib.suppress(ConfigError):  # told by whoever needs the key
        found = saved_for(holder.api_key_keyring, provider.name) if holder.api_key_keyring else None
    return "" if found is None else f"saved for {found}"


def _convention(provider: Provider) -> KeyStatus:
    """``<NAME>_API_KEY``, unless that name belongs to another host."""
    variable = by_convention(provider)
    if variable is None:
        return KeyStatus("none", "not needed")
    return KeyStatus(shown_variable(variable), _state(os.environ.get(variable)), "default")


def _state(key: str | None) -> State:
    if not (key or "").strip():
        return "not set"
    return "placeholder" if is_placeholder(key or "") else "set"
