"""``field=value`` as people write it on a command line -> a change to a provider's table."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openai_compatible.config.expansion import has_reference
from openai_compatible.config.locate import nearest
from openai_compatible.config.misplaced import looks_like_key
from openai_compatible.config.provider import Model, Provider
from openai_compatible.config.written import is_placeholder
from openai_compatible.errors import ConfigError

__all__ = ["change_of", "refuse_key", "words_of"]

_OPENING = ('"', "'", "{")
_KEYS = {"api_key", "api_key_env", "api_key_file", "api_key_keyring", "headers", "query"}
"""Fields in which a key may be written by mistake."""
_WORD = re.compile(r"""(?<!\s)\s*+(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s.="']+))\s*(\.|=|$)""")


def words_of(command: str) -> list[str]:
    """A command line as the list of its words; no shell is asked.

    Raises:
        ConfigError: There is none, or a quote is not closed.

    >>> words_of("op read 'op://my vault/key'")
    ['op', 'read', 'op://my vault/key']
    """
    try:
        words = shlex.split(command, posix=os.name != "nt")
    except ValueError:
        raise ConfigError("a quote of the command is not closed") from None
    if not words:
        raise ConfigError("the command is empty")
    return [word.strip('"') for word in words] if os.name == "nt" else words


def change_of(
    assigned: Iterable[str], removed: Iterable[str] = (), *, model: str | None = None
) -> dict[str, Any]:
    """A merge patch (RFC 7386) for the table of a provider.

    Args:
        assigned: ``field=value`` or ``table.field=value``. Values are written as in TOML; what is no
            TOML is text, and so is everything in fields that hold text.
        removed: Fields to take out.
        model: Alias of the model whose fields are meant.

    Raises:
        ConfigError: A field is unknown, or a key would stand on the command line.

    >>> change_of(["timeout.idle=30", "default_model=qwen3"], ["proxy"])
    {'timeout': {'idle': 30}, 'default_model': 'qwen3', 'proxy': None}
    """
    made: dict[str, Any] = {}
    start = [] if model is None else ["models", model]
    for text in assigned:
        path, value = _read(text)
        path = [*start, *path]
        _check(path)
        _put(made, path, _value(path, value))
    for text in removed:
        path, value = _read(f"{text}=")
        if value:
            raise ConfigError("a field to take out has no value", hint="Write --unset field.")
        path = [*start, *path]
        _check(path)
        _put(made, path, None)
    return made


def _read(text: str) -> tuple[list[str], str]:
    """The path before the first ``=`` outside of quotes, and what stands behind it."""
    path: list[str] = []
    at = 0
    while found := _WORD.match(text, at):
        path.append(next(part for part in found.groups()[:3] if part is not None))
        at = found.end()
        if found[4] == "=":
            return path, text[at:].strip()
        if found[4] == "":
            break
    raise ConfigError(  # the text is not repeated: it may be a key
        "a setting is written field=value", hint="For example priority=1 or timeout.idle=30."
    )


def _put(made: dict[str, Any], path: list[str], value: Any) -> None:
    for word in path[:-1]:
        inner = made.setdefault(word, {})
        if not isinstance(inner, dict):
            inner = made[word] = {}
        made = inner
    made[path[-1]] = value


def _check(path: list[str]) -> None:
    """Raise for a field that no provider or model has."""
    if path[0] not in Provider.model_fields:
        raise ConfigError(
            f"a provider has no field {path[0]!r}", hint=nearest(path[0], Provider.model_fields)
        )
    if path[0] == "models" and len(path) > 2 and path[2] not in Model.model_fields:
        raise ConfigError(f"a model has no field {path[2]!r}", hint=nearest(path[2], Model.model_fields))


def _value(path: list[str], text: str) -> Any:
    """A value as TOML reads it, unless the field holds text and the value is not in quotes."""
    import tomllib

    value: Any = text
    if not _is_text(path) or text[:1] in _OPENING:
        try:
            value = tomllib.loads(f"value = {text}\n")["value"]
        except (ValueError, RecursionError):
            value = text
    refuse_key(path, value)
    return value


def refuse_key(path: Sequence[str], value: Any) -> None:
    """Raise where a key would stand on the command line; references and placeholders may.

    Args:
        path: Of the field, such as ``["headers", "X-Own"]``.
        value: What was given for it.

    Raises:
        ConfigError: It never repeats the value.
    """
    if isinstance(value, Mapping):
        for name, item in value.items():
            refuse_key([*path, str(name)], item)
    if not isinstance(value, str) or is_placeholder(value) or has_reference(value):
        return
    if path[-1] == "api_key_file" and re.search(r"[/\\]", value):
        return
    mentioned = _KEYS.intersection(path)
    if path[-1] == "api_key" or (mentioned and looks_like_key(value)):
        raise ConfigError(
            f"the value of {path[-1]} looks like a key, and a key does not belong on a command line, "
            "where other users and the shell's history see it",
            hint="Run: openai-compatible keys set NAME, or refer to a variable: '${VARIABLE}'.",
        )


def _is_text(path: list[str]) -> bool:
    if path[0] in ("headers", "query"):
        return len(path) == 2
    if path[0] == "models":
        return len(path) == 2 or (len(path) == 3 and _text_field(Model, path[2]))
    return len(path) == 1 and _text_field(Provider, path[0])


def _text_field(cls: type[Provider] | type[Model], name: str) -> bool:
    return name == "api_key" or cls.model_fields[name].annotation in (str, str | None)
