"""``Provider``: one configured endpoint with its credentials.

Values only: nothing here reads a file, the environment or the network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import parse_qsl

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, field_validator, model_validator

from openai_compatible.config.concealed import hidden, sealed
from openai_compatible.config.control_characters import has_control_characters
from openai_compatible.config.headers import check_header_name
from openai_compatible.config.model import Model
from openai_compatible.config.origins import Origins
from openai_compatible.config.secrecy import (
    SOURCES,
    Key,
    KeyCallable,
    without_key,
    without_secrets,
)
from openai_compatible.config.serialized import check_provider_mapping, is_constructing
from openai_compatible.config.settings import Settings
from openai_compatible.config.tables import (
    Auth,
    Facts,
    Rate,
    RateLimit,
    ResponseLimits,
    Timeouts,
    Tls,
)
from openai_compatible.errors import ConfigError
from openai_compatible.secret_mapping import BodyPart, SecretMapping
from openai_compatible.urls import base_url as read_base_url
from openai_compatible.urls import same_origin

__all__ = [
    "Auth",
    "KeyCallable",
    "Model",
    "Provider",
    "RateLimit",
    "ResponseLimits",
    "Timeouts",
    "Tls",
    "slug",
    "without_secrets",
]


def slug(text: str) -> str:
    """A provider name made of any text: lower case, ``-`` between words.

    >>> slug("vLLM Local (GPU 2)")
    'vllm-local-gpu-2'
    """
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-")


class Provider(Settings):
    """One configured endpoint with its credentials.

    >>> Provider(name="local", base_url="http://127.0.0.1:8000").priority
    3
    """

    name: str
    """Used in model references (``name/model``), records and errors."""
    base_url: str
    """As written, if it has a path; a bare origin gets ``/v1``. A query moves into ``query``."""
    display_name: str | None = None
    """For people: lists, the names of traces."""
    preset: str | None = None
    """Name of a service that is known (``docs/presets.md``): it fills in what is not given here, name,
    base URL, key variable, auth, profile."""
    profile: str | None = None
    """Name of the server's dialect; the generic one when absent."""
    dialect: Facts = Field(default_factory=dict)
    """Facts that differ from the profile's: ``{"max_tokens_field": "max_completion_tokens"}``."""
    adapt: Literal["auto", "off"] = "auto"
    """``auto``: a request that is refused for its form is sent once more in the form the server asks
    for, where that loses nothing. ``off``: its error is raised."""
    drop_params: tuple[str, ...] = ()
    """Parameters that may be left out when the server refuses them."""
    auth: Auth = Auth()
    """Also a style alone: ``"bearer"``, ``"none"``."""
    api_key: Key = Field(default=None, exclude=True, repr=False)
    """The key itself, or ``${NAME}``; better is one of the next four. In code also a callable."""
    api_key_env: str | None = None
    """Variable that holds the key; naming one that is not set is an error."""
    api_key_keyring: str | None = None
    """Keyring service that holds the key under this provider's name, for the host of its base URL."""
    api_key_command: tuple[str, ...] | None = None
    """Program and arguments whose first line of output is the key; no shell. Its answer is kept until
    the server says 401."""
    api_key_file: str | None = None
    """File whose first line is the key, read for each attempt."""
    headers: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    """Sent with every request. Values may be secret, so they are never shown. Those that frame a message
    or belong to a connection (``Host``, ``Content-Length`` ...) are refused."""
    query: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    """Query parameters of every request; may be secret as well."""
    api_version: str | None = None
    """Sent as the query parameter ``api-version``, as Azure wants it."""
    extra_body: BodyPart = Field(default_factory=dict)
    """Merged last into the body of chat requests, verbatim."""
    timeout: Timeouts = Timeouts()
    """Also one number: seconds for all of it but ``total``."""
    response_limits: ResponseLimits = ResponseLimits()
    """Sizes beyond which an answer is refused."""
    max_retries: Annotated[int, Field(ge=0)] = 2
    """Further attempts at this provider after the first."""
    priority: int = 3
    """1 is the highest; ties keep the declared order."""
    enabled: bool = True
    """``False``: never asked, and its variables need not be set."""
    rate_limit: Rate = None
    """Also one number: requests in a minute, of this process."""
    tls: Tls = Tls()
    """Whom to trust, what to show."""
    proxy: str | None = Field(default=None, exclude=True, repr=False)
    """URL of an HTTP or SOCKS proxy to reach the server through; it may hold a password."""
    allow_insecure: bool = False
    """Permit sending a key over plain http to a public host."""
    default_model: str | None = None
    """Alias or wire id used when a reference names only the provider."""
    models: dict[str, Model] = Field(default_factory=dict)
    """By alias; also a wire id alone: ``{"small": "qwen3-0.6b"}``."""

    @model_validator(mode="before")
    @classmethod
    def _query_apart(cls, data: Any) -> Any:
        """Fill in the preset; move the query of the base URL, which may hold a key, into ``query``."""
        if isinstance(data, Mapping) and isinstance(data.get("preset"), str):
            from openai_compatible.config.preset import with_preset

            data = with_preset(data)
        if not isinstance(data, Mapping) or not isinstance(data.get("base_url"), str):
            return data
        address, _, pairs = data["base_url"].partition("#")[0].partition("?")
        query = data.get("query") or {}
        if not pairs or not isinstance(query, Mapping):
            return data
        found = dict(parse_qsl(pairs, keep_blank_values=True))
        return {**data, "base_url": address, "query": {**found, **query}}

    @model_validator(mode="wrap")
    @classmethod
    def _from_mapping(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Hold what pydantic validates apart from a constructor call to what a mapping may say."""
        if is_constructing() or not isinstance(data, Mapping):
            return handler(data)
        check_provider_mapping(data, cls.__name__)
        return handler(data)._from_elsewhere()

    @field_validator("base_url")
    @classmethod
    def _base_url_is_one(cls, value: str) -> str:
        read_base_url(value)
        return value

    @field_validator("name")
    @classmethod
    def _name_is_slug(cls, value: str) -> str:
        if value != slug(value) or not value:
            raise ValueError(f"a provider name is lower case without spaces or '/': {slug(value)!r}")
        return value

    @field_validator("headers")
    @classmethod
    def _header_names(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            check_header_name(name)
        return value

    @field_validator("auth", mode="before")
    @classmethod
    def _auth_style_alone(cls, value: Any) -> Any:
        return {"style": value} if isinstance(value, str) else value

    @field_validator("models", mode="before")
    @classmethod
    def _wire_id_alone(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        for alias in value:
            if isinstance(alias, str) and has_control_characters(alias):
                raise ValueError(f"the alias {alias!r} has control characters; choose another one")
        return {alias: {"id": one} if isinstance(one, str) else one for alias, one in value.items()}

    @field_validator("timeout", mode="before")
    @classmethod
    def _timeout_number(cls, value: Any) -> Any:
        return Timeouts.of(value) if value is None or isinstance(value, int | float) else value

    _origins: Origins = PrivateAttr(default_factory=Origins)
    _lost: tuple[str, ...] = PrivateAttr(default=())
    _moved: bool = PrivateAttr(default=False)
    _hidden: dict[str, Any] = PrivateAttr(default_factory=dict)
    """Values of :data:`_CONFIDENTIAL`, which ``vars()`` and ``dict()`` of this object must not show."""

    def model_post_init(self, context: Any) -> None:
        """Move what may be secret out of the attributes that ``vars()`` shows."""
        fields = self.__dict__
        self._hidden = {
            name: SecretMapping(value) if isinstance(value, Mapping) else hidden(value)
            for name in _CONFIDENTIAL
            if (value := fields.pop(name, None)) is not None
        }

    if not TYPE_CHECKING:  # checkers see the fields as arguments

        @sealed
        def __init__(self, **fields: Any) -> None:
            for name in ("headers", "query"):
                if isinstance(fields.get(name), SecretMapping):
                    fields[name] = fields[name].reveal()
            super().__init__(**fields)
            self._origins = Origins(name for name, value in fields.items() if value is not None)

        def __getattr__(self, name: str) -> Any:
            if name not in _CONFIDENTIAL:
                return super().__getattr__(name)
            private = object.__getattribute__(self, "__pydantic_private__") or {}
            value = private.get("_hidden", {}).get(name)
            if name == "proxy":
                return None if value is None else value.get_secret_value()
            return value.reveal() if isinstance(value, SecretMapping) else dict(value or ())

    def origin(self, field: str) -> str:
        """Where the value of a field comes from.

        ``argument``, ``preset NAME``, ``default``; what a file or a variable said as ``PATH:LINE`` and
        ``$NAME``. Facts of a model and keys of a table are asked for as ``models.small.tools``.

        >>> Provider(name="p", base_url="http://127.0.0.1:8000").origin("max_retries")
        'default'
        """
        name, said = field.partition(".")[0], self._origins.of(field)
        if said is None and name == "query" and self._query_of_base_url:
            name, said = "base_url", self._origins.of("base_url")
        if said is not None:
            return said
        if name not in self.model_fields_set:
            return "default"
        return (
            "argument" if self.preset is None or name in self._origins.given else f"preset {self.preset}"
        )

    @property
    def _query_of_base_url(self) -> bool:
        """Whether the query is what stood behind the ``?`` of the base URL."""
        given = "query" in self._origins.given or self.preset is not None
        return "query" in self.model_fields_set and not given

    def noted(self, origins: Mapping[str, str]) -> Self:
        """This object, which from now on knows where these values come from."""
        said = {**self._origins.said, **origins}
        self._origins = Origins(self._origins.given, said, elsewhere=self._origins.elsewhere)
        return self

    @property
    def parameters(self) -> dict[str, str]:
        """The query that travels with every request: ``query``, and ``api_version`` under its name."""
        if self.api_version is None:
            return self.query
        return {**self.query, "api-version": self.api_version}

    @property
    def moved(self) -> bool:
        """Whether no key is this one's by its name: its base URL was replaced by another host's, or
        both come from a mapping that somebody else may have written."""
        return self._moved or self._origins.elsewhere

    def without_conventional_key(self) -> Provider:
        """A copy that takes no key from a variable named after it."""
        return self.model_copy()._from_elsewhere()

    def _from_elsewhere(self) -> Self:
        self._origins = Origins(self._origins.given, self._origins.said, elsewhere=True)
        return self

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], where: str = "provider") -> Provider:
        """The provider that a mapping describes, which may come from elsewhere.

        It brings its own key at most, and no key is taken from a variable named after it.

        Raises:
            ConfigError: It names a program, file, keyring or variable, or a value does not fit.
        """
        check_provider_mapping(values, where)
        return cls(**values)._from_elsewhere()

    @property
    def lost(self) -> tuple[str, ...]:
        """Settings that stayed behind when this object was pickled, e.g. ``headers['X-Own']``."""
        return self._lost

    def __getstate__(self) -> dict[Any, Any]:
        """What a pickle holds: settings without secrets, and the names of those it lacks."""
        state = without_key(super().__getstate__())
        kept: dict[str, Any] = {}
        lost = list(self._lost)
        for name in ("headers", "query"):
            harmless, left = without_secrets(getattr(self, name))
            kept[name] = harmless
            lost += [f"{name}[{key!r}]" for key in left]
        if self.proxy is not None and "@" in self.proxy:
            lost.append("proxy")
        elif self.proxy is not None:
            kept["proxy"] = hidden(self.proxy)
        private = {
            **(state["__pydantic_private__"] or {}),
            "_lost": tuple(dict.fromkeys(lost)),
            "_hidden": kept,
        }
        return {**state, "__pydantic_private__": private}

    @sealed
    def changed(self, **fields: Any) -> Provider:
        """The same with other fields; headers and query join its own.

        With a base URL of another origin it loses key, headers, query and TLS settings, and its
        models their keys, if they have no base URL of their own: they were not made for that host.

        Raises:
            ConfigError: A value does not fit.

        >>> groq = Provider(name="groq", base_url="https://api.groq.com/openai/v1", api_key_env="K")
        >>> groq.changed(base_url="http://127.0.0.1:8000").api_key_env is None
        True
        """
        kept = {name: getattr(self, name) for name in self.model_fields_set}
        origins = {**{name: self.origin(name) for name in kept}, **self._origins.said}
        lost, moved = self._lost, self._moved
        if self._moves(fields.get("base_url")):
            lost, moved = tuple(name for name in lost if name == "proxy"), True
            kept = {name: value for name, value in kept.items() if name not in _BOUND}
            kept["models"] = {alias: model.without_key() for alias, model in self.models.items()}
        for joined in ("headers", "query"):
            if joined in kept and isinstance(fields.get(joined), Mapping):
                fields[joined] = {**kept[joined], **fields[joined]}
        if not fields.keys().isdisjoint(SOURCES):
            kept = {name: value for name, value in kept.items() if name not in SOURCES}
        made = Provider(**{**kept, **fields})
        gone = [name for name in Provider.model_fields if name not in kept or name in fields]
        found = {
            f"{joined}[{name!r}]" for joined in ("headers", "query") for name in getattr(made, joined)
        }
        said = Origins(said=origins).without(gone)
        made._origins = Origins(fields, said, elsewhere=self._origins.elsewhere)
        made._lost = tuple(name for name in lost if name not in found and name not in fields)
        made._moved = moved
        return made

    def _moves(self, address: Any) -> bool:
        """Whether that base URL is another host's; one that is none is told later, with its field."""
        try:
            return isinstance(address, str) and not same_origin(
                read_base_url(address).url, read_base_url(self.base_url).url
            )
        except ConfigError:
            return True

    @sealed
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Provider:
        """A copy; with ``update`` as :meth:`changed` says, so that no key moves to another host."""
        return self.changed(**update) if update else super().model_copy(deep=deep)

    def model_facts(self, model: str) -> Model:
        """Facts under that alias or wire id; an empty :class:`Model` when there are none."""
        found = self.models.get(model)
        if found is not None:
            return found
        for facts in self.models.values():
            if facts.id == model:
                return facts
        return Model()

    def wire_id(self, model: str) -> str:
        """The id sent on the wire for an alias; anything else is sent verbatim."""
        found = self.models.get(model)
        return (found.id or model) if found is not None else model


_CONFIDENTIAL = frozenset({"headers", "query", "proxy"})
"""Fields whose values may be secret."""
_BOUND = (*SOURCES, "headers", "query", "tls", "api_version")
"""Fields that hold what was given for one host."""
