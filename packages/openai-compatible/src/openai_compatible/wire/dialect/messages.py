"""Messages in a server's dialect: roles, their order, the shape of content.

A step leaves alone what has not the shape of a message: the server will say what it thinks of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.dialect.step import Body, Step, roles

__all__ = ["STEPS"]

Message = Mapping[str, Any]

_SYSTEM = ("system", "developer")
_BRIDGE = "OK."
"""What the assistant says between a tool's answer and the user: something short without meaning."""


def _with_messages(body: Body, change: Callable[[list[Any]], list[Any]]) -> Body:
    """The body with other messages; the body itself if they are the same objects."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    made = change(messages)
    if len(made) == len(messages) and all(a is b for a, b in zip(made, messages, strict=True)):
        return body
    return {**body, "messages": made}


def _each(body: Body, change: Callable[[Message], Message]) -> Body:
    """The body with every message changed that is one."""
    return _with_messages(
        body, lambda messages: [change(m) if isinstance(m, Mapping) else m for m in messages]
    )


def _role(message: Any) -> Any:
    return message.get("role") if isinstance(message, Mapping) else None


def _system_role(body: Body, profile: Profile) -> Body:
    """Wire: ``{"role": "developer"}`` -> ``{"role": "system"}``."""
    known = {"system": {"developer": "system"}, "user": dict.fromkeys(_SYSTEM, "user")}
    names: Mapping[str, str] = known.get(profile.system_role, {})

    def change(message: Message) -> Message:
        role = message.get("role")
        return {**message, "role": names[role]} if isinstance(role, str) and role in names else message

    return _each(body, change) if _any_role(body, names) else body


def _any_role(body: Body, wanted: Collection[str]) -> bool:
    """Whether a message has one of these roles."""
    messages = body.get("messages")
    return isinstance(messages, list) and not roles(messages).isdisjoint(wanted)


def _system_messages(body: Body, profile: Profile) -> Body:
    """Wire: ``[system "a", system "b", user]`` -> ``[system "a\\n\\nb", user]``."""

    def change(messages: list[Any]) -> list[Any]:
        start = 0
        while start < len(messages) and _role(messages[start]) in _SYSTEM:
            start += 1
        told, rest = messages[:start], messages[start:]
        if profile.system_messages == "merge_all":
            told += [m for m in rest if _role(m) in _SYSTEM]
            rest = [m for m in rest if _role(m) not in _SYSTEM]
        if len(told) > 1:
            told = _joined(told)
        return told + rest

    return _with_messages(body, change) if profile.system_messages != "as_given" else body


def _joined(messages: list[Any]) -> list[Any]:
    """The messages in one, if the content of all can be joined."""
    made: Any = messages[0]
    for message in messages[1:]:
        content = _sum(made.get("content"), message.get("content"))
        if content is None:
            return messages
        made = {**message, **made, "content": content}
    return [made]


def _sum(one: Any, other: Any) -> Any:
    """Two contents in one; ``None`` if they are of unknown kinds."""
    if isinstance(one, str) and isinstance(other, str):
        return f"{one}\n\n{other}" if one and other else one or other
    parts = [*_parts(one), *_parts(other)]
    return parts if _is_content(one) and _is_content(other) else None


def _is_content(value: Any) -> bool:
    return isinstance(value, str | list)


def _parts(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return list(content) if isinstance(content, list) else []


def _merge_turns(body: Body, profile: Profile) -> Body:
    """Wire: ``[user "a", user "b"]`` -> ``[user "a\\n\\nb"]``; calls and tool answers stay apart."""

    def change(messages: list[Any]) -> list[Any]:
        made: list[Any] = []
        for message in messages:
            if made and _same_turn(made[-1], message):
                made[-1:] = _joined([made[-1], message])
            else:
                made.append(message)
        return made

    return _with_messages(body, change) if profile.merge_turns else body


def _same_turn(one: Any, other: Any) -> bool:
    role = _role(one)
    plain = {"role", "content", "name"}
    return (
        role in ("user", "assistant")
        and role == _role(other)
        and one.keys() <= plain
        and other.keys() <= plain
        and one.get("name") == other.get("name")
    )


def _tool_then_user(body: Body, profile: Profile) -> Body:
    """Wire: ``[tool, user]`` -> ``[tool, assistant "OK.", user]`` (tool-then-user)."""

    def change(messages: list[Any]) -> list[Any]:
        made: list[Any] = []
        for message in messages:
            if made and _role(made[-1]) == "tool" and _role(message) == "user":
                made.append({"role": "assistant", "content": _BRIDGE})
            made.append(message)
        return made

    return body if profile.tool_then_user else _with_messages(body, change)


def _text_parts(body: Body, profile: Profile) -> Body:
    """Wire: ``[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]`` -> ``"a\\nb"``."""

    def change(message: Message) -> Message:
        texts = _texts(message.get("content"))
        return message if texts is None else {**message, "content": "\n".join(texts)}

    return _each(body, change) if profile.text_parts == "string" else body


def _describe_text_parts(body: Body, profile: Profile) -> tuple[str, ...]:
    """The keys beside the texts, which one text has no place for."""
    lost = {
        str(key)
        for message in body["messages"]
        if isinstance(message, Mapping) and _texts(message.get("content")) is not None
        for part in message["content"]
        for key in part.keys() - {"type", "text"}
    }
    if not lost:
        return ()
    named = ", ".join(sorted(lost))[:200]
    return (f"{named} of text parts: this server takes texts without parts, so it was left out",)


def _texts(content: Any) -> list[str] | None:
    """The texts of a content of nothing but text parts."""
    if not isinstance(content, list):
        return None
    found = [part.get("text") if _is_text(part) else None for part in content]
    texts = [text for text in found if isinstance(text, str)]
    return texts if len(texts) == len(found) else None


def _is_text(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "text"


def _call_content(body: Body, profile: Profile) -> Body:
    """Wire: ``{"content": null, "tool_calls": [...]}`` -> ``{"content": "", "tool_calls": [...]}``."""

    def change(message: Message) -> Message:
        calls = message.get("tool_calls") or message.get("function_call")
        if not calls or message.get("content") or message.get("role") != "assistant":
            return message
        if profile.call_content == "empty":
            return message if message.get("content") == "" else {**message, "content": ""}
        if "content" not in message:
            return message
        return {key: value for key, value in message.items() if key != "content"}

    return _each(body, change) if profile.call_content != "null" else body


def _message_names(body: Body, profile: Profile) -> Body:
    """Wire: ``{"role": "user", "name": "ann"}`` -> ``{"role": "user"}``."""

    def change(message: Message) -> Message:
        if "name" not in message:
            return message
        return {key: value for key, value in message.items() if key != "name"}

    return body if profile.message_names else _each(body, change)


def _tool_images(body: Body, profile: Profile) -> Body:
    """Wire: ``[tool [text "see", image]]`` -> ``[tool "see", user [image]]``.

    The images of neighbouring tool answers come together, behind the last of them.
    """

    def change(messages: list[Any]) -> list[Any]:
        made: list[Any] = []
        images: list[Any] = []
        for message in messages:
            if _role(message) != "tool":
                made += _shown(images)
                images = []
                made.append(message)
                continue
            kept, found = _apart(message.get("content"))
            images += found
            made.append({**message, "content": kept} if found else message)
        return made + _shown(images)

    if profile.tool_images != "user" or not _any_role(body, ("tool",)):
        return body
    return _with_messages(body, change)


def _shown(images: list[Any]) -> list[Any]:
    return [{"role": "user", "content": images}] if images else []


def _apart(content: Any) -> tuple[Any, list[Any]]:
    """What of a tool's answer stays in it, and its images."""
    if not isinstance(content, list):
        return content, []
    images = [part for part in content if isinstance(part, Mapping) and part.get("type") == "image_url"]
    kept = [part for part in content if not any(part is image for image in images)]
    texts = _texts(kept)
    if texts is None or any(part.keys() - {"type", "text"} for part in kept):
        return kept, images
    return "\n".join(texts) or "The image follows.", images


def _prefill(body: Body, profile: Profile) -> Body:
    """Wire: ``[..., {"role": "assistant", "content": "{"}]`` -> the same with ``"prefix": true``."""
    messages = body.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    if (
        profile.prefill == "as_given"
        or not isinstance(messages, list)
        or not isinstance(last, Mapping)
        or last.get("role") != "assistant"
        or last.get("tool_calls")
    ):
        return body
    if profile.prefill == "prefix":
        if last.get("prefix") is True:
            return body
        return {**body, "messages": [*messages[:-1], {**last, "prefix": True}]}
    if body.get("continue_final_message") is True:
        return body
    return {**body, "continue_final_message": True, "add_generation_prompt": False}


STEPS = (
    Step(("tool_images",), _tool_images),
    Step(("system_role",), _system_role),
    Step(("system_messages",), _system_messages),
    Step(("text_parts",), _text_parts, _describe_text_parts),
    Step(("tool_then_user",), _tool_then_user),
    Step(("merge_turns",), _merge_turns),
    Step(("call_content",), _call_content),
    Step(("message_names",), _message_names),
    Step(("prefill",), _prefill),
)
