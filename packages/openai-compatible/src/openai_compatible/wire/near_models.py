"""Models of a server whose ids are like the one that was asked for."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

__all__ = ["LONGEST", "near_models"]

LONGEST = 100
"""Characters of an id that is shown or compared: a comparison takes time by the product of lengths."""
_MOST = 1_000
"""Ids of a list that are compared."""


def near_models(model: str, ids: Sequence[str]) -> list[str]:
    """The three ids that are most like a model's, best first.

    >>> near_models("gpt-4o-min", ["gpt-4o-mini", "llama"])
    ['gpt-4o-mini']
    """
    known = [id for id in ids[:_MOST] if len(id) <= LONGEST]
    return difflib.get_close_matches(model[:LONGEST], known, n=3, cutoff=0.4)
