"""Where the values of a provider come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["Origins"]


class Origins:
    """What was given, and what is known of who gave it. No part of a value: all are equal.

    >>> Origins(["timeout"], {"models.small": "providers.toml:9"}).of("models.small.tools")
    'providers.toml:9'
    """

    __slots__ = ("elsewhere", "given", "said")

    def __init__(
        self,
        given: Iterable[str] = (),
        said: Mapping[str, str] | None = None,
        *,
        elsewhere: bool = False,
    ) -> None:
        self.given = frozenset(given)
        """Names of the fields that were given, not filled in."""
        self.said = dict(said or {})
        """By the path of a setting."""
        self.elsewhere = elsewhere
        """Whether a mapping that somebody else may have written described the whole."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origins)

    def __hash__(self) -> int:
        return hash(Origins)

    def of(self, path: str) -> str | None:
        """What is said of a setting, or of the table it is in."""
        while path:
            if path in self.said:
                return self.said[path]
            path = path.rpartition(".")[0]
        return None

    def without(self, fields: Iterable[str]) -> dict[str, str]:
        """What is said of other fields than these."""
        gone = set(fields)
        return {path: said for path, said in self.said.items() if path.partition(".")[0] not in gone}
