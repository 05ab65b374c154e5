"""What to say about a body that is not what was asked for."""

from __future__ import annotations

from typing import Any

from openai_compatible.errors import MalformedResponseError
from openai_compatible.wire.error_limits import TYPE, cut_text
from openai_compatible.wire.redact import redact

__all__ = ["malformed", "native_format"]

_EMPTY_STREAM = (
    "The server failed after it began to answer; look at its log. "
    "llama-cpp-python does so when the prompt is too long."
)
_BASE_URL = "Check the base URL: it usually ends in /v1."


def malformed(
    body: bytes,
    content_type: str | None = None,
    *,
    stream: bool = False,
    read: bool = False,
    what: str = "a chat answer",
    value: Any = None,
) -> MalformedResponseError:
    """The error for an unreadable body.

    Args:
        body: The body or its beginning.
        content_type: Its media type, if known.
        stream: It was an event stream.
        read: It is valid JSON of another shape.
        what: What was asked for.
        value: What was read, to name its format.
    """
    start = body.lstrip()[:200].lower()
    if not start and stream:
        text, hint = f"the stream ended without {what}", _EMPTY_STREAM
    elif not start:
        text, hint = (
            "the body is empty",
            "The server is overloaded or a proxy cut the answer; try again.",
        )
    elif start.startswith(b"<"):
        text, hint = "the server answered with a web page", f"{_BASE_URL} Or a proxy is in between."
    elif read or value is not None:
        kind = "stream" if stream else "JSON body"
        text, hint = f"the {kind} is not {what}", f"The server speaks another format. {_BASE_URL}"
        native = native_format(value)
        if native is not None:
            text, hint = f"{text} but {native[0]}", native[1]
    elif start[:1] in (b"{", b"["):
        text, hint = "the body is not valid JSON", "The server or a proxy cut the answer; try again."
    else:
        text, hint = f"the body is text, not {what}", f"{_BASE_URL} The text is in the error's `body`."
    media = f" ({cut_text(content_type, TYPE)})" if content_type else ""
    return MalformedResponseError(f"{text}{media}", body=redact(body), hint=hint)


_NATIVE = {
    "anthropic": (
        "one of Anthropic's Messages API",
        "Set base_url to the OpenAI-compatible address of the server (Anthropic: "
        "https://api.anthropic.com/v1/), or put a gateway such as LiteLLM before it.",
    ),
    "responses": (
        "one of OpenAI's Responses API",
        "Set base_url to the address whose /chat/completions answers (usually ending in /v1), not "
        "to /responses.",
    ),
    "gemini": (
        "one of Gemini's generateContent",
        "Set base_url to Gemini's OpenAI-compatible address: "
        "https://generativelanguage.googleapis.com/v1beta/openai/.",
    ),
    "ollama": (
        "one of Ollama's /api/generate",
        "Set base_url to Ollama's OpenAI-compatible address: http://localhost:11434/v1.",
    ),
}
_ANTHROPIC_EVENTS = ("message_start", "message_delta", "message_stop", "content_block_")


def native_format(value: Any) -> tuple[str, str] | None:
    """Name and hint for a body or a stream event of another well-known API; ``None`` for others.

    >>> native_format({"type": "message", "role": "assistant", "content": []})[0]
    "one of Anthropic's Messages API"
    """
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None
    kind = str(value.get("type"))
    if kind.startswith(_ANTHROPIC_EVENTS) or (kind == "message" and "content" in value):
        return _NATIVE["anthropic"]
    if kind.startswith("response.") or value.get("object") == "response":
        return _NATIVE["responses"]
    if isinstance(value.get("candidates"), list):
        return _NATIVE["gemini"]
    return _NATIVE["ollama"] if "done" in value and "response" in value else None
