"""Who asks a server: what it says of its models to one key, it may not say to another.

Hashes with a salt of this process. They are kept in memory, never shown and never written.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass

from pydantic import SecretStr

from openai_compatible.config.keys import KeySource, key_source
from openai_compatible.config.provider import Auth
from openai_compatible.plan.routing import Target
from openai_compatible.transport.body import async_key, key

__all__ = ["Caller"]

_SALT = os.urandom(32)


@dataclass(frozen=True, slots=True)
class Caller:
    """The credentials of requests to a target: how a key travels, where it comes from, a certificate."""

    auth: Auth
    source: KeySource
    certificate: str | None

    @classmethod
    def of(cls, target: Target, source: KeySource | None = None) -> Caller:
        """Look up the credentials of a target. No key is asked for.

        Args:
            target: The target.
            source: Of its key, if it is known; one that keeps its key is asked once, then.
        """
        provider = target.provider
        source = key_source(provider, target.facts) if source is None else source
        return cls(provider.auth, source, provider.tls.client_cert)

    def with_key(self, sent: SecretStr | None) -> str:
        """Return the hash of this caller with the key that was sent."""
        text = "" if sent is None or self.auth.style == "none" else sent.get_secret_value().strip()
        return self._digest("key" if text else "no key", text)

    def at_once(self) -> str:
        """Return the hash of this caller without asking for a key.

        A key in a variable or in the settings counts by its value, one of a callable, a program, a file
        or a keyring by where it comes from.
        """
        if self.auth.style == "none" or self.source.reference is None:
            return self.with_key(self.source.known())
        return self._digest("reference", self.source.reference)

    def now(self) -> str:
        """Ask for the key, and return the hash of this caller with it.

        Raises:
            OpenAICompatibleError: As the source of the key raises.
        """
        return self.with_key(None if self.auth.style == "none" else key(self.source))

    async def anow(self) -> str:
        """As :meth:`now`."""
        return self.with_key(None if self.auth.style == "none" else await async_key(self.source))

    def _digest(self, kind: str, text: str) -> str:
        auth = self.auth
        how = [auth.style, auth.name, auth.prefix, auth.username, self.certificate]
        content = json.dumps([how, kind, text]).encode()
        return hashlib.blake2b(content, digest_size=32, key=_SALT).hexdigest()
