"""A value of a foreign file with the place it stands at. What is asked for in vain is told there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from openai_compatible.config import yaml_text
from openai_compatible.config.expansion import ForeignText
from openai_compatible.config.foreign_words import shorten_key
from openai_compatible.config.jsonc import loads as read_jsonc
from openai_compatible.config.toml_data import refuse_long_keys
from openai_compatible.errors import ConfigError
from openai_compatible.terminal_text import escape_controls

__all__ = ["Part", "read_json", "read_toml", "read_yaml"]


_EXPONENT = re.compile(r"\A\d+(?:\.\d*)?[eE][+-]?\d{1,2}\Z")
_TOO_MUCH = 1e300
"""No number of a configuration; neither are infinity and "no number"."""


class Part:
    """A table, a list or a single value, read with types; remembers which keys were asked for.

    >>> part = Part({"name": "x", "models": [{"id": 1}]}, "app.json")
    >>> part.parts("models")[0].text("id")
    Traceback (most recent call last):
    openai_compatible.errors.ConfigError: app.json: models[0].id is no text but a number
    """

    __slots__ = ("_inner", "duplicates", "place", "source", "value")

    def __init__(self, value: Any, source: str, place: str = "") -> None:
        self.value = value
        self.source = source
        self.place = place
        self._inner: dict[str, Part] = {}
        self.duplicates: list[str] = []
        """Places of keys that the file has twice; of the root alone."""

    def wrong(self, problem: str, hint: str | None = None) -> ConfigError:
        """An error that names file and place."""
        return ConfigError(
            f"{self.source}: {f'{self.place} ' if self.place else ''}{escape_controls(problem)}",
            hint=hint,
        )

    def at(self, key: str | int) -> Part:
        """What is under a key; a part with the value ``None`` where there is nothing."""
        if isinstance(key, int):
            return Part(self.value[key], self.source, f"{self.place}[{key}]")
        if key not in self._inner:
            name = shorten_key(key)
            place = f"{self.place}.{name}" if self.place else name
            self._inner[key] = Part(self.table().get(key), self.source, place)
        return self._inner[key]

    def table(self) -> Mapping[str, Any]:
        """Itself as a table; nothing is an empty one."""
        found: Mapping[str, Any] = self._as(Mapping, "table", {})
        return found

    def items(self) -> list[tuple[str, Part]]:
        """Entries of a table of tables, with their names."""
        return [
            (str(key), self.at(key) if isinstance(key, str) else self._odd(key)) for key in self.table()
        ]

    def _odd(self, key: object) -> Part:
        raise self.wrong(f"has the key {key!r}, which is no text", "Write it in quotes.")

    def entries(self) -> list[Part]:
        """Entries of a list; nothing is an empty one."""
        return [self.at(number) for number in range(len(self._as(list, "list", [])))]

    def parts(self, key: str) -> list[Part]:
        """Entries of the list under a key."""
        return self.at(key).entries()

    def text(self, key: str) -> str | None:
        """Text under a key without white space around it, ``None`` where it is empty."""
        found: str = self.at(key)._as(str, "text", "")
        return ForeignText(found.strip()) if found.strip() else None

    def needed(self, key: str) -> str:
        """Text under a key that must be there."""
        found = self.text(key)
        if found is None:
            raise self.wrong(f"has no {key}", f"Write {key}, or take the entry out.")
        return found

    def texts(self, key: str) -> list[str]:
        """A list of texts under a key; one text is a list of it."""
        part = self.at(key)
        if isinstance(part.value, str):
            return [ForeignText(part.value)]
        return [ForeignText(one._as(str, "text", "")) for one in part.entries()]

    def itself(self) -> str:
        """The part itself as text that is not empty."""
        found = ForeignText(self._as(str, "text", "")).strip()
        if not found:
            raise self.wrong("is empty")
        return found

    def flag(self, key: str) -> bool | None:
        """Yes or no under a key."""
        found: bool | None = self.at(key)._as(bool, "true or false", None)
        return found

    def count(self, key: str) -> int | None:
        """A whole number above 0 under a key."""
        part = self.at(key)
        found = part._as(int | float, "number", None)
        if found is None:
            return None
        if isinstance(found, bool) or not 0 < found < _TOO_MUCH or found != int(found):
            raise part.wrong("is no whole number above 0")
        return int(found)

    def number(self, key: str) -> float | None:
        """A number from 0 on under a key; YAML's ``1e-6`` is text to its readers, and one too."""
        part = self.at(key)
        found: Any = part.value
        if isinstance(found, str) and _EXPONENT.fullmatch(found):
            found = float(found)
        else:
            found = part._as(int | float, "number", None)
        if found is None:
            return None
        if isinstance(found, bool) or not 0 <= found < _TOO_MUCH:
            raise part.wrong("is no number from 0 on")
        return float(found)

    def plain(self, key: str) -> dict[str, str]:
        """A table of texts under a key; numbers and flags are taken as JSON writes them."""
        made: dict[str, str] = {}
        for name, part in self.at(key).items():
            if isinstance(part.value, Mapping | list):
                raise part.wrong("is no text")
            if part.value is not None:
                written = isinstance(part.value, str)
                made[name] = ForeignText(part.value if written else json.dumps(part.value, default=str))
        return made

    def unread(self) -> Iterator[str]:
        """Places of what nobody asked for."""
        for key, value in self.table().items():
            if str(key) not in self._inner and value not in (None, "", [], {}):
                yield f"{self.place}.{key}" if self.place else str(key)

    def skip(self, *keys: str) -> None:
        """Say that some keys have no meaning for us, and need no note."""
        for key in keys:
            self.at(key)

    def _as(self, kind: Any, name: str, otherwise: Any) -> Any:
        if self.value is None:
            return otherwise
        if not isinstance(self.value, kind):
            raise self.wrong(f"is no {name} but {_kind(self.value)}")
        return self.value


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    kinds = ((str, "text"), (int | float, "a number"), (Mapping, "a table"), (list, "a list"))
    return next((name for kind, name in kinds if isinstance(value, kind)), f"a {type(value).__name__}")


def read_json(text: str, source: str) -> Part:
    """A JSON file; comments and commas before a closing bracket are let through."""
    duplicates: list[str] = []
    part = Part(read_jsonc(text, source, duplicates), source)
    part.duplicates = duplicates
    return _table(part)


def read_toml(text: str, source: str) -> Part:
    """A TOML file."""
    import tomllib

    refuse_long_keys(text, source)
    try:
        return Part(tomllib.loads(text.removeprefix("\ufeff")), source)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: {error}", hint="It must be TOML; see https://toml.io.") from None
    except RecursionError:
        raise ConfigError(f"{source}: the values are nested too deeply") from None
    except ValueError:  # a number of more digits than Python reads
        raise ConfigError(f"{source}: a number is too long") from None


def read_yaml(text: str, source: str) -> Part:
    """A YAML file."""
    duplicates: list[str] = []
    part = Part(yaml_text.loads(text, source, duplicates), source)
    part.duplicates = duplicates
    return part


def _table(part: Part) -> Part:
    part.table()
    return part
