"""``Preset``: what is known about one service before anybody has configured it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from openai_compatible.profiles.profile import Evidence

__all__ = ["Evidence", "Kind", "Preset", "Proof", "Tier", "seen"]

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


@dataclass(frozen=True, slots=True)
class Proof:
    """One version of a server that the tests ran against, or whose answers they replay."""

    server: str
    """As it is installed: the name of the package or of the program."""
    version: str
    date: str
    """ISO date of the run, or of the recordings."""
    level: Literal["verified", "replayed"]
    evidence: str
    """Path in the repository: the tests, or the recordings."""


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
    tested: tuple[Proof, ...] = ()
    notes: tuple[str, ...] = ()
    """One fact each, as sentences for the documentation."""

    # -- for its page in docs/presets/
    start: tuple[str, ...] = ()
    """How to start it, for servers of one's own: shell commands, the shortest way first. ``MODEL`` and
    ``EMBEDDING_MODEL`` stand for ids; lines with ``#`` explain."""
    start_evidence: tuple[Evidence, ...] = ()
    """Where these commands were run or read; empty: from other programs or general knowledge."""
    key_page: str = ""
    """Address where a key is made, as other programs name it."""
    chat: bool = True
    """``False``: it serves embeddings only."""
    embeddings: bool | None = None
    """Whether it has an embeddings endpoint; ``None``: not known."""
    model_names: str = ""
    """How it names its models, in sentences."""
    default_model: str | None = None
    """Id that works whatever the server has loaded."""

    @property
    def date(self) -> str:
        """Date of the newest evidence for the tier.

        >>> Preset(
        ...     name="a", display_name="A", kind="cloud", base_url="https://a.example", tier="reported",
        ...     evidence=seen("one", date="2026-01-02") + seen("another", date="2026-01-01"),
        ... ).date
        '2026-01-02'
        """
        ran = [one.date for one in self.tested if one.level == self.tier]
        return max(ran or [one.date for one in self.evidence], default="")

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables in base URL, headers and query, in order, each once."""
        texts = (self.base_url, *self.headers.values(), *self.query.values())
        return tuple(dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text)))
