"""Reasoning on its way out: the switch that asks for it, and what is sent back of earlier answers.

Both are read from neutral keys that never leave: ``reasoning_request`` in the body, and
``reasoning_memory`` in an assistant's message::

    {"text": "hm", "field": "reasoning_content", "origin": "https://host", "model": "m",
     "details": [...], "detail_field": "reasoning_details", "parts": [...],
     "calls": {"call id": {"extra_content": {...}}}}

``field`` is where it came in: a key, ``content`` (parts of a content array), or an opening mark such
as ``<think>``. ``details`` and ``parts`` are the server's own items, with signatures. ``calls`` are
the further keys of tool calls; thought signatures among them go back whatever the policy is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openai_compatible.errors import ConfigError
from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.dialect.step import Body, Step, any_with

__all__ = ["MEMORY", "REQUEST", "STEPS", "check_switch", "remembered"]

REQUEST = "reasoning_request"
MEMORY = "reasoning_memory"

_OFF = frozenset({"none", "off", "disabled"})
_KNOWN = frozenset({"effort", "enabled", "budget"})


class _Asked:
    """What ``reasoning=`` asks for, taken apart."""

    __slots__ = ("budget", "effort", "on", "rest")

    def __init__(self, value: Any) -> None:
        given = value if isinstance(value, Mapping) else {}
        effort = value if isinstance(value, str) else given.get("effort")
        self.effort: str | None = effort if isinstance(effort, str) and effort not in _OFF else None
        self.budget = given.get("budget")
        off = value is False or given.get("enabled") is False or effort in _OFF
        self.on = not off
        self.rest = {key: item for key, item in given.items() if key not in _KNOWN}


def check_switch(value: Any, profile: Profile) -> None:
    """Raise where ``reasoning=`` has no form in this dialect.

    Raises:
        ConfigError: The value is of another type; the server's switch is not known; the switch has no
            place for an option; the server does not know the effort.
    """
    if not isinstance(value, bool | str | Mapping):
        raise ConfigError(
            f"reasoning cannot be {value!r}",
            param="reasoning",
            hint='Give True, False, an effort such as "low", or {"effort": ...} / {"budget": ...}.',
        )
    switch, asked = profile.reasoning_switch, _Asked(value)
    if switch is None and not (isinstance(value, str) and asked.on):
        raise ConfigError(
            "how this server switches reasoning is not known",
            param="reasoning",
            hint='Say it: dialect={"reasoning_switch": "enable_thinking"} (or "reasoning_effort", '
            '"reasoning_object", "thinking_object", "template_enable_thinking", "template_thinking"), '
            "or send the server's own parameter by extra_body.",
        )
    if asked.rest and switch != "reasoning_object":
        raise ConfigError(
            f"reasoning has no {next(iter(asked.rest))!r} for this server",
            param="reasoning",
            hint="Send the server's own parameter by extra_body.",
        )
    efforts = profile.reasoning_efforts
    wanted = asked.effort or (None if asked.on or switch != "reasoning_effort" else "none")
    if efforts and wanted is not None and wanted not in efforts:
        raise ConfigError(
            f"this server knows no reasoning effort {wanted!r}",
            param="reasoning",
            hint=f"Choose one of {', '.join(efforts)}.",
        )


def _effort(asked: _Asked, body: Body, profile: Profile) -> Body:
    efforts = profile.reasoning_efforts
    usual = "medium" if not efforts or "medium" in efforts else efforts[-1]
    return {"reasoning_effort": (asked.effort or usual) if asked.on else "none"}


def _object(asked: _Asked, body: Body, profile: Profile) -> Body:
    made = dict(asked.rest)
    if asked.effort is not None and asked.on:
        made["effort"] = asked.effort
    if asked.budget is not None:
        made["max_tokens"] = asked.budget
    if not made or not asked.on:
        made["enabled"] = asked.on
    return {"reasoning": made}


def _thinking(asked: _Asked, body: Body, profile: Profile) -> Body:
    thinking: Body = {"type": "enabled" if asked.on else "disabled"}
    if asked.budget is not None:
        thinking["budget_tokens"] = asked.budget
    made: Body = {"thinking": thinking}
    if asked.effort is not None and asked.on:
        made["reasoning_effort"] = asked.effort
    return made


def _enable(asked: _Asked, body: Body, profile: Profile) -> Body:
    made: Body = {"enable_thinking": asked.on}
    if asked.budget is not None:
        made["thinking_budget"] = asked.budget
    return made


def _template(name: str) -> Callable[[_Asked, Body, Profile], Body]:
    def write(asked: _Asked, body: Body, profile: Profile) -> Body:
        given = body.get("chat_template_kwargs")
        return {
            "chat_template_kwargs": {name: asked.on, **(given if isinstance(given, Mapping) else {})}
        }

    return write


_SWITCHES: Mapping[str | None, Callable[[_Asked, Body, Profile], Body]] = {
    None: _effort,  # OpenAI's own parameter: only efforts get here
    "reasoning_effort": _effort,
    "reasoning_object": _object,
    "thinking_object": _thinking,
    "enable_thinking": _enable,
    "template_enable_thinking": _template("enable_thinking"),
    "template_thinking": _template("thinking"),
}


def _switch(body: Body, profile: Profile) -> Body:
    """Wire: ``reasoning="low"`` with ``reasoning_object`` -> ``{"reasoning": {"effort": "low"}}``."""
    if REQUEST not in body:
        return body
    made = {key: value for key, value in body.items() if key != REQUEST}
    value = body[REQUEST]
    if value is not None:
        made.update(_SWITCHES[profile.reasoning_switch](_Asked(value), made, profile))
    return made


def remembered(messages: Sequence[Any], origin: str, model: str) -> Sequence[Any]:
    """The messages, without reasoning that another origin or model gave, or that nobody signed.

    >>> remembered([{"role": "assistant", "reasoning_memory": {"text": "hm"}}], "http://a", "m")
    [{'role': 'assistant'}]
    """
    if not any_with(messages, MEMORY):
        return messages
    return [
        message
        if not isinstance(message, Mapping) or MEMORY not in message or _mine(message, origin, model)
        else _without(message)
        for message in messages
    ]


def _mine(message: Mapping[str, Any], origin: str, model: str) -> bool:
    memory = message[MEMORY]
    return (
        isinstance(memory, Mapping) and memory.get("origin") == origin and memory.get("model") == model
    )


def _without(message: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key != MEMORY}


def _replay(body: Body, profile: Profile) -> Body:
    """Put reasoning back where the policy wants it, and take the neutral key away everywhere."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    policy = profile.reasoning_replay
    if policy == "never" and not any_with(messages, MEMORY):
        return body
    loop = _loop_start(messages)
    made = [_replayed(m, policy, index >= loop, profile) for index, m in enumerate(messages)]
    if all(one is other for one, other in zip(made, messages, strict=True)):
        return body
    return {**body, "messages": made}


def _loop_start(messages: list[Any]) -> int:
    """Index after the last message by the user."""
    for index in range(len(messages) - 1, -1, -1):
        if isinstance(messages[index], Mapping) and messages[index].get("role") == "user":
            return index + 1
    return 0


def _replayed(message: Any, policy: str, in_loop: bool, profile: Profile) -> Any:
    if not isinstance(message, Mapping):
        return message
    if message.get("role") != "assistant":
        return _without(message) if MEMORY in message else message
    calls = bool(message.get("tool_calls"))
    wanted = policy == "always" or (
        policy != "never" and ((policy == "tool_calls" and calls) or in_loop)
    )
    memory = message.get(MEMORY)
    if calls and isinstance(memory, Mapping):
        message = _signed(message, memory.get("calls"), everything=wanted)
    if wanted and isinstance(memory, Mapping):
        return _with_reasoning(_without(message), memory, profile)
    if wanted and profile.reasoning_filler is not None:
        field = profile.reasoning_field or "reasoning_content"
        # A filler stands under a key: reasoning in the text, between marks or in parts, has none.
        if field not in message and field == _key(field) != "content":
            return {**_without(message), field: profile.reasoning_filler}
    return _without(message) if MEMORY in message else message


def _signed(message: Mapping[str, Any], extras: Any, *, everything: bool) -> Mapping[str, Any]:
    """The message with the further keys its tool calls came with: all, or only ``extra_content``.

    Gemini refuses calls without their ``extra_content.google.thought_signature``
    (gemini-thought-signature of the quirk catalogue); no other server sends that key.
    """
    calls = message["tool_calls"]
    if not isinstance(extras, Mapping) or not isinstance(calls, list):
        return message
    made = []
    for call in calls:
        call_id = call.get("id") if isinstance(call, Mapping) else None
        extra = extras.get(call_id) if isinstance(call_id, str) else None
        given = extra if isinstance(extra, Mapping) else {}
        more = {key: value for key, value in given.items() if everything or key == "extra_content"}
        made.append({**more, **call} if more else call)
    return {**message, "tool_calls": made}


def _with_reasoning(
    message: dict[str, Any], memory: Mapping[str, Any], profile: Profile
) -> dict[str, Any]:
    """The message with its reasoning, in the form it came in or in the one the profile names."""
    text, came_in = memory.get("text"), memory.get("field")
    details, detail_field = memory.get("details"), memory.get("detail_field") or "reasoning_details"
    field = profile.reasoning_field or (came_in if isinstance(came_in, str) else None)
    if details and profile.reasoning_field in (None, detail_field):
        message.setdefault(detail_field, details)
        if field in (None, detail_field):
            return message
    if not isinstance(text, str) or not text:
        return message
    if field == "content":
        parts = memory.get("parts")
        return _in_parts(message, parts if isinstance(parts, list) else [], text)
    marks = next((pair for pair in profile.reasoning_tags if pair[0] == field), None)
    if marks is not None:
        content = message.get("content")
        if content is None or isinstance(content, str):
            message["content"] = f"{marks[0]}{text}{marks[1]}\n\n{content or ''}"
        return message
    message.setdefault(_key(field), text)
    return message


def _key(field: str | None) -> str:
    return field if field and not field.startswith(("<", "[")) else "reasoning_content"


def _in_parts(message: dict[str, Any], parts: list[Any], text: str) -> dict[str, Any]:
    thinking = parts or [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]
    content = message.get("content")
    if isinstance(content, str) and content:
        content = [{"type": "text", "text": content}]
    message["content"] = [*thinking, *(content if isinstance(content, list) else [])]
    return message


STEPS = (
    Step(("reasoning_switch", "reasoning_efforts"), _switch),
    Step(
        ("reasoning_replay", "reasoning_field", "reasoning_filler", "reasoning_tags"),
        _replay,
    ),
)
