"""``Preset``: what is known about one service before anybody has configured it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from openai_compatible.profiles.profile import Evidence

__all__ = ["Evidence", "Kind", "Preset", "Tier", "seen"]

Kind = Literal["local", "cloud", "gateway"]
"""``local``: a server of one's own; ``cloud``: a hosted service; ``gateway``: in front of others."""

Tier = Literal["verified", "replayed", "documented", "reported"]
"""How well a row is known:

========== =================================================================================
verified   the tests run against the real server
replayed   the tests replay what the real server sent
documented its documentation or its own source says so
reported   other programs, threads or general knowledge say so; nothing of its own was read
========== =================================================================================
"""


def seen(*sources: str, date: str = "2026-11-20") -> tuple[Evidence, ...]:
    """Evidence of one day.

    >>> seen("a documentation")
    (Evidence(source='a documentation', date='2026-11-20'),)
    """
    return tuple(Evidence(source, date) for source in sources)


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One service.

    >>> row = Preset(
    ...     name="acme",
    ...     display_name="Acme",
    ...     kind="cloud",
    ...     base_url="https://${ACME_REGION}.acme.example/v1",
    ...     tier="reported",
    ... )
    >>> row.variables
    ('ACME_REGION',)
    """

    name: str
    """Slug, also the name of the provider made of it."""
    display_name: str
    kind: Kind
    base_url: str
    """May hold ``${VARIABLE}`` for an account, a region or a resource."""
    tier: Tier
    other_base_urls: tuple[str, ...] = ()
    """Further addresses of the same service: regions, older hosts, special endpoints."""
    api_key_env: tuple[str, ...] = ()
    """Variables that programs read its key from, the recommended one first."""
    key: Literal["required", "optional", "none"] = "required"
    """``none``: the server does not look at a key."""
    auth: Mapping[str, str] | str = field(default="bearer", hash=False)
    """As ``Provider.auth`` takes it."""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    query: Mapping[str, str] = field(default_factory=dict, hash=False)
    profile: str | None = None
    """Name of a profile; ``None`` where no fact about the dialect is known."""
    local_port: int | None = None
    """Port that the server listens on unless told otherwise."""
    docs: str = ""
    """Address of its documentation, or of its source."""
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    """One fact each, as sentences for the documentation."""

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables in base URL, headers and query, in order, each once."""
        texts = (self.base_url, *self.headers.values(), *self.query.values())
        return tuple(dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text)))
