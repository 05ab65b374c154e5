"""A whole body that must be JSON."""

from __future__ import annotations

from typing import Any

from openai_compatible.wire.body_decoder import too_deep
from openai_compatible.wire.decode import MAX_DEPTH, NestingError, decode
from openai_compatible.wire.malformed import malformed

__all__ = ["read_json"]


def read_json(body: bytes, content_type: str | None = None, *, what: str, depth: int = MAX_DEPTH) -> Any:
    """Decode a body.

    Args:
        body: The whole body.
        content_type: Its media type, for error messages.
        what: What was asked for, for error messages: ``"embeddings"``.
        depth: Levels of nesting that are read.

    Raises:
        MalformedResponseError: It is not JSON.
        ResponseTooLargeError: It is nested deeper.
    """
    try:
        return decode(body, depth)
    except NestingError:
        raise too_deep(depth) from None
    except ValueError:
        raise malformed(body, content_type, what=what) from None
