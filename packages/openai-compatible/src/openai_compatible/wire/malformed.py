"""What to say about a body that is not what was asked for."""

from __future__ import annotations

from openai_compatible.errors import MalformedResponseError
from openai_compatible.wire.error_limits import TYPE, cut_text
from openai_compatible.wire.redact import redact

__all__ = ["malformed"]

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
) -> MalformedResponseError:
    """The error for an unreadable body.

    Args:
        body: The body or its beginning.
        content_type: Its media type, if known.
        stream: It was an event stream.
        read: It is valid JSON of another shape.
        what: What was asked for.
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
    elif read:
        kind = "stream" if stream else "JSON body"
        text, hint = f"the {kind} is not {what}", f"The server speaks another format. {_BASE_URL}"
    elif start[:1] in (b"{", b"["):
        text, hint = "the body is not valid JSON", "The server or a proxy cut the answer; try again."
    else:
        text, hint = f"the body is text, not {what}", f"{_BASE_URL} The text is in the error's `body`."
    media = f" ({cut_text(content_type, TYPE)})" if content_type else ""
    return MalformedResponseError(f"{text}{media}", body=redact(body), hint=hint)
