"""Model references -> targets, best first. Pure: a config in, targets out.

With ``provider`` or ``base_url`` given, a model is a wire id and nothing here is asked. Otherwise a
reference is, in this order: a route's name; ``provider/model``, split at the first slash if the left
part is a provider; an alias, at every provider that has it; a provider's name, for its default model.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from openai_compatible.config.provider import Model, Provider
from openai_compatible.errors import ConfigError, UnknownModelReferenceError, UnknownProviderError

if TYPE_CHECKING:
    from openai_compatible.config.load import Config

__all__ = ["Target", "resolve"]


class Target(NamedTuple):
    """One model at one provider."""

    provider: Provider
    model: str
    """Wire id."""
    facts: Model

    @classmethod
    def at(cls, provider: Provider, model: str) -> Target:
        """That alias or wire id at that provider."""
        return cls(provider, provider.wire_id(model), provider.model_facts(model))


def resolve(reference: str, config: Config) -> tuple[Target, ...]:
    """The targets of a reference: several for a route, or for an alias that several providers have.

    Raises:
        UnknownProviderError: The part before the slash is no provider, and the whole no alias.
        UnknownModelReferenceError: The reference fits nothing.
        ConfigError: The provider is switched off, or names no default model.
    """
    route = config.routes.get(reference)
    if route is not None:
        return tuple(
            target for member in (route.primary, *route.fallback) for target in _single(member, config)
        )
    return _single(reference, config)


def _single(reference: str, config: Config) -> tuple[Target, ...]:
    providers = {provider.name: provider for provider in config.providers}
    left, slash, right = reference.partition("/")
    if slash and left in providers and right:
        return (Target.at(_enabled(providers[left]), right),)
    having = [p for p in config.providers if reference in p.models and p.enabled]
    if having:
        return tuple(Target.at(p, reference) for p in sorted(having, key=lambda p: p.priority))
    if reference in providers:
        provider = _enabled(providers[reference])
        if provider.default_model is None:
            raise ConfigError(
                f"{reference!r} names a provider, and that has no default model",
                provider=reference,
                hint=f"Write '{reference}/MODEL', or set default_model for the provider.",
            )
        return (Target.at(provider, provider.default_model),)
    raise _unknown(reference, config)


def _enabled(provider: Provider) -> Provider:
    if provider.enabled:
        return provider
    raise ConfigError(
        "the provider is switched off",
        provider=provider.name,
        hint="Set enabled = true for it, or name another.",
    )


def _unknown(reference: str, config: Config) -> ConfigError:
    """Both readings of a reference, and what is near to it."""
    names = [provider.name for provider in config.providers]
    aliases = [alias for provider in config.providers for alias in provider.models]
    left, slash, right = reference.partition("/")
    if slash:
        hint = _near(left, names) or (
            f"Known providers: {', '.join(names)}." if names else "No provider is configured."
        )
        return UnknownProviderError(
            f"{reference!r} is neither model {right!r} of a provider {left!r} nor an alias", hint=hint
        )
    hint = _near(reference, [*names, *aliases, *config.routes]) or _what_there_is(names, aliases)
    return UnknownModelReferenceError(
        f"{reference!r} is neither a provider nor an alias nor a route",
        hint=f"{hint} A model id alone needs provider= or base_url= beside it.",
    )


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""


def _what_there_is(names: list[str], aliases: list[str]) -> str:
    if not names:
        return "No provider is configured: write one into providers.toml, or pass base_url."
    return f"Known: {', '.join([*names, *aliases][:12])}."
