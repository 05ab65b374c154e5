"""Results that LangChain sums from a stream, as ``invoke`` without streaming gives them."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import ChatResult

from langchain_openai_compatible.invalid_calls import unseal_results

__all__ = ["UnsealedResults"]


class UnsealedResults(BaseChatModel):
    """A chat model whose results hold invalid tool calls with their raw text and the reason.

    LangChain makes the result of ``invoke`` from a stream where ``streaming=True`` or a callback asks
    for it (agents with ``stream_mode="messages"``, ``astream_events``), and takes results from caches.
    """

    def _generate_with_cache(self, *args: Any, **kwargs: Any) -> ChatResult:
        return unseal_results(super()._generate_with_cache(*args, **kwargs))

    async def _agenerate_with_cache(self, *args: Any, **kwargs: Any) -> ChatResult:
        return unseal_results(await super()._agenerate_with_cache(*args, **kwargs))
