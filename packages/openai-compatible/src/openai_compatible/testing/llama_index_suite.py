"""What every LlamaIndex class for an OpenAI-compatible server must do, as tests to subclass.

LlamaIndex publishes no such suite. Used as LangChain's is::

    from openai_compatible.testing.llama_index_suite import LLMConformance


    class TestMine(LLMConformance):
        @property
        def llm_class(self):
            return MyLLM

        @property
        def llm_params(self):
            return {"model": "m", "api_base": "http://127.0.0.1:8000/v1", "api_key": self.secret}

Further properties say what the server can do: :class:`LLMSubject`. The suite expects answers that do
not change from call to call, a call of ``get_weather(city="Paris")`` for ``What is the weather in
Paris?`` (two calls with ``Look twice.``), and an answer that repeats the tool's result; ``scripted``
and ``llama_cpp`` of ``openai_compatible.testing`` do so. Needs llama-index-core, pytest and
pytest-asyncio in mode ``auto``.
"""

from __future__ import annotations

from openai_compatible.testing.llama_index_embedding_suite import EmbeddingConformance
from openai_compatible.testing.llama_index_llm_calls import LLMCallsConformance
from openai_compatible.testing.llama_index_llm_objects import LLMObjectsConformance
from openai_compatible.testing.llama_index_llm_tools import LLMToolsConformance

__all__ = ["EmbeddingConformance", "LLMConformance"]


class LLMConformance(LLMCallsConformance, LLMToolsConformance, LLMObjectsConformance):
    """Subclass it and say what to test: ``llm_class`` and ``llm_params``."""
