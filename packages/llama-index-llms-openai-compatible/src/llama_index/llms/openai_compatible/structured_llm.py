"""What ``as_structured_llm`` returns: LlamaIndex's class, whose calls hide their secrets as ours do."""

from __future__ import annotations

from llama_index.core.llms.structured_llm import StructuredLLM

from llama_index.llms.openai_compatible.concealing import conceal_arguments_of

__all__ = ["ConcealingStructuredLLM"]


class ConcealingStructuredLLM(StructuredLLM):
    """A ``StructuredLLM`` that shows no headers, query parameters or keys of a call to events."""


conceal_arguments_of(ConcealingStructuredLLM)
