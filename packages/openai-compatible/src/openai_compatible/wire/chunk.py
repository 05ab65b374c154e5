"""The shapes of one decoded chunk, brought into OpenAI's."""

from __future__ import annotations

from typing import Any

from openai_compatible.wire.usage import whole_number

__all__ = ["as_openai", "entries", "index_of", "indexes"]

_OLLAMA = frozenset({"message", "done", "done_reason", "prompt_eval_count", "eval_count"})


def as_openai(chunk: dict[str, Any]) -> dict[str, Any]:
    """A line of Ollama's own ``/api/chat`` as an OpenAI chunk; any other chunk as it is.

    Wire:
        ``{"model": "m", "message": {"content": "Hi"}, "done": true, "done_reason": "stop"}`` ->
        ``{"model": "m", "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason":
        "stop"}]}`` (st:ndjson of the quirk catalogue, 2026-11-20)
    """
    message = chunk.get("message")
    if "choices" in chunk or "done" not in chunk or not isinstance(message, dict):
        return chunk
    rest = {key: value for key, value in chunk.items() if key not in _OLLAMA}
    if not chunk["done"]:
        return {**rest, "choices": [{"index": 0, "delta": message}]}
    entry = {"index": 0, "delta": message, "finish_reason": chunk.get("done_reason") or "stop"}
    usage = {key: chunk[key] for key in ("prompt_eval_count", "eval_count") if key in chunk}
    return {**rest, "choices": [entry], "usage": usage}


def entries(chunk: dict[str, Any]) -> list[dict[str, Any]]:
    """The choices of a chunk, as far as they are objects."""
    choices = chunk.get("choices")
    if isinstance(choices, dict):
        choices = [choices]
    if not isinstance(choices, list):
        return []
    return [choice for choice in choices if isinstance(choice, dict)]


def indexes(choices: list[dict[str, Any]]) -> list[int]:
    """The index of each choice; its place where there is none, or where whole messages share one."""
    found = [index_of(choice, place) for place, choice in enumerate(choices)]
    if len(set(found)) != len(found) and all("message" in choice for choice in choices):
        return list(range(len(choices)))
    return found


def index_of(entry: dict[str, Any], place: int) -> int:
    """The index an object names, as a number or digits, or else its place."""
    number = whole_number(entry.get("index"))
    return place if number is None else number
