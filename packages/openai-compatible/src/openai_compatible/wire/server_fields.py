"""Fields of an answer that only the server knows: one key holds them in both frameworks.

Frameworks read names in their own dicts: LlamaIndex calls ``resolve_image`` on what is in
``additional_kwargs["images"]``, LangChain takes ``output_version`` from ``response_metadata``. What a
server sends never stands there under a name of the server's choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["SERVER_FIELDS", "server_fields", "split_fields"]

SERVER_FIELDS = "server_fields"
"""Key of a message's ``additional_kwargs`` (fields of the message and of its choice), and of LangChain's
``response_metadata`` (fields beside the choices)."""

_OWN_NOTES = frozenset(
    {
        *("only_reasoning", "unopened_reasoning", "recovered_tool_calls", "nameless_tool_calls"),
        *("unfinished_tool_calls", "unverified_end", "unreadable_characters", "damaged_event"),
    }
)
"""What the parser itself says of an answer. No framework reads these names."""


def split_fields(extra: Mapping[str, Any], known: tuple[str, ...] = ()) -> dict[str, Any]:
    """The extra of an answer for a framework's dict: own notes and lists called ``known``, and the rest
    under :data:`SERVER_FIELDS`.

    >>> split_fields({"images": [], "only_reasoning": True})
    {'only_reasoning': True, 'server_fields': {'images': []}}
    """
    found: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, value in extra.items():
        ours = name in _OWN_NOTES or (name in known and isinstance(value, list))
        (found if ours else rest)[name] = value
    if rest:
        found[SERVER_FIELDS] = rest
    return found


def server_fields(held: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields that :func:`split_fields` put into a framework's dict; empty if there are none."""
    fields = held.get(SERVER_FIELDS)
    return fields if isinstance(fields, Mapping) else {}
