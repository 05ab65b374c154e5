"""The LlamaIndex suites against a real llama.cpp server with a model that follows a script."""

from __future__ import annotations

import pytest

from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible.testing.llama_index_suite import EmbeddingConformance, LLMConformance


@pytest.fixture(scope="module")
def llama_cpp_base_url():
    pytest.importorskip("xllamacpp")
    pytest.importorskip("gguf")
    from openai_compatible.testing.llama_cpp import llama_cpp

    with llama_cpp(api_key=LLMConformance.secret, embeddings=True) as base_url:
        yield base_url


class TestLLM(LLMConformance):
    @pytest.fixture(autouse=True)
    def _server(self, llama_cpp_base_url):
        self.base_url = llama_cpp_base_url

    @property
    def llm_class(self):
        return OpenAICompatible

    @property
    def llm_params(self):
        # Off its script the model goes on until something stops it.
        limits = {"temperature": 0, "max_tokens": 100, "timeout": 30}
        return {"model": "tiny", "api_base": self.base_url, "api_key": self.secret, **limits}

    @property
    def reasoning(self):
        return {}, "Please think about it"

    @property
    def follows_prompts(self):
        return False


class TestEmbedding(EmbeddingConformance):
    @pytest.fixture(autouse=True)
    def _server(self, llama_cpp_base_url):
        self.base_url = llama_cpp_base_url

    @property
    def embedding_class(self):
        return OpenAICompatibleEmbedding

    @property
    def embedding_params(self):
        return {"model_name": "tiny", "api_base": self.base_url, "api_key": self.secret}
