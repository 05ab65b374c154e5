"""Regular expressions for text that a server or a foreign file wrote.

Every repetition in them is bounded, or cannot start again inside what it has read: a search takes time
that grows with the length of the text and no faster. ``tests/security/test_patterns.py`` measures it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from openai_compatible.lazy_attribute import lazy_attribute

__all__ = ["LazyPattern"]


class LazyPattern:
    """Alternatives of a regular expression, compiled at the first use: errors are rare, imports are not.

    Args:
        alternatives: Sources, joined by ``|``.
        flags: Flags of :mod:`re`. By default letter case is ignored, and ``.`` fits line breaks.

    >>> LazyPattern("rate.?limit", "throttl").search("Throttled") is not None
    True
    """

    def __init__(self, *alternatives: str, flags: int = re.IGNORECASE | re.DOTALL) -> None:
        self.source = "|".join(alternatives)
        self.flags = flags

    @lazy_attribute
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.source, self.flags)

    def __repr__(self) -> str:
        return f"LazyPattern({self.source!r})"

    def search(self, text: str) -> re.Match[str] | None:
        """The first place that fits."""
        return self.compiled.search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All places that fit, one after the other."""
        return self.compiled.finditer(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """The whole text, if it fits."""
        return self.compiled.fullmatch(text)
