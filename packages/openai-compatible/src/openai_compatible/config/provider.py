"""``Provider`` and ``Model``: one configured endpoint, and the facts about its models.

Values only: nothing here reads a file, the environment or the network.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from pydantic import Field, PrivateAttr, SecretStr, field_validator, model_validator

from openai_compatible.config.settings import Settings
from openai_compatible.errors import ConfigError, MissingKeyError
from openai_compatible.urls import base_url as read_base_url
from openai_compatible.urls import same_origin

__all__ = ["Auth", "KeyCallable", "Model", "Provider", "Timeouts", "slug", "without_secrets"]

KeyCallable = Callable[[], "str | Awaitable[str]"]
"""Returns a key, or an awaitable of one (async clients only). Called once per attempt."""

Seconds = Annotated[float, Field(gt=0)]


def slug(text: str) -> str:
    """A provider name made of any text: lower case, ``-`` between words.

    >>> slug("vLLM Local (GPU 2)")
    'vllm-local-gpu-2'
    """
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-")


class Timeouts(Settings):
    """Time limits in seconds; ``None`` is no limit.

    A stream is bounded by ``connect``, ``first_event``, ``idle`` and ``total``; a call that is
    not streamed by ``connect``, ``call`` and ``total``.

    >>> Timeouts.of(30).idle, Timeouts.of(30).call, Timeouts.of(30).total
    (30.0, 30.0, None)
    """

    connect: Seconds | None = 10.0
    first_event: Seconds | None = 600.0
    """From sending a streamed request to its first useful event."""
    idle: Seconds | None = 120.0
    """Between two useful events of a stream. Keep-alive comments do not count."""
    call: Seconds | None = 600.0
    """A non-streamed call as a whole."""
    total: Seconds | None = None
    """Any call, streamed or not, retries and fallbacks included."""

    @classmethod
    def of(cls, value: float | int | Timeouts | Mapping[str, Any] | None) -> Timeouts:
        """One number bounds connect, first event, idle and a non-streamed call as a whole."""
        if isinstance(value, Timeouts):
            return value
        if value is None:
            return cls()
        if isinstance(value, int | float):
            limit = float(value)
            return cls(connect=limit, first_event=limit, idle=limit, call=limit)
        return cls(**value)


class Auth(Settings):
    """How a key travels.

    ``bearer``: ``Authorization: Bearer KEY``. ``header``: ``NAME: KEY`` (``prefix`` before the
    key, if set). ``query``: ``?NAME=KEY``. ``basic``: ``Authorization: Basic
    base64(username:KEY)``. ``none``: never send a key.
    """

    style: Literal["bearer", "header", "query", "basic", "none"] = "bearer"
    name: str | None = None
    """Header or query name; defaults: ``api-key`` for header, ``key`` for query."""
    prefix: str = ""
    username: str = ""


class Model(Settings):
    """One model of a provider, under an alias. ``None`` means unknown, never "no"."""

    id: str | None = None
    """Wire id; the alias itself when absent."""
    display_name: str | None = None
    base_url: str | None = None
    """Own endpoint of this model, where a provider has one per model."""
    api_key: SecretStr | KeyCallable | None = Field(default=None, exclude=True, repr=False)
    api_key_env: str | None = None
    api_key_keyring: str | None = None
    api_key_command: tuple[str, ...] | None = None
    api_key_file: str | None = None
    context_window: Annotated[int, Field(gt=0)] | None = None
    max_output_tokens: Annotated[int, Field(gt=0)] | None = None
    dimensions: Annotated[int, Field(gt=0)] | None = None
    """Length of the vectors of an embedding model, sent as ``dimensions`` only by callers."""
    tools: bool | None = None
    structured_output: bool | None = None
    reasoning: bool | None = None
    image_inputs: bool | None = None
    audio_inputs: bool | None = None
    streaming: bool | None = None
    """``False``: streams are made of one whole answer."""
    input_cost: Annotated[float, Field(ge=0)] | None = None
    """Price of a million input tokens. 0 is free, ``None`` unknown."""
    output_cost: Annotated[float, Field(ge=0)] | None = None
    query_prefix: str = ""
    """Put before a query text by embedding adapters."""
    document_prefix: str = ""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    dialect: dict[str, Any] = Field(default_factory=dict)
    """Facts that differ from the profile's for this model."""

    @field_validator("api_key", mode="before")
    @classmethod
    def _empty_key_is_no_key(cls, value: Any) -> Any:
        return _key(value)

    def without_key(self) -> Model:
        """The same without a key source, if it is at its provider's base URL."""
        if self.base_url is not None or all(getattr(self, name) is None for name in _SOURCES):
            return self
        return self.model_copy(update=dict.fromkeys(_SOURCES))

    def __getstate__(self) -> dict[Any, Any]:
        return _without_key(super().__getstate__())


class Provider(Settings):
    """One configured endpoint with its credentials.

    >>> Provider(name="local", base_url="http://127.0.0.1:8000").priority
    3
    """

    name: str
    """Used in model references (``name/model``), records and errors."""
    base_url: str
    display_name: str | None = None
    preset: str | None = None
    """Name of a service that is known (``docs/presets.md``): it fills in what is not given here, name,
    base URL, key variable, auth, profile."""
    profile: str | None = None
    """Name of a profile; the generic one when absent."""
    dialect: dict[str, Any] = Field(default_factory=dict)
    """Facts that differ from the profile's: ``{"max_tokens_field": "max_completion_tokens"}``."""
    adapt: Literal["auto", "off"] = "auto"
    """``auto``: a request that is refused for its form is sent once more in the form the server asks
    for, where that loses nothing. ``off``: its error is raised."""
    drop_params: tuple[str, ...] = ()
    """Parameters that may be left out when the server refuses them."""
    auth: Auth = Auth()
    """Also a style alone: ``"bearer"``, ``"none"``."""
    api_key: SecretStr | KeyCallable | None = Field(default=None, exclude=True, repr=False)
    api_key_env: str | None = None
    """Variable that holds the key; naming one that is not set is an error."""
    api_key_keyring: str | None = None
    """Keyring service that holds the key under this provider's name."""
    api_key_command: tuple[str, ...] | None = None
    """Program and arguments whose first line of output is the key; no shell. Its answer is kept until
    the server says 401."""
    api_key_file: str | None = None
    """File whose first line is the key, read for each attempt."""
    headers: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    query: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    extra_body: dict[str, Any] = Field(default_factory=dict)
    timeout: Timeouts = Timeouts()
    """Also one number of seconds, see :meth:`Timeouts.of`."""
    max_retries: Annotated[int, Field(ge=0)] = 2
    """Further attempts at this provider after the first."""
    priority: int = 3
    """1 is the highest; ties keep the declared order."""
    enabled: bool = True
    verify: bool | str = True
    """TLS: ``False`` checks nothing, a path names a CA bundle."""
    client_cert: str | None = None
    """TLS: path of a PEM file with client certificate and key."""
    proxy: str | None = Field(default=None, exclude=True, repr=False)
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

    @field_validator("auth", mode="before")
    @classmethod
    def _auth_style_alone(cls, value: Any) -> Any:
        return {"style": value} if isinstance(value, str) else value

    @field_validator("models", mode="before")
    @classmethod
    def _wire_id_alone(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {alias: {"id": one} if isinstance(one, str) else one for alias, one in value.items()}

    @field_validator("timeout", mode="before")
    @classmethod
    def _timeout_number(cls, value: Any) -> Any:
        return Timeouts.of(value) if value is None or isinstance(value, int | float) else value

    @field_validator("api_key", mode="before")
    @classmethod
    def _empty_key_is_no_key(cls, value: Any) -> Any:
        return _key(value)

    _lost: tuple[str, ...] = PrivateAttr(default=())
    _moved: bool = PrivateAttr(default=False)

    @property
    def moved(self) -> bool:
        """Whether the base URL was replaced by another host's: no key is this one's by its name."""
        return self._moved

    @property
    def lost(self) -> tuple[str, ...]:
        """Settings that stayed behind when this object was pickled, e.g. ``headers['X-Own']``."""
        return self._lost

    def __getstate__(self) -> dict[Any, Any]:
        """What a pickle holds: settings without secrets, and the names of those it lacks."""
        state = _without_key(super().__getstate__())
        values, lost = state["__dict__"], list(self._lost)
        for name in ("headers", "query"):
            values[name], left = without_secrets(values[name])
            lost += [f"{name}[{key!r}]" for key in left]
        if values["proxy"] is not None and "@" in values["proxy"]:
            values["proxy"] = None
            lost.append("proxy")
        private = {**(state["__pydantic_private__"] or {}), "_lost": tuple(dict.fromkeys(lost))}
        return {**state, "__pydantic_private__": private}

    def changed(self, **fields: Any) -> Provider:
        """The same with other fields; headers and query join its own.

        With a base URL of another origin it loses key, headers, query and client certificate, and its
        models their keys, if they have no base URL of their own: they were not made for that host.

        Raises:
            ConfigError: A value does not fit.

        >>> groq = Provider(name="groq", base_url="https://api.groq.com/openai/v1", api_key_env="K")
        >>> groq.changed(base_url="http://127.0.0.1:8000").api_key_env is None
        True
        """
        kept = {name: getattr(self, name) for name in self.model_fields_set}
        lost, moved = self._lost, self._moved
        if self._moves(fields.get("base_url")):
            lost, moved = tuple(name for name in lost if name == "proxy"), True
            kept = {name: value for name, value in kept.items() if name not in _BOUND}
            kept["models"] = {alias: model.without_key() for alias, model in self.models.items()}
        for joined in ("headers", "query"):
            if joined in kept and isinstance(fields.get(joined), Mapping):
                fields[joined] = {**kept[joined], **fields[joined]}
        if not fields.keys().isdisjoint(_SOURCES):
            kept = {name: value for name, value in kept.items() if name not in _SOURCES}
        made = Provider(**{**kept, **fields})
        found = {
            f"{joined}[{name!r}]" for joined in ("headers", "query") for name in getattr(made, joined)
        }
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


_SOURCES = ("api_key", "api_key_env", "api_key_keyring", "api_key_command", "api_key_file")
_BOUND = (*_SOURCES, "headers", "query", "client_cert")
"""Fields that hold what was given for one host."""


class LostKey:
    """Stands where a literal key or a callable was before pickling."""

    def __call__(self) -> str:
        """Say what to do, at the moment the key is needed."""
        raise MissingKeyError(
            "the key was left behind when this object was pickled",
            hint="Set api_key_env (a variable that also exists where it is unpickled) instead of "
            "api_key, or pass api_key again.",
        )

    def __repr__(self) -> str:
        return "LostKey()"


_HARMLESS = re.compile(
    r"accept.*|user-agent|content-type|x-title|http-referer|referer|openai-(beta|organization|project)"
    r"|api-version|x-request-.*",
    re.IGNORECASE,
)


def without_secrets(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Headers or query parameters fit for a pickle, and the names of those left out.

    Any value may be a secret, whatever its name; few are known not to be.

    >>> without_secrets({"api-version": "2024-10-21", "X-Own": "s3cret"})
    ({'api-version': '2024-10-21'}, ['X-Own'])
    """
    kept = {name: value for name, value in given.items() if _HARMLESS.fullmatch(name)}
    return kept, [name for name in given if name not in kept]


def _without_key(state: dict[Any, Any]) -> dict[Any, Any]:
    """State for a pickle, with a marker in the place of a literal key or a callable."""
    values = dict(state["__dict__"])
    if values["api_key"] is not None:
        values["api_key"] = LostKey()
    return {**state, "__dict__": values}


def _key(value: Any) -> Any:
    if isinstance(value, str):
        return SecretStr(value) if value.strip() else None
    if isinstance(value, SecretStr) and not value.get_secret_value().strip():
        return None
    return value
