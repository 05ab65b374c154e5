"""Settings that say where requests go, as the classes of the adapter packages take them.

Fields, their normal form, and what of them leaves the process. No framework is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from os import PathLike, fspath
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_serializer,
    model_validator,
)

from openai_compatible.body_settings import refuse_body_replacements
from openai_compatible.client import AsyncClient, Client
from openai_compatible.config.concealed import bare, sealed
from openai_compatible.config.connection_values import read_timeout, split_url
from openai_compatible.config.placeholders import is_harmless
from openai_compatible.config.provider import Auth, Provider, without_secrets
from openai_compatible.config.serialized import (
    check_settings_mapping,
    constructing,
    deserialising,
    is_constructing,
    is_deserialising,
)
from openai_compatible.config.settings import Settings
from openai_compatible.errors import ConfigError, MissingKeyError, OpenAICompatibleError
from openai_compatible.forks import ForkSafeLock
from openai_compatible.plan.fingerprint import EndpointKey, endpoint_key, fingerprint
from openai_compatible.plan.routing import Target
from openai_compatible.secret_mapping import SecretMapping, SecretText, conceal, reveal_pairs
from openai_compatible.targeting import targets

__all__ = ["Connection", "config_error", "normalise"]

_TARGET_FIELDS = (
    "api_key_env",
    "auth",
    "timeout",
    "response_limits",
    "max_retries",
    "rate_limit",
    "tls",
    "proxy",
    "api_version",
    "allow_insecure",
    "dialect",
    "adapt",
    "drop_params",
)
_CLIENTS = ("http_client", "http_async_client")
_making = ForkSafeLock()
"""Held while an object makes its client: two threads must not make two."""


class Connection(BaseModel):
    """Where requests go and with what. Mixed into the classes of a framework, before their base.

    The class it is mixed into names in ``_model_field`` the field with its model. Nothing of this
    opens a connection: clients are made at the first call.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())

    _model_field: ClassVar[str] = "model"
    """Field with the model: with ``base_url`` or ``provider`` the wire id, otherwise a reference
    into the configuration: an alias, ``provider/model``, a provider or a route."""

    provider: Any = None
    """Name of a configured provider or of a preset, or a :class:`~openai_compatible.Provider`. With
    ``base_url`` also any name, that the endpoint goes by in records, errors, traces and cache keys. A
    mapping of a provider's fields may name no program, file, keyring or variable that holds a key."""
    base_url: str | None = None
    config: Any = Field(default=None, repr=False)
    """Path of a configuration file, or a loaded one."""
    fallbacks: tuple[Any, ...] = ()
    """Model references or providers to try when this one cannot serve."""
    api_key: Any = Field(default=None, exclude=True, repr=False)
    """A key, or a callable that returns one (async too). ``None``: as the provider says."""
    api_key_env: str | None = None
    """Environment variable that holds the key."""
    api_version: str | None = None
    """Sent as the query parameter ``api-version``."""
    auth: Any = None
    """``"bearer"``, ``"header"``, ``"query"``, ``"basic"``, ``"none"`` or an ``Auth``."""
    organization: str | None = None
    """Sent as ``OpenAI-Organization``. An identifier, not a secret."""
    headers: Any = Field(default=None, exclude=True, repr=False)
    """Headers beside the provider's own, not sent to fallbacks. May hold secrets, so they are held as a
    :class:`~openai_compatible.secret_mapping.SecretMapping`, which shows none."""
    query: Any = Field(default=None, exclude=True, repr=False)
    """Query parameters beside the provider's own; treated as secret as well."""
    timeout: Any = None
    """Seconds, ``(connect, read)``, a ``Timeouts``, a mapping of its fields, or an httpx one."""
    response_limits: Any = None
    """``{"body": 1_000_000}`` and the like: sizes beyond which an answer is refused."""
    max_retries: int | None = None
    """Further attempts at a provider after the first."""
    rate_limit: Any = None
    """Requests in a minute at most, over all objects of this process that use the same server."""
    tls: Any = None
    """``{"ca_bundle": "ca.pem"}``, ``{"verify": False}`` and the like; a :class:`Tls`."""
    proxy: Any = Field(default=None, exclude=True, repr=False)
    """URL of a proxy; held as a ``SecretStr``, because it may hold a password."""
    allow_insecure: bool | None = None
    server_profile: str | None = None
    """Dialect of the server (``vllm``, ``llama_cpp`` ...)."""
    dialect: dict[str, Any] | None = None
    """Facts that differ from that profile's: ``{"reasoning_replay": "tool_loop"}``."""
    adapt: str | None = None
    """``"off"``: never send a refused request again in another form."""
    drop_params: tuple[str, ...] | None = None
    """Parameters that may be left out when the server refuses them."""
    http_client: Any = Field(default=None, exclude=True, repr=False)
    """Your own ``httpx.Client`` or ``httpx2.Client``, for sync calls."""
    http_async_client: Any = Field(default=None, exclude=True, repr=False)
    """Your own ``httpx.AsyncClient`` or ``httpx2.AsyncClient``, for async calls."""

    _targets: tuple[Target, ...] | None = PrivateAttr(default=None)
    _sync: Client | None = PrivateAttr(default=None)
    _async: AsyncClient | None = PrivateAttr(default=None)
    _endpoints: tuple[EndpointKey, ...] | None = PrivateAttr(default=None)
    _kept: str | None = PrivateAttr(default=None)
    _lost: tuple[str, ...] = PrivateAttr(default=())
    _deserialised: bool = PrivateAttr(default=False)
    """Whether a mapping from elsewhere described this object."""

    def __init__(self, **settings: Any) -> None:
        serialized = is_deserialising()
        with constructing():
            super().__init__(**settings)
        self._deserialised = serialized

    @model_validator(mode="wrap")
    @classmethod
    def _from_mapping(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Hold what pydantic validates apart from a constructor call to what a mapping may say."""
        if is_constructing() or not isinstance(data, Mapping):
            return handler(data)
        with deserialising():
            return handler(data)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """The object that a mapping describes; one that may come from elsewhere.

        Raises:
            ConfigError: A setting is wrong, or one that only code may set.
        """
        return cls._validated(super().model_validate, obj, options)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """As :meth:`model_validate`, from JSON."""
        return cls._validated(super().model_validate_json, json_data, options)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """As :meth:`model_validate`: readers of stored objects call this, too."""
        return cls.model_validate(values)

    @classmethod
    def _validated(cls, validate: Callable[..., Self], data: Any, options: Mapping[str, Any]) -> Self:
        wrong = None
        try:
            return validate(data, **options)
        except ValidationError as error:
            wrong = config_error(cls.__name__, error)
        del data
        raise wrong  # here, so that it does not hold the values as its context

    @field_serializer("config")
    def _config_as_path(self, value: Any) -> str | None:
        value = getattr(value, "source", value)
        return fspath(value) if isinstance(value, str | PathLike) else None

    @property
    def targets(self) -> tuple[Target, ...]:
        """The providers and wire ids requests go to, in order: first choice, then fallbacks."""
        found: tuple[Target, ...] | None = self._private("_targets")
        if found is None:
            found = self._targets = self._resolve()
        return found

    @property
    def fingerprint(self) -> str:
        """Hash of the resolved endpoints and of what this object adds: for keys of your own caches.

        Equal in every process for equal settings, another one as soon as a changed file leads elsewhere.
        It contains no key, and nothing can be read from it; see decision 0014.

        Raises:
            OpenAICompatibleError: The endpoints cannot be resolved.
        """
        kept: str | None = self._private("_kept")
        return kept or fingerprint(self._endpoint_keys(), self._fingerprint_additions())

    def _endpoint_keys(self) -> tuple[EndpointKey, ...]:
        found: tuple[EndpointKey, ...] | None = self._private("_endpoints")
        if found is None:
            found = self._endpoints = tuple(endpoint_key(target) for target in self.targets)
        return found

    def _fingerprint_additions(self) -> dict[str, Any]:
        return {}  # settings of the object, beside those of its targets, that change its answers

    @property
    def client(self) -> Client:
        """The client behind sync calls."""
        found: Client | None = self._private("_sync")
        if found is not None:
            return found
        with _making:
            if self._sync is None:
                self._sync = Client(self.targets, http_client=self.http_client)
            return self._sync

    @property
    def async_client(self) -> AsyncClient:
        """The client behind async calls."""
        found: AsyncClient | None = self._private("_async")
        if found is not None:
            return found
        with _making:
            if self._async is None:
                self._async = AsyncClient(self.targets, http_client=self.http_async_client)
            return self._async

    def _private(self, name: str) -> Any:
        """A private attribute, several times as fast as pydantic's own way to it."""
        values = self.__pydantic_private__
        return None if values is None else values.get(name)

    @property
    def provider_name(self) -> str:
        """Name of the first target's provider."""
        return self.targets[0].provider.name

    def close(self) -> None:
        """Close the connections of sync calls; the next call opens new ones."""
        client, self._sync = self._sync, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the connections of async calls; the next call opens new ones."""
        if self._async is not None:
            await self._async.aclose()

    @sealed
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy. One with other connection settings has clients of its own."""
        copy = super().model_copy(update=None, deep=deep)
        for name, value in (update or {}).items():
            setattr(copy, name, value)
        return copy

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        copy = self.__copy__()
        for name, value in copy.__dict__.items():
            if isinstance(value, dict | list):
                copy.__dict__[name] = deepcopy(value, memo)
        return copy

    @sealed
    def __setattr__(self, name: str, value: Any) -> None:
        if name not in Connection.model_fields and name != self._model_field:
            hide = isinstance(value, Mapping) and name in type(self).model_fields
            super().__setattr__(name, conceal({name: value})[name] if hide else value)
            return
        settings = {name: value}
        normalise(settings)
        for each, moved in settings.items():
            super().__setattr__(each, moved)
        self._targets = self._endpoints = self._kept = self._sync = self._async = None
        self._lost = tuple(lost for lost in self._lost if lost.partition("[")[0] != name)

    def __getstate__(self) -> dict[Any, Any]:
        """What a pickle holds: settings, no secrets, no clients. Using it says what is missing."""
        state = BaseModel.__getstate__(self)
        values, lost = dict(state["__dict__"]), list(self._lost)
        for name in ("api_key", "proxy"):
            if values[name] is not None and not (name == "api_key" and is_harmless(values[name])):
                values[name] = None
                lost.append(name)
        for name in ("headers", "query"):
            kept, left = without_secrets(reveal_pairs(values[name], name))
            values[name] = SecretMapping(kept) if kept else None
            lost += [f"{name}[{key!r}]" for key in left]
        values.update(dict.fromkeys(_CLIENTS))
        private = {**(state.get("__pydantic_private__") or {})}
        private.update(_targets=None, _endpoints=None, _sync=None, _async=None)
        private["_kept"] = self._fingerprint_for_pickle() if lost else None
        private["_lost"] = tuple(dict.fromkeys(lost))
        return {**state, "__dict__": values, "__pydantic_private__": private}

    def _fingerprint_for_pickle(self) -> str | None:
        try:  # an object without its secrets cannot make it anew
            return self.fingerprint
        except OpenAICompatibleError:
            return None

    def __setstate__(self, state: dict[Any, Any]) -> None:
        BaseModel.__setstate__(self, state)

    @sealed
    def _resolve(self) -> tuple[Target, ...]:
        if self._lost:
            raise MissingKeyError(
                f"this {type(self).__name__} was pickled without its secrets: {', '.join(self._lost)}",
                hint="Set them again on this object, or name their source (api_key_env, a config file).",
            )
        fields: dict[str, Any] = {name: getattr(self, name) for name in _TARGET_FIELDS}
        headers, query = reveal_pairs(self.headers, "headers"), reveal_pairs(self.query, "query")
        if isinstance(self.proxy, SecretStr):
            fields["proxy"] = self.proxy.get_secret_value()
        if self.organization:
            headers.setdefault("OpenAI-Organization", self.organization)
        fields.update(profile=self.server_profile, headers=headers or None, query=query or None)
        found = targets(
            getattr(self, self._model_field) or None,
            provider=self.provider,
            base_url=self.base_url,
            api_key=self.api_key,
            config=self.config,
            fallbacks=self.fallbacks,
            **fields,
        )
        if not self._deserialised or self.base_url is None:
            return found
        # Whoever wrote the address also wrote the name, and with it the variable of the key.
        first = found[0]._replace(provider=found[0].provider.without_conventional_key())
        return (first, *found[1:])


def normalise(settings: dict[str, Any]) -> None:
    """Bring values of many kinds to the ones the fields hold; in place.

    Raises:
        ConfigError: A value is of no kind that the field takes, or only code may set it.
    """
    check_settings_mapping(settings)
    refuse_body_replacements(settings)
    key = settings.get("api_key")
    if isinstance(key, str):
        settings["api_key"] = SecretStr(key) if key.strip() else None
    if isinstance(settings.get("base_url"), str):
        split_url(settings)
    for name in ("headers", "query"):
        if settings.get(name) is not None:
            settings[name] = SecretMapping(reveal_pairs(settings[name], name))
    if isinstance(settings.get("proxy"), str):
        settings["proxy"] = SecretText(settings["proxy"])
    if isinstance(settings.get("provider"), Mapping):
        settings["provider"] = _provider(settings["provider"])
    if "fallbacks" in settings:
        each = settings["fallbacks"] or ()
        each = (each,) if isinstance(each, str | Provider) else tuple(each)
        settings["fallbacks"] = tuple(
            _provider(f, "fallbacks") if isinstance(f, Mapping) else f for f in each
        )
    if isinstance(settings.get("auth"), Auth):
        settings["auth"] = settings["auth"].model_dump(exclude_defaults=True) or "bearer"
    for name in ("rate_limit", "response_limits", "tls"):
        if isinstance(settings.get(name), Settings):
            settings[name] = settings[name].model_dump(exclude_unset=True)
    if settings.get("timeout") is not None:
        settings["timeout"] = read_timeout(settings["timeout"])


def _provider(values: Mapping[str, Any], where: str = "provider") -> Provider:
    try:
        return Provider.from_mapping(values, where)
    except (ValidationError, TypeError) as error:  # TypeError: a name that is no text
        raise config_error(where, error) from None


def config_error(where: str, error: ValidationError | TypeError) -> ConfigError:
    """Pydantic's complaint in one line, without the value: it may be a secret."""
    if isinstance(error, TypeError):
        return ConfigError(f"{where}: the names of settings must be text", param=where)
    first = error.errors(include_input=False, include_url=False)[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ConfigError):
        return bare(cause)
    field = ".".join(str(part) for part in first["loc"]) or "settings"
    return ConfigError(f"{where}: {field}: {first['msg']}")
