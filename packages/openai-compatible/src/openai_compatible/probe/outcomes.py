"""Every way a stage can end, as rows; a stage is a row with its facts filled in."""

from __future__ import annotations

from functools import cache
from typing import Any

from openai_compatible.probe.about_models import ROWS as ABOUT_MODELS
from openai_compatible.probe.before_http import ROWS as BEFORE_HTTP
from openai_compatible.probe.outcome import Outcome
from openai_compatible.probe.over_http import ROWS as OVER_HTTP
from openai_compatible.probe.stages import Stage, StageName
from openai_compatible.wire.plain import one_line

__all__ = ["OUTCOMES", "Outcome", "outcome", "stage"]

OUTCOMES: tuple[Outcome, ...] = (*BEFORE_HTTP, *OVER_HTTP, *ABOUT_MODELS)
"""In the order of the stages."""

_LONGEST = 600
"""Characters of a line: base URLs and commands are not cut, what servers say is cut before."""


@cache
def _by_name() -> dict[tuple[str, str], Outcome]:
    return {(row.stage, row.id): row for row in OUTCOMES}


def outcome(name: StageName, id: str) -> Outcome:
    """The row of that stage and id.

    >>> outcome("connection", "refused").ok
    False
    """
    return _by_name()[name, id]


def stage(name: StageName, id: str, seconds: float = 0.0, **facts: Any) -> Stage:
    """A stage that ended so.

    Args:
        name: The stage.
        id: The row.
        seconds: How long it took.
        facts: What stands for the words in braces of the row's sentences. Text of servers must be
            cut before (:func:`openai_compatible.wire.plain.quoted`).

    >>> stage("connection", "ok", address="127.0.0.1:8000").text
    '127.0.0.1:8000 accepts connections'
    """
    row = outcome(name, id)
    text = one_line(row.text.format(**facts), _LONGEST)
    return Stage(
        name, id, row.ok, text, one_line(row.change.format(**facts), _LONGEST), round(seconds, 3)
    )
