"""Model references -> targets, best first. Pure: a config in, targets out.

With ``provider`` or ``base_url`` given, a model is a wire id and nothing here is asked. Otherwise a
reference is, in this order: a route's name; ``provider/model``, split at the first slash if the left
part is a provider; an alias, at every provider that has it; a provider's name, for its default model.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
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

    Providers that are switched off are left out where others remain. A target that a route leads to
    twice comes once, at its first place.

    Raises:
        UnknownProviderError: The part before the slash is no provider, and the whole no alias.
        UnknownModelReferenceError: The reference fits nothing.
        ConfigError: All providers are switched off, or one names no default model.
    """
    route = config.routes.get(reference)
    if route is None:
        return _enabled(_single(reference, config))
    found: list[Target] = []
    try:
        for member in (route.primary, *route.fallback):
            found += _single(member, config)
    except ConfigError as error:
        told = f"route {reference!r}: {error.message}"
        raise type(error)(told, provider=error.provider, hint=error.hint) from None
    return _enabled(found)


def _enabled(found: Sequence[Target]) -> tuple[Target, ...]:
    """Those at providers that are switched on, each once."""
    places: dict[tuple[str, str], Target] = {}
    for target in found:
        if target.provider.enabled:
            places.setdefault((target.provider.name, target.model), target)
    if not places:
        raise ConfigError(
            "the provider is switched off",
            provider=found[0].provider.name,
            hint="Set enabled = true for it, or name another.",
        )
    return tuple(places.values())


def _single(reference: str, config: Config) -> list[Target]:
    """The targets of what is no route, at least one; providers that are switched off included."""
    providers = {provider.name: provider for provider in config.providers}
    left, slash, right = reference.partition("/")
    if slash and left in providers:
        if not right:
            raise UnknownModelReferenceError(
                f"{reference!r} names no model after the slash",
                hint=f"Write '{left}/MODEL', or '{left}' alone for its default model.",
            )
        return [Target.at(providers[left], right)]
    having = [provider for provider in config.providers if reference in provider.models]
    if having:
        return [Target.at(one, reference) for one in sorted(having, key=lambda one: one.priority)]
    if reference not in providers:
        raise _unknown(reference, config)
    provider = providers[reference]
    if provider.default_model is None:
        raise ConfigError(
            f"{reference!r} names a provider, and that has no default model",
            provider=reference,
            hint=f"Write '{reference}/MODEL', or set default_model for the provider.",
        )
    return [Target.at(provider, provider.default_model)]


def _unknown(reference: str, config: Config) -> ConfigError:
    """Both readings of a reference, and what is near to it."""
    names = [provider.name for provider in config.providers]
    aliases = [alias for provider in config.providers for alias in provider.models]
    left, slash, right = reference.partition("/")
    if slash:
        hint = _near(left, names) or _near(reference, aliases) or _known("Known providers", names)
        return UnknownProviderError(
            f"{reference!r} is neither model {right!r} of a provider {left!r} nor an alias", hint=hint
        )
    if reference in config.routes:
        return UnknownModelReferenceError(
            f"a route leads to the route {reference!r}",
            hint="Write models into a route: 'provider/model', an alias or a provider.",
        )
    known = [*names, *aliases, *config.routes]
    return UnknownModelReferenceError(
        f"{reference!r} is neither a provider nor an alias nor a route",
        hint=f"{_near(reference, known) or _known('Known', known)} "
        "A model id alone needs provider= or base_url= beside it.",
    )


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(dict.fromkeys(known)), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""


def _known(what: str, names: Iterable[str]) -> str:
    some = list(dict.fromkeys(names))[:12]
    if not some:
        return "No provider is configured: write one into providers.toml, or pass base_url."
    return f"{what}: {', '.join(some)}."
