"""The data of one event that is not one JSON text."""

from __future__ import annotations

from typing import Any

from openai_compatible.wire.body_decoder import too_deep
from openai_compatible.wire.decode import NestingError, decode_loosely

__all__ = ["read_texts"]


def read_texts(payload: bytes, before: bytes | None, depth: int) -> tuple[list[Any] | None, bool]:
    r"""Read a payload alone, joined with the unreadable one before it, or line by line.

    Returns:
        The JSON values, ``None`` where nothing can be read; and whether both payloads are one text.

    Raises:
        ResponseTooLargeError: A text is nested deeper than ``depth``.

    >>> read_texts(b'{"b": 2}\n{"c": 3}', b'{"a":', 200)
    ([{'b': 2}, {'c': 3}], False)
    """
    joined = payload if before is None else before + b"\n" + payload
    for texts in ([payload], [joined], payload.split(b"\n")):
        try:
            return [decode_loosely(text, depth) for text in texts], texts[0] is joined
        except NestingError:
            raise too_deep(depth) from None
        except ValueError:
            continue
    return None, False
