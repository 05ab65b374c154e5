"""What importers make: providers as a file has them, and notes on what has no place there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from pydantic import SecretStr

from openai_compatible.config.control_characters import (
    has_control_characters,
    without_control_characters,
)
from openai_compatible.config.expansion import (
    ForeignText,
    as_written,
    has_reference,
    map_literals,
    without_references,
)
from openai_compatible.config.file import Route
from openai_compatible.config.importers.part import Part
from openai_compatible.config.keys import conventional_variable
from openai_compatible.config.provider import slug, without_secrets
from openai_compatible.config.variable_owners import OWN_PREFIX, find_owner, is_at_service
from openai_compatible.config.written import check, escaped, is_placeholder, secret_name
from openai_compatible.errors import ConfigError
from openai_compatible.presets.registry import for_url, preset, presets, provider_fields
from openai_compatible.terminal_text import escape_controls
from openai_compatible.urls import base_url, same_origin

__all__ = ["Draft", "Imported", "Key", "Literal", "Reference", "host_of", "known_service"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was found in foreign files."""

    providers: list[dict[str, Any]] = field(default_factory=list)
    """Fields of providers as ``providers.toml`` has them: ``${NAME}`` refers to a variable."""
    routes: dict[str, Route] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What could not be carried over, and what is to be done. Without values that may be secret."""

    def __repr__(self) -> str:
        names = [str(one.get("name")) for one in self.providers]
        return f"Imported(providers={names}, routes={list(self.routes)}, notes={len(self.notes)})"


@dataclass(frozen=True, slots=True)
class Reference:
    """A key that the foreign file has not in it. ``field`` is that of a provider."""

    value: str
    field: str = "api_key_env"


@dataclass(frozen=True, slots=True)
class Literal:
    """A key that stands in the foreign file."""

    value: SecretStr
    place: str


Key = Reference | Literal | None


def known_service(name: str, others: Mapping[str, str]) -> str | None:
    """The preset of a service, by our name or by the one of another program."""
    found = others.get(name, name)
    return found if found in presets() and not preset(found).variables else None


class Draft:
    """Collects providers, models and routes of one or several foreign files."""

    def __init__(self, source: str, *, keep_keys: bool = False) -> None:
        self.source = source
        self.keep_keys = keep_keys
        self.providers: list[dict[str, Any]] = []
        self.routes: dict[str, Route] = {}
        self._notes: dict[str, None] = {}
        self._services = frozenset(presets())
        self._made: dict[bytes, dict[str, Any]] = {}
        """Providers by what they were made of."""
        self._names: set[str] = set()
        self._numbers: dict[tuple[str, str], int] = {}
        """The last number behind a name that was taken, by provider and name."""
        self._variants: dict[tuple[str, str, str], str] = {}
        """Aliases by provider, wanted alias and facts."""

    @property
    def notes(self) -> list[str]:
        """What could not be carried over, each once."""
        return [*self._notes]

    def note(self, text: str) -> None:
        """A note, once; its words may be the file's, and are escaped."""
        self._notes[escape_controls(text)] = None

    def note_duplicates(self, root: Part) -> None:
        """Notes for keys that a file has twice: other readers may take the first one."""
        for place in root.duplicates:
            self.note(f"{root.source}: {place} is written twice; the last one counts")

    def unread(self, places: Sequence[str] | Any) -> None:
        """Notes for settings that have no counterpart."""
        for place in places:
            self.note(f"{place}: not carried over")

    def provider(
        self, name: str, fields: Mapping[str, Any], key: Key = None, *, place: str
    ) -> dict[str, Any]:
        """A provider of that name, or the one there is that differs in nothing but models.

        Args:
            name: As it is called in the foreign file; it becomes a free slug.
            fields: ``base_url`` or ``preset``, and others; ``headers`` and ``query`` are looked
                through for what may be secret.
            key: Where its key is.
            place: In the foreign file, for messages.
        """
        given = as_written({key: one for key, one in fields.items() if one not in (None, {}, [], "")})
        name = self._own_name(name, given, place)
        wanted = slug(name) or "server"
        identity = _identity(given, key, wanted)
        if identity in self._made:
            return self._made[identity]
        free = self._free(wanted, self._names)
        titled = slug(name) != name != host_of(str(given.get("base_url", "")))
        made = {"name": free, **({"display_name": ForeignText(name)} if titled else {}), **given}
        self._split_query(made)
        self._without_secrets(made, place)
        made |= self._source(free, made, key, place)
        self._checked(made, place)
        self.providers.append(made)
        self._names.add(free)
        self._made[identity] = made
        return made

    def model(
        self,
        provider: dict[str, Any],
        alias: str,
        facts: Mapping[str, Any],
        key: Key = None,
        *,
        place: str,
    ) -> str:
        """A model of a provider; its alias, which is another one if that was taken."""
        models: dict[str, Any] = provider.setdefault("models", {})
        made = {name: value for name, value in facts.items() if value not in (None, {}, [], "")}
        alias = self._typeable(alias, made, place)
        if made.get("id") == alias:
            del made["id"]
        if key is not None:
            made |= self._source(f"{provider['name']}-{alias}", {**provider, **made}, key, place)
        variant = (provider["name"], alias, _text(made))
        free = self._variants.setdefault(variant, "") or self._free(alias, models, provider["name"])
        self._variants[variant] = free
        if free != alias:
            made.setdefault("id", alias)
            self.note(f"{place}: {alias!r} is there already at {provider['name']}; it is {free!r} now")
        if free not in models:
            self._checked({**provider, "models": {free: made}}, place)
            models[free] = made
        return free

    def route(self, name: str, members: Sequence[str], description: str = "") -> None:
        """A route of references, the first one being the primary."""
        found = list(dict.fromkeys(members))
        if has_control_characters(name):
            self.note(f"{self.source}: the route {name!r} has control characters in its name; left out")
        elif found:
            self.routes[name] = Route(found[0], tuple(found[1:]), description)

    def imported(self) -> Imported:
        """All of it."""
        return Imported([as_written(one) for one in self.providers], self.routes, self.notes)

    def body(self, value: Any, where: str, place: str) -> Any:
        """Fields for the body of requests, without those that hold a secret by their name."""
        if isinstance(value, Mapping):
            made: dict[str, Any] = {}
            for name, item in value.items():
                if secret_name(name) and item is not None and not self.keep_keys:
                    self.note(f"{place}: {where}.{name} may be a secret and is not carried over")
                else:
                    made[str(name)] = self.body(item, f"{where}.{name}", place)
            return made
        if isinstance(value, list):
            return [self.body(item, where, place) for item in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return escaped(value) if isinstance(value, str) else str(value)

    # ------------------------------------------------------------------ inside

    def _typeable(self, alias: str, facts: dict[str, Any], place: str) -> str:
        """Return an alias without control characters; the model keeps its id."""
        if not has_control_characters(alias):
            return alias
        facts.setdefault("id", alias)
        clean = without_control_characters(alias)
        self.note(f"{place}: {alias!r} has control characters; its alias is {clean!r} here")
        return clean

    def _free(self, wanted: str, taken: Container[str], whose: str = "") -> str:
        """The name, with a number behind it where it is taken; the search goes on from the last one."""
        number = self._numbers.get((whose, wanted), 1)
        free = wanted if number == 1 else f"{wanted}-{number}"
        while free in taken:
            number += 1
            free = f"{wanted}-{number}"
        self._numbers[whose, wanted] = number
        return free

    def _own_name(self, name: str, given: Mapping[str, Any], place: str) -> str:
        """Another name where a known service has the one given and lives at another host."""
        wanted, address = slug(name), given.get("base_url")
        if wanted not in self._services or address is None:
            return name
        if is_at_service(preset(wanted), str(address)):
            return name
        host = host_of(str(address))
        new = slug(f"{wanted}-{host}")
        self.note(
            f"{place}: {name} is at {host or 'another host'}, not at the service of that name, whose "
            f"references and key must not get there; it is named {new!r}"
        )
        return new

    def _source(self, name: str, fields: Mapping[str, Any], key: Key, place: str) -> dict[str, Any]:
        """The field that says where the key is."""
        if isinstance(key, Reference):
            return {key.field: ForeignText(key.value)}
        if key is None:
            return {}
        text = key.value.get_secret_value()
        if not text.strip():
            return {}
        if is_placeholder(text):
            self.note(f"{key.place}: a word for 'no key', and none is needed")
            return {}
        if self.keep_keys:
            return {"api_key": SecretStr(escaped(text))}
        variable = _variable(name, fields)
        self.note(f"{key.place}: the key was left where it is. Put it into the variable {variable}")
        return {"api_key_env": variable}

    def _split_query(self, made: dict[str, Any]) -> None:
        """The query of the base URL, which may hold a key, on its own."""
        address, mark, pairs = str(made.get("base_url", "")).partition("#")[0].partition("?")
        if mark:
            query = _decode_query(pairs)
            made["base_url"] = address
            made["query"] = {**query, **made.get("query", {})}

    def _without_secrets(self, made: dict[str, Any], place: str) -> None:
        """Headers, query and proxy that may hold secrets become variables."""
        if self.keep_keys:
            return
        for kind in ("headers", "query"):
            given = made.get(kind, {})
            _, secret = without_secrets(given)
            for name in secret:
                if not _refers(given[name]):
                    variable = _variable_of(f"{made['name']}_{name}", made)
                    given = {**given, name: f"${{{variable}}}"}
                    self.note(
                        f"{place}: the value of {kind} {name!r} was left where it is, as it may be a "
                        f"secret. Put it into the variable {variable}"
                    )
            if given:
                made[kind] = given
        if "@" in str(made.get("proxy", "")) and not _refers(made["proxy"]):
            variable = _variable_of(f"{made['name']}_proxy", made)
            made["proxy"] = f"${{{variable}}}"
            self.note(f"{place}: the proxy has a password in it. Put it into the variable {variable}")

    def _checked(self, made: Mapping[str, Any], place: str) -> None:
        try:
            check(made)
        except ConfigError as error:
            where = f"{self.source}: {place}" if place else self.source
            message = f"{where}: {escape_controls(error.message)}"
            raise ConfigError(message, param=error.param, hint=error.hint) from None


def _identity(given: Mapping[str, Any], key: Key, wanted: str) -> bytes:
    """A digest that two providers share if they differ in nothing but models; it may be of a key."""
    value = key.value.get_secret_value() if isinstance(key, Literal) else repr(key)
    place = key.place if isinstance(key, Literal) else ""
    return hashlib.sha256(_text([given, value, place, wanted]).encode("utf-8", "replace")).digest()


def _text(value: Any) -> str:
    return json.dumps(value, default=repr)


def _decode_query(pairs: str) -> dict[str, str]:
    """Decode a query in which ``${NAME}`` refers to a variable; what is decoded never does."""
    found: dict[str, str] = {}
    for pair in pairs.split("&"):
        name, _, value = pair.partition("=")
        if name:
            found[unquote_plus(name)] = map_literals(value, unquote_plus)
    return found


def _refers(value: str) -> bool:
    """Whether a value has its secret in a variable: ``Bearer ${TOKEN}``."""
    rest = without_references(value).strip().lower()
    return has_reference(value) and rest in ("", "bearer", "basic", "token", "key", "apikey")


def _variable_of(text: str, fields: Mapping[str, Any]) -> str:
    """A variable for a value that may be secret."""
    return _valid(conventional_variable(text).removesuffix("_API_KEY"), fields)


def _valid(variable: str, fields: Mapping[str, Any]) -> str:
    """A name that shells take, and that is of no service, cloud or database elsewhere."""
    is_taken = find_owner(variable, str(fields.get("base_url", ""))) is not None
    return f"{OWN_PREFIX}{variable}" if is_taken or variable[:1].isdigit() or not variable else variable


def _variable(name: str, fields: Mapping[str, Any]) -> str:
    """A variable for the key of a provider, never one that by its name belongs to another host."""
    row = preset(fields["preset"]) if "preset" in fields else for_url(str(fields.get("base_url", "")))
    named = provider_fields(row).get("api_key_env") if row is not None else None
    if named is not None and row is not None and _lives(fields, row.base_url):
        return str(named)
    variable = conventional_variable(name)
    if variable in ("OPENAI_API_KEY", "OPENAI_COMPATIBLE_API_KEY"):
        variable = conventional_variable(host_of(str(fields.get("base_url", ""))) or "server")
    return _valid(variable, fields)


def host_of(address: str) -> str:
    """Host and port of a base URL, nothing where there is none to be read.

    >>> host_of("http://127.0.0.1:8000/v1")
    '127.0.0.1:8000'
    """
    try:
        return urlsplit(base_url(address).url).netloc
    except (ConfigError, ValueError):
        return ""


def _lives(fields: Mapping[str, Any], url: str) -> bool:
    """Whether a provider is at the host of a preset."""
    given = fields.get("base_url")
    if given is None:
        return True
    try:
        return same_origin(base_url(str(given)).url, base_url(url).url)
    except ConfigError:
        return False
