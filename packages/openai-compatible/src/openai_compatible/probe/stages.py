"""What a connection test finds, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

__all__ = ["STAGES", "Report", "Stage", "StageName"]

StageName = Literal["key", "name", "connection", "tls", "http", "authentication", "models", "chat"]

STAGES: tuple[StageName, ...] = get_args(StageName)
"""In the order they are tried."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How one stage ended."""

    name: StageName
    outcome: str
    """Id of a row of ``probe/outcomes.py``: ``ok``, ``refused``, ``skipped`` ..."""
    ok: bool | None
    """``None``: not tried, or not to be decided."""
    text: str
    """What is so, one line: ``127.0.0.1:8000 refuses connections``."""
    change: str = ""
    """What to change, one line; empty where nothing is wrong."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """All stages of one connection test."""

    provider: str
    base_url: str
    stages: tuple[Stage, ...]
    models: tuple[str, ...] = ()
    """Ids that the server lists, as it writes them."""
    working_base_url: str | None = None
    """The spelling that was answered; it may differ from ``base_url``."""
    curl: str = ""
    """The minimal chat as a shell command; the key is ``***`` or its variable."""

    @property
    def ok(self) -> bool:
        """Whether the server answers as an API and nothing is wrong.

        >>> Report("p", "http://127.0.0.1", (Stage("http", "ok", True, "it answers"),)).ok
        True
        """
        answers = any(stage.ok for stage in self.stages if stage.name == "http")
        return answers and self.failed is None

    @property
    def failed(self) -> Stage | None:
        """The first stage that is wrong."""
        return next((stage for stage in self.stages if stage.ok is False), None)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values, with ``ok`` and the name of the stage that failed."""
        failed = self.failed
        return {
            "provider": self.provider,
            "base_url": self.base_url,
            "working_base_url": self.working_base_url,
            "ok": self.ok,
            "failed": None if failed is None else failed.name,
            "stages": [asdict(stage) for stage in self.stages],
            "models": list(self.models),
            "curl": self.curl,
        }
