"""One entry of ``tool_calls``, in the shapes servers give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from openai_compatible.wire.decode import dump

__all__ = ["ITEM_KEYS", "Item", "as_text", "read_item"]

ITEM_KEYS = frozenset({"index", "id", "type", "function", "custom", "name", "arguments"})
"""Keys of an entry and its function that are read."""


class Item(NamedTuple):
    """One entry of ``tool_calls``, read."""

    entry: Mapping[str, Any]
    function: Mapping[str, Any]
    # Hides tuple.index, which nobody needs here.
    index: int | None  # type: ignore[assignment]
    id: str
    name: str
    piece: str


def read_item(item: dict[str, Any]) -> Item:
    """An entry with its function, custom tool, or what stands flat in it."""
    function: Any = item.get("function")
    custom = item.get("custom")
    if isinstance(custom, dict) and not isinstance(function, dict):
        rest = {key: value for key, value in custom.items() if key != "input"}
        function = {**rest, "arguments": custom.get("input")}
    elif not isinstance(function, dict):
        function = item
    index = item.get("index")
    if isinstance(index, str) and index.isascii() and index.isdigit():
        index = int(index[:18])
    return Item(
        item,
        function,
        index if type(index) is int else None,
        _text(item.get("id")),
        _text(function.get("name")),
        as_text(function.get("arguments")),
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else ""


def as_text(value: Any) -> str:
    """Arguments as text: a value that is no text as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else dump(value)
