"""langchain-tests against a real llama.cpp server with a model that follows a script.

The server's part and ours are real; what a test asks of a model's wit is excepted by name.
"""

from __future__ import annotations

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests, EmbeddingsIntegrationTests

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings

_SCRIPT = "the model follows its script, not the numbers and names of the prompt"


class _LlamaCpp(ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _server(self, llama_cpp_base_url):
        self.base_url = llama_cpp_base_url

    @property
    def chat_model_class(self):
        return ChatOpenAICompatible

    @property
    def chat_model_params(self):
        # Off its script the model goes on until something stops it.
        limits = {"temperature": 0, "max_tokens": 100, "timeout": 30}
        return {"model": "tiny", "base_url": self.base_url, **limits}

    @property
    def supports_model_override(self):
        return False  # one model per server; it answers under its own name whatever is asked for

    @pytest.mark.xfail(reason=_SCRIPT)
    def test_tool_calling(self, model):
        super().test_tool_calling(model)

    @pytest.mark.xfail(reason=_SCRIPT)
    async def test_tool_calling_async(self, model):
        await super().test_tool_calling_async(model)

    @pytest.mark.xfail(
        reason="llama.cpp takes any tool for a tool_choice that names one, and " + _SCRIPT
    )
    def test_tool_choice(self, model):
        super().test_tool_choice(model)

    @pytest.mark.xfail(reason=_SCRIPT)
    def test_unicode_tool_call_integration(self, model):
        super().test_unicode_tool_call_integration(model)


class TestFunctionCalling(_LlamaCpp):
    @property
    def structured_output_kwargs(self):
        return {"method": "function_calling"}


class TestJsonSchema(_LlamaCpp):
    @property
    def structured_output_kwargs(self):
        return {"method": "json_schema"}


class TestEmbeddings(EmbeddingsIntegrationTests):
    @pytest.fixture(autouse=True)
    def _server(self, llama_cpp_base_url):
        self.base_url = llama_cpp_base_url

    @property
    def embeddings_class(self):
        return OpenAICompatibleEmbeddings

    @property
    def embedding_model_params(self):
        return {"model": "tiny", "base_url": self.base_url}
