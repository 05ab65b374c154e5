"""Unknown keys, kept. Streams bring them in pieces; the end puts the pieces together."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

__all__ = ["Extras", "fold_values"]

_DELTA_KEYS = frozenset(
    {
        # OpenAI: text, tool calls, audio
        *("text", "content", "refusal", "arguments", "input", "delta", "data", "transcript"),
        # log probabilities of chat and of completions
        *("token", "tokens", "bytes", "logprobs", "token_logprobs", "top_logprobs", "text_offset"),
        # reasoning items, thinking blocks
        *("reasoning", "reasoning_content", "reasoning_text", "reasoning_details"),
        *("thinking", "thinking_blocks", "summary", "value", "partial_json"),
        # token ids: vLLM and SGLang
        *("token_ids", "output_ids", "output_token_ids", "completion_token_ids"),
        "generated_token_ids",
    }
)
"""Keys whose pieces go on, also where they are equal. Under any other key, equal pieces are one value
that is sent with every chunk (``provider``, ``severity``, ``annotations``)."""


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
        return {key: fold_values(values, key) for key, values in self._seen.items()}


def fold_values(values: list[Any], key: str = "") -> Any:
    """Put the pieces of one streamed value together, in linear time.

    Texts are joined, lists are joined, objects are folded key by key, of anything else the last one
    counts. Equal texts and equal lists are one value sent again, unless the key says that they are
    pieces. A list that begins with the one before it says everything again.

    >>> fold_values([{"data": "x", "id": "i", "n": 1}, {"data": "x", "id": "i", "n": 2}])
    {'data': 'xx', 'id': 'i', 'n': 2}
    """
    first = values[0]
    if len(values) == 1:
        return first
    pieces_go_on = key in _DELTA_KEYS
    if all(isinstance(value, str) for value in values):
        repeated = not pieces_go_on and all(value == first for value in values)
        return first if repeated else "".join(values)
    if all(isinstance(value, list) for value in values):
        if not pieces_go_on and _is_growing(values):
            return values[-1]
        return [item for value in values for item in value]
    if all(isinstance(value, dict) for value in values):
        pieces: dict[str, list[Any]] = {}
        for value in values:
            for name, item in value.items():
                if item is not None or name not in pieces:
                    pieces.setdefault(name, []).append(item)
        return {
            name: fold_values([i for i in items if i is not None] or [None], name)
            for name, items in pieces.items()
        }
    return values[-1]


def _is_growing(values: list[list[Any]]) -> bool:
    """Whether each list begins with the one before it: it is whole each time."""
    return all(later[: len(earlier)] == earlier for earlier, later in pairwise(values))
