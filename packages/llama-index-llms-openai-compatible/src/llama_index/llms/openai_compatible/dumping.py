"""What LlamaIndex's caches compare of a model: its dump, with the fingerprint of its endpoint."""

from __future__ import annotations

from typing import Any

from llama_index.core.schema import BaseComponent
from pydantic import SerializationInfo, SerializerFunctionWrapHandler, model_serializer

from openai_compatible.plan.fingerprint import add_fingerprint

__all__ = ["FingerprintedDump"]


class FingerprintedDump(BaseComponent):
    """A component whose dump tells to which endpoint its settings lead, also inside others."""

    @property
    def fingerprint(self) -> str:
        """Hash of the resolved endpoints; see ``Connection.fingerprint``, which stands before this."""
        raise NotImplementedError

    @model_serializer(mode="wrap")
    def custom_model_dump(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """Add the fingerprint of the endpoint."""
        return add_fingerprint(super().custom_model_dump(handler, info), lambda: self.fingerprint)
