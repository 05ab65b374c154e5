"""Everything of an answer that is not its choices: id, model, usage, unknown keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.types import Usage
from openai_compatible.wire.extras import Extras
from openai_compatible.wire.usage import merge, read_usage, whole_number

__all__ = ["Envelope"]

_HEAD = frozenset({"id", "object", "created", "model", "choices", "system_fingerprint", "service_tier"})
_KNOWN = _HEAD | {"usage", "error"}


class Envelope:
    """What the chunks of one answer say beside their choices.

    ``shape`` and ``still_empty`` describe the last chunk that said nothing but its head: a chunk
    with the same keys in the same order, of which ``still_empty`` are empty still, need not be
    looked at again.
    """

    __slots__ = ("_head", "_usage", "extra", "shape", "still_empty")

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._usage: Mapping[str, Any] | None = None
        self.extra = Extras()
        self.shape: tuple[str, ...] = ()
        self.still_empty: tuple[str, ...] = ()

    def read(self, chunk: dict[str, Any]) -> None:
        """Take in one chunk."""
        ordinary = True
        for key, value in chunk.items():
            if key in _HEAD:
                if value and not self._head.get(key):
                    self._head[key] = value
            elif value is not None:
                ordinary = False
                if key not in _KNOWN:
                    self.extra.last(key, value)
        if ordinary:
            self.shape = tuple(chunk)
            self.still_empty = tuple(
                key for key, value in chunk.items() if not value and key != "choices"
            )
            return
        self.read_usage(chunk.get("usage"))
        groq = chunk.get("x_groq")
        if isinstance(groq, dict):
            self.read_usage(groq.get("usage"))

    def read_usage(self, usage: Any) -> None:
        """Take in a usage object. Moonshot puts it into the choice, Groq into ``x_groq``."""
        self._usage = merge(self._usage, usage)

    def usage(self) -> Usage | None:
        """The usage, once; llama.cpp's ``timings`` where there is no other."""
        usage = read_usage(self._usage)
        return read_usage(self.extra.fold().get("timings")) if usage is None else usage

    def fields(self) -> dict[str, Any]:
        """The fields of a :class:`Completion` that this is about."""
        return {
            "id": self._text("id"),
            "model": self._text("model"),
            "created": whole_number(self._head.get("created")),
            "system_fingerprint": self._text("system_fingerprint"),
            "service_tier": self._text("service_tier"),
            "usage": self.usage(),
            "extra": self.extra.fold(),
        }

    def _text(self, key: str) -> str | None:
        value = self._head.get(key)
        return value if isinstance(value, str) else None
