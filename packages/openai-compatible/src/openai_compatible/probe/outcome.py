"""``Outcome``: one way a stage can end."""

from __future__ import annotations

from dataclasses import dataclass

from openai_compatible.probe.stages import StageName

__all__ = ["Outcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One row. ``text`` and ``change`` hold facts in braces: ``{address}``."""

    stage: StageName
    id: str
    ok: bool | None
    """``None``: not tried or not to be decided; nobody need act."""
    text: str
    change: str = ""
    items: tuple[str, ...] = ()
    """Troubleshooting entries of the guides (``docs/seeds.md``) that end here."""
    source: str = ""
    """Where it was seen, or what says so."""
