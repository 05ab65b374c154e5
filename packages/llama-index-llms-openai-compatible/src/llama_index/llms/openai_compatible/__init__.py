"""LlamaIndex LLM for any OpenAI-compatible server.

In here: what LlamaIndex needs and nothing else. No HTTP, no retries, no parsing of the wire;
those live in ``openai_compatible``. Never an import of another framework.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llama_index.llms.openai_compatible.base import OpenAICompatible

__all__ = ["OpenAICompatible"]

_HOMES = {"OpenAICompatible": "llama_index.llms.openai_compatible.base"}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
