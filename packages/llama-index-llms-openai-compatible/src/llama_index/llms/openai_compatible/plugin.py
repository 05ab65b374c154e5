"""Tells ``openai_compatible`` where the LlamaIndex LLM is. Imports no framework."""

from __future__ import annotations

from collections.abc import Mapping

from openai_compatible.hookspecs import hookimpl

__all__ = ["openai_compatible_adapters"]


@hookimpl
def openai_compatible_adapters() -> Mapping[str, str]:
    """Kinds of :func:`openai_compatible.create` this package makes, and their classes."""
    return {"llama_index.llm": "llama_index.llms.openai_compatible:OpenAICompatible"}
