"""A target made ready for requests: its dialect, base URL and key source, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openai_compatible.config.keys import KeySource, key_source
from openai_compatible.errors import MissingKeyError
from openai_compatible.plan.attempts import Site
from openai_compatible.plan.fingerprint import EndpointKey, endpoint_key, with_call
from openai_compatible.plan.routing import Target
from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.profiles.registry import profile
from openai_compatible.transport import memory
from openai_compatible.urls import BaseURL, base_url, candidates

__all__ = ["Place"]

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """A target made ready: its profile, base URL and key source."""

    target: Target
    profile: Profile
    base: BaseURL
    key: KeySource
    identity: EndpointKey
    """What it is remembered by, with the target's own model."""
    only: bool = False
    """The base URL is this one and no other spelling is tried."""

    @classmethod
    def of(cls, target: Target) -> Place:
        """Look up what the target names.

        Raises:
            ConfigError: The base URL, the profile's name or a fact of the dialect is wrong.
            MissingKeyError: The provider was unpickled without its secret headers.
        """
        provider = target.provider
        if provider.lost:
            raise MissingKeyError(
                f"these settings were left behind when it was pickled: {', '.join(provider.lost)}",
                provider=provider.name,
                hint="Set them again, or name the provider of a config file, which is read anew.",
            )
        facts = {**provider.dialect, **target.facts.dialect}
        address = base_url(target.facts.base_url or provider.base_url)
        return cls(
            target,
            with_facts(profile(provider.profile), facts),
            address,
            key_source(provider, target.facts),
            endpoint_key(target, address),
        )

    @property
    def site(self) -> Site:
        """This place for the plan, the spelling that worked before first."""
        provider = self.target.provider
        if self.only:
            return Site(provider.name, (self.base.url,), provider.max_retries)
        known = memory.base_url(self.identity.server)
        spellings = (known,) if known is not None else (self.base.url, *candidates(self.base))
        return Site(provider.name, spellings, provider.max_retries)

    def memory_key(
        self,
        model: str = "",
        headers: Mapping[str, str] = _NOTHING,
        query: Mapping[str, str] = _NOTHING,
    ) -> EndpointKey:
        """Return what the dialect of this place is remembered by.

        Args:
            model: Of the request; by default the target's.
            headers: Of the request alone, which may select another deployment.
            query: As ``headers``.
        """
        key = self.identity
        if model and model != key.model:
            key = EndpointKey(key.server, key.settings, model)
        return with_call(key, headers, query) if headers or query else key

    @property
    def limits(self) -> dict[memory.LimitKey, int]:
        """Requests in a minute: of the provider, of the model; empty where neither has a limit."""
        provider, facts = self.target.provider, self.target.facts
        found: dict[memory.LimitKey, int] = {}
        for model, limit in (("", provider.rate_limit), (self.target.model, facts.rate_limit)):
            if limit is not None:
                found[provider.name, self.base.url, model] = limit.requests_per_minute
        return found

    def learn(self, url: str) -> bool:
        """Remember that this spelling of the base URL was answered; return whether that is news."""
        server = self.identity.server
        if url == self.base.url or memory.base_url(server) == url:
            return False
        memory.learn_base_url(server, url)
        return True
