"""From arguments to targets: the one way in which every class of ours finds its servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from openai_compatible.config.concealed import sealed
from openai_compatible.config.connection_values import convert_numbers
from openai_compatible.config.load import Config, load_config, make_provider
from openai_compatible.config.provider import Provider
from openai_compatible.errors import (
    ConfigError,
    UnknownModelReferenceError,
    UnknownProviderError,
)
from openai_compatible.parameters import unknown
from openai_compatible.plan.routing import Target, resolve
from openai_compatible.presets.registry import presets
from openai_compatible.profiles.embedding_models import family

__all__ = ["prefix_for", "targets"]


@sealed
def targets(
    model: str | None = None,
    *,
    provider: Provider | str | None = None,
    base_url: str | None = None,
    api_key: Any = None,
    config: Config | str | Path | None = None,
    fallbacks: Sequence[str | Provider] = (),
    **fields: Any,
) -> tuple[Target, ...]:
    """Where requests go, best first: the one way in which every class of ours finds its servers.

    Args:
        model: With ``base_url`` or ``provider`` the wire id (or an alias of that provider), verbatim.
            Else a reference into the config: ``alias``, ``provider/model``, ``provider``, a route.
        provider: A :class:`Provider`, or the name of a configured one or of a preset. With ``base_url``
            a name that is neither is what the server is called.
        base_url: Of a server that is not configured, or instead of the provider's own.
        api_key: Text, ``SecretStr`` or a callable.
        config: A config or its path; by default the user's own file and environment.
        fallbacks: Providers or references to ask when the first fails.
        fields: Further fields of :class:`Provider` that replace the configured ones; ``headers`` and
            ``query`` join them. Of several targets those of the first provider get them all, the
            others only ``timeout`` and ``max_retries``: a key or header was made for one host.

    Raises:
        ConfigError: Nothing says where to go, or a reference fits nothing.

    >>> targets("qwen3", base_url="http://127.0.0.1:8000")[0].model
    'qwen3'
    """
    _refuse_unknown_fields(fields)
    _check(model=model, provider=provider, config=config, fallbacks=fallbacks)
    loaded: list[Config] = [config] if isinstance(config, Config) else []

    def known() -> Config:
        if not loaded:
            loaded.append(load_config(config if not isinstance(config, Config) else None))
        return loaded[0]

    changed = {name: value for name, value in fields.items() if value is not None}
    for name in ("headers", "query"):
        if name in changed:
            changed[name] = convert_numbers(changed[name])
    if api_key is not None:
        changed["api_key"] = api_key
    if base_url is not None or provider is not None:
        made = _provider(provider, base_url, known, changed)
        if not made.enabled:
            raise ConfigError(
                "the provider is switched off",
                provider=made.name,
                hint="Set enabled = true for it, or name another.",
            )
        first: tuple[Target, ...] = (Target.at(made, model or made.default_model or ""),)
    else:
        found = _resolved(model, known()) if model else _only(known())
        first = tuple(_with(target, changed, found[0].provider) for target in found)
    return first + tuple(target for other in fallbacks for target in _fallback(other, first[0], known))


def prefix_for(task: Literal["query", "document"], target: Target, *, auto: bool) -> str:
    """What is put before a text that is embedded: the model's own fact, else its family's.

    Args:
        task: What the text is.
        target: The model.
        auto: Whether the rows of ``profiles/embedding_models.py`` count.
    """
    facts = target.facts
    known = facts.query_prefix if task == "query" else facts.document_prefix
    if known or not auto or facts.query_prefix or facts.document_prefix:
        return known
    row = family(target.model)
    if row is None:
        return ""
    return row.query if task == "query" else row.document


_TAKEN: dict[str, tuple[tuple[type, ...], str]] = {
    "model": ((str,), "text"),
    "provider": ((Provider, str), "a Provider or the name of a configured one"),
    "config": ((Config, str, PathLike), "a Config or the path of a file"),
}


_ARGUMENTS = frozenset({
    "api_key",
    "base_url",
    "config",
    "fallbacks",
    "http_client",
    "model",
    "provider",
})  # fmt: skip
"""Arguments of :func:`targets` and of the clients that are no fields of :class:`Provider`."""


def _refuse_unknown_fields(fields: Mapping[str, Any]) -> None:
    """Refuse a misspelt argument before anything is looked up with the others."""
    known = Provider.model_fields.keys() - {"base_url", "api_key"}
    for name in fields:
        if name not in known:
            raise unknown(name, known | _ARGUMENTS, "a client")


def _check(fallbacks: object, **given: object) -> None:
    """Raise a :class:`ConfigError` for an argument of another type: nothing later would say it well."""
    for name, value in given.items():
        types, wanted = _TAKEN[name]
        if value is not None and not isinstance(value, types):
            raise ConfigError(f"{name} must be {wanted}, not {type(value).__name__}", param=name)
    if not isinstance(fallbacks, list | tuple) or not all(
        isinstance(other, str | Provider) for other in fallbacks
    ):
        raise ConfigError(
            "fallbacks must be a list of model references or Providers",
            param="fallbacks",
            hint="Write fallbacks=['provider/model'], also for one.",
        )


def _fallback(other: str | Provider, first: Target, known: Callable[[], Config]) -> tuple[Target, ...]:
    """The targets of one fallback; none at a provider that is switched off."""
    if isinstance(other, str):
        return _resolved(other, known())
    return (Target.at(other, other.default_model or first.model),) if other.enabled else ()


def _provider(
    provider: Provider | str | None,
    base_url: str | None,
    known: Callable[[], Config],
    changed: Mapping[str, Any],
) -> Provider:
    """The provider that arguments describe."""
    if isinstance(provider, str):
        fields = dict(changed) if base_url is None else {**changed, "base_url": base_url}
        if base_url is not None and not any(p.name == provider for p in known().providers):
            fields["preset" if provider in presets() else "name"] = provider
            return make_provider(**fields)
        return make_provider(provider=provider, config=known(), **fields)
    fields = dict(changed) if base_url is None else {**changed, "base_url": base_url}
    if provider is None:
        return make_provider(**fields)
    return make_provider(provider=provider, **fields) if fields else provider


_SHARED = ("timeout", "max_retries")


def _with(target: Target, changed: Mapping[str, Any], first: Provider) -> Target:
    """A target whose provider has other fields."""
    if target.provider.name != first.name:
        changed = {name: value for name, value in changed.items() if name in _SHARED}
    if not changed:
        return target
    return target._replace(provider=make_provider(provider=target.provider, **changed))


def _resolved(model: str, config: Config) -> tuple[Target, ...]:
    """The targets of a reference.

    What fits nothing in the config is a wire id where the environment's provider is the only one, and
    ``preset/model`` where the part before the slash is a preset.
    """
    try:
        return resolve(model, config)
    except (UnknownModelReferenceError, UnknownProviderError):
        if [provider.name for provider in config.providers] == ["env"]:
            return (Target.at(config.providers[0], model),)
        left, _, right = model.partition("/")
        if not right or left not in presets():
            raise
        return (Target.at(make_provider(provider=left, config=config), right),)


def _only(config: Config) -> tuple[Target, ...]:
    """The config's only provider, with its default model."""
    enabled = [provider for provider in config.providers if provider.enabled]
    if len(enabled) == 1:
        return (Target.at(enabled[0], enabled[0].default_model or ""),)
    if enabled:
        raise ConfigError(
            f"no model was named, and there are {len(enabled)} providers",
            hint=f"Name one: model='{enabled[0].name}/MODEL' (also: "
            f"{', '.join(provider.name for provider in enabled[1:])}).",
        )
    raise ConfigError(
        "no server was named",
        hint="Pass base_url='http://HOST:PORT/v1' and model=..., set OPENAI_COMPATIBLE_BASE_URL, or "
        "write a provider into providers.toml.",
    )
