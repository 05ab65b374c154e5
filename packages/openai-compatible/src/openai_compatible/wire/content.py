"""Text and reasoning out of the many shapes that carry them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from openai_compatible.wire.decode import dump
from openai_compatible.wire.extras import Extras, fold_values

__all__ = [
    "DETAIL_KEYS",
    "REASONING_KEYS",
    "Parts",
    "find_odd_content",
    "fold_details",
    "read_parts",
    "read_reasoning",
    "text_of",
]

REASONING_KEYS = ("reasoning_content", "reasoning", "reasoning_text", "thinking")
"""Keys that carry reasoning as text. vLLM renamed the first into the second at 0.16."""

DETAIL_KEYS = ("reasoning_details", "thinking_blocks")
"""Keys that carry reasoning as a list of items, with signatures and encrypted data."""
_TEXT_KEYS = ("text", "thinking", "summary", "content", "value", "reasoning")
_REASONING_PARTS = frozenset({"thinking", "reasoning", "reasoning.text", "reasoning.summary"})
_TEXT_PARTS = frozenset({"text", "output_text", "input_text"})
_ENCRYPTED = frozenset({"reasoning.encrypted", "redacted_thinking", "encrypted"})


class Parts(NamedTuple):
    """What a content array holds; ``unknown`` are the parts that are neither text nor reasoning."""

    text: str
    reasoning: str
    refusal: str
    unknown: list[Any]


def text_of(value: Any) -> str:
    """The text in a text, a part, or a list of parts; ``""`` when there is none.

    >>> text_of([{"type": "text", "text": "a"}, "b"])
    'ab'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(text_of, value))
    if isinstance(value, Mapping) and _kind(value) not in _ENCRYPTED:
        return next((text for key in _TEXT_KEYS if (text := text_of(value.get(key)))), "")
    return ""


def read_parts(content: Any) -> Parts:
    """Take a content array apart.

    Wire:
        ``[{"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}, {"type": "text",
        "text": "Hi"}]`` -> text ``Hi``, reasoning ``hmm`` (Mistral magistral; resp-content-list of
        the quirk catalogue). A reasoning part with a signature is kept whole in ``unknown`` too, and
        so is a part of unknown kind whose ``text`` is read (Mistral's citations). A number is text.
    """
    text, reasoning, refusal = [], [], []
    unknown: list[Any] = []
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            text.append(part)
            continue
        kind = _kind(part)
        if kind in _REASONING_PARTS:
            reasoning.append(text_of(part))
            if len(part) > 2:
                unknown.append(part)
        elif kind == "refusal" and isinstance(part.get("refusal"), str):
            refusal.append(part["refusal"])
        elif isinstance(part, Mapping) and (found := _text_in(part, kind)):
            text.append(found)
            if kind not in (None, *_TEXT_PARTS) or set(part) - {"type", "text"}:
                unknown.append(part)
        elif type(part) in (int, float):
            text.append(dump(part))
        elif part not in (None, {}) and not (kind in _TEXT_PARTS and len(part) <= 2):
            unknown.append(part)
    return Parts("".join(text), "".join(reasoning), "".join(refusal), unknown)


def find_odd_content(content: Any) -> str:
    """What stands in the place of content and is none: ``""`` for text, parts and nothing.

    An object is content if it holds text, or names a kind other than text (a picture, an unknown part).

    >>> find_odd_content(True), find_odd_content({"type": "text", "text": ""})
    ('a boolean', '')
    """
    if isinstance(content, list):
        return next((odd for part in content if (odd := find_odd_content(part))), "")
    if isinstance(content, bool):
        return "a boolean"
    if not isinstance(content, Mapping):
        return ""
    kind = _kind(content)
    named = kind is not None and kind not in _TEXT_PARTS
    has_text = any(isinstance(content.get(key), str | list) for key in _TEXT_KEYS)
    return "" if named or has_text or text_of(content) else "an object without text"


def _text_in(part: Mapping[str, Any], kind: str | None) -> str:
    """The text of a part: of an unknown kind (Mistral's ``reference``) only what is called so."""
    if kind is None or kind in _TEXT_PARTS:
        return text_of(part)
    return "" if kind in _ENCRYPTED else text_of(part.get("text"))


def read_reasoning(message: Mapping[str, Any], extra: Extras) -> tuple[str, str]:
    """Reasoning text of a message or delta and the key it came in; ``("", "")`` for none.

    Servers that changed the name send both keys with the same text: it is read once. A second key
    with another text is kept in ``extra``. ``reasoning_details`` and ``thinking_blocks`` are kept
    verbatim (they hold signatures and encrypted items) and give the text only if nothing else does.

    Wire:
        ``{"reasoning": "hmm", "reasoning_content": "hmm"}`` -> ``("hmm", "reasoning_content")``
    """
    text, field = "", ""
    for key in REASONING_KEYS:
        value = message.get(key)
        if not value:
            continue
        found = text_of(value)
        if found and not text:
            text, field = found, key
        elif not found or found != text:
            extra.add(key, value)
    for key in DETAIL_KEYS:
        value = message.get(key)
        if not value:
            continue
        extra.add(key, value if isinstance(value, list) else [value])
        if not text and (found := text_of(value)):
            text, field = found, key
    return text, field


def fold_details(details: list[Any]) -> list[Any]:
    """Join the streamed pieces of each reasoning item: neighbours of one type, index and id.

    Without an index a signature ends an item: text after it begins the next one.

    >>> fold_details([{"type": "reasoning.text", "text": "h"}, {"type": "reasoning.text", "text": "m"}])
    [{'type': 'reasoning.text', 'text': 'hm'}]
    """
    groups: list[list[Any]] = []
    for item in details:
        if groups and _kind(item) in _ENCRYPTED and item == groups[-1][-1]:
            continue  # the same item, sent again
        if groups and _same_item(groups[-1][0], item) and not _ended(groups[-1][-1], item):
            groups[-1].append(item)
        else:
            groups.append([item])
    return [_join_item(group) for group in groups]


def _kind(part: Any) -> str | None:
    """The type a part names; anything but a text is no name."""
    kind = part.get("type") if isinstance(part, Mapping) else None
    return kind if isinstance(kind, str) else None


def _same_item(one: Any, other: Any) -> bool:
    return (
        isinstance(one, Mapping)
        and isinstance(other, Mapping)
        and _kind(one) not in _ENCRYPTED
        and one.get("type") == other.get("type")
        and one.get("index") == other.get("index")
        and (one.get("id") == other.get("id") or other.get("id") is None)
    )


def _ended(last: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    return bool(last.get("signature") and item.get("index") is None and text_of(item))


def _join_item(group: list[Any]) -> Any:
    if len(group) == 1:
        return group[0]
    joined: dict[str, Any] = {}
    for key in dict.fromkeys(key for item in group for key in item):
        values = [item[key] for item in group if item.get(key) is not None]
        if key in _TEXT_KEYS and all(isinstance(value, str) for value in values):
            joined[key] = "".join(values)
        else:
            joined[key] = (
                values[-1]
                if key in ("signature", "format") and values
                else fold_values(values or [None], key)
            )
    return joined
