"""Unknown keys, kept. Streams bring them in pieces; the end puts the pieces together."""

from __future__ import annotations

from typing import Any

__all__ = ["Extras", "fold_values"]


class Extras:
    """Values of unknown keys in the order they came. Null and empty ones say nothing: left out."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[str, list[Any]] = {}

    def add(self, key: str, value: Any) -> None:
        """Keep one value; appending costs the same however much came before."""
        if value is None or value in ("", [], {}):
            return
        if isinstance(value, dict) and not any(item is not None for item in value.values()):
            return
        self._seen.setdefault(key, []).append(value)

    def last(self, key: str, value: Any) -> None:
        """Keep a value that replaces the earlier ones, as running totals do."""
        if value is not None:
            self._seen[key] = [value]

    def fold(self) -> dict[str, Any]:
        """Each key with its pieces put together."""
        return {key: fold_values(values) for key, values in self._seen.items()}


def fold_values(values: list[Any]) -> Any:
    """Put the pieces of one streamed value together, in linear time.

    Equal pieces are one value sent again. Texts are joined, lists are joined, objects are folded
    key by key, of anything else the last one counts.

    >>> fold_values([{"a": "x", "n": 1}, {"a": "y", "n": 2}])
    {'a': 'xy', 'n': 2}
    """
    first = values[0]
    if len(values) == 1 or all(value == first for value in values):
        return first
    if all(isinstance(value, str) for value in values):
        return "".join(values)
    if all(isinstance(value, list) for value in values):
        return [item for value in values for item in value]
    if all(isinstance(value, dict) for value in values):
        pieces: dict[str, list[Any]] = {}
        for value in values:
            for key, item in value.items():
                if item is not None or key not in pieces:
                    pieces.setdefault(key, []).append(item)
        return {
            key: fold_values([i for i in items if i is not None] or [None])
            for key, items in pieces.items()
        }
    return values[-1]
