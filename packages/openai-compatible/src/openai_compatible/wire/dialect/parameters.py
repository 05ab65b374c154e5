"""Parameters in a server's dialect: those left out, and those that need others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.dialect.step import Body, Step

__all__ = ["STEPS"]

_WORD = "Answer in JSON."
_NEEDED = frozenset({"model", "messages", "input"})


def _stop(body: Body, profile: Profile) -> Body:
    """Wire: ``"stop": "END"`` -> ``"stop": ["END"]`` (stop-must-be-list)."""
    stop = body.get("stop")
    return {**body, "stop": [stop]} if isinstance(stop, str) else body


def _drops(body: Body, profile: Profile) -> Body:
    """Wire: ``{"seed": 1}`` with ``drops=("seed",)`` -> ``{}``. What a request needs stays."""
    gone = {name for name in profile.drops if name in body and name not in _NEEDED}
    return {key: value for key, value in body.items() if key not in gone} if gone else body


def _schema_or_tools(body: Body, profile: Profile) -> Body:
    """Wire: ``{"tools": [...], "response_format": {...}}`` -> ``{"tools": [...]}``."""
    if profile.schema_with_tools is not False or not body.get("tools"):
        return body
    if "response_format" not in body:
        return body
    return {key: value for key, value in body.items() if key != "response_format"}


def _json_word(body: Body, profile: Profile) -> Body:
    """Wire: ``[user "Hi"]`` for ``json_object`` -> ``[system "Answer in JSON.", user "Hi"]``."""
    shape, messages = body.get("response_format"), body.get("messages")
    if (
        not profile.json_word
        or not isinstance(shape, Mapping)
        or shape.get("type") != "json_object"
        or not isinstance(messages, list)
        or any(_says_json(message) for message in messages)
    ):
        return body
    first = messages[0] if messages else None
    if isinstance(first, Mapping) and first.get("role") == "system":
        content = first.get("content")
        if isinstance(content, str):
            told = {**first, "content": f"{content}\n\n{_WORD}" if content else _WORD}
            return {**body, "messages": [told, *messages[1:]]}
    return {**body, "messages": [{"role": "system", "content": _WORD}, *messages]}


def _says_json(message: Any) -> bool:
    content = message.get("content") if isinstance(message, Mapping) else None
    if isinstance(content, list):
        return any(isinstance(p, Mapping) and "json" in str(p.get("text")).lower() for p in content)
    return isinstance(content, str) and "json" in content.lower()


STEPS = (
    Step((), _stop),
    Step(("drops",), _drops),
    Step(("schema_with_tools",), _schema_or_tools),
    Step(("json_word",), _json_word),
)
