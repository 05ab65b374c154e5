"""Pictures and sound of earlier answers on their way back to a server.

Adapters give pictures as ``image_url`` parts of an assistant's content, and sound under the neutral key
``audio_memory``. OpenAI, vLLM templates, Mistral and others refuse such parts in an assistant message;
OpenRouter takes its own ``images`` back, OpenAI the id of its sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.dialect.step import Body, Step, any_with
from openai_compatible.wire.media import AUDIO_MEMORY

__all__ = ["STEPS"]

_NO_PICTURE = "[picture left out]"
"""Content of an answer that was nothing but a picture: servers refuse empty ones."""
_WAY = 'dialect={"assistant_media": ...} says how this server takes it back'


def _assistant_media(body: Body, profile: Profile) -> Body:
    """Wire: ``{"role": "assistant", "content": [text, image]}`` -> ``{..., "content": "text"}``."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not _may_have_media(messages):
        return body
    kept = [_speak(message, profile.assistant_media) for message in messages]
    if all(one is other for one, other in zip(kept, messages, strict=True)):
        return body
    return {**body, "messages": kept}


def _may_have_media(messages: list[Any]) -> bool:
    """A quick look before any copying, for histories are long."""
    try:
        if True not in [type(message["content"]) is list for message in messages]:
            return any_with(messages, AUDIO_MEMORY)
    except (TypeError, KeyError, IndexError):
        pass  # an odd message, or one without content
    return True


def _speak(message: Any, policy: str) -> Any:
    if not isinstance(message, Mapping):
        return message
    if AUDIO_MEMORY in message:
        message = _speak_audio(message, policy)
    images = _images(message)
    if not images or policy == "as_given":
        return message
    content = [part for part in message["content"] if not any(part is image for image in images)]
    spoken = {**message, "content": _shorten(content)}
    if message.get("tool_calls"):
        spoken["content"] = spoken["content"] or None  # OpenAI's own form beside calls
    if policy == "images":
        return {**spoken, "images": images}
    if not (content or message.get("tool_calls")):
        spoken["content"] = _NO_PICTURE
    return spoken


def _images(message: Mapping[str, Any]) -> list[Any]:
    """The picture parts of an assistant's message."""
    content = message.get("content")
    if message.get("role") != "assistant" or not isinstance(content, list):
        return []
    return [part for part in content if isinstance(part, Mapping) and part.get("type") == "image_url"]


def _shorten(parts: list[Any]) -> Any:
    """Parts of nothing but text as one text."""
    plain = all(
        isinstance(part, Mapping) and part.keys() == {"type", "text"} and isinstance(part["text"], str)
        for part in parts
    )
    return "\n".join(part["text"] for part in parts) if plain else parts


def _speak_audio(message: Mapping[str, Any], policy: str) -> Mapping[str, Any]:
    memory = message[AUDIO_MEMORY]
    rest = {key: value for key, value in message.items() if key != AUDIO_MEMORY}
    if message.get("role") != "assistant" or not isinstance(memory, Mapping):
        return rest
    if policy == "audio_id" and memory.get("id"):
        return {**rest, "audio": {"id": memory["id"]}}
    if not rest.get("content") and memory.get("transcript"):
        return {**rest, "content": memory["transcript"]}
    return rest


def _describe(body: Body, profile: Profile) -> tuple[str, ...]:
    """What is left out of a body that the step will change."""
    messages = [message for message in body["messages"] if isinstance(message, Mapping)]
    found = []
    if profile.assistant_media in ("omit", "audio_id") and any(map(_images, messages)):
        found.append(f"the pictures of earlier answers were left out ({_WAY})")
    if any(_loses_sound(message, profile.assistant_media) for message in messages):
        found.append(f"the sound of earlier answers was left out ({_WAY})")
    return tuple(found)


def _loses_sound(message: Mapping[str, Any], policy: str) -> bool:
    memory = message.get(AUDIO_MEMORY)
    return isinstance(memory, Mapping) and not (policy == "audio_id" and memory.get("id"))


STEPS = (Step(("assistant_media",), _assistant_media, _describe),)
