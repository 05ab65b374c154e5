"""The LlamaIndex suite of the LLM, whole, against the scripted server."""

from __future__ import annotations

import pytest

from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible.testing.llama_index_suite import LLMConformance
from openai_compatible.testing.scripted import scripted


class TestLLMScripted(LLMConformance):
    @pytest.fixture(autouse=True)
    def _server(self):
        with scripted(api_key=self.secret) as server:
            self.base_url = server.base_url
            yield

    @property
    def llm_class(self):
        return OpenAICompatible

    @property
    def llm_params(self):
        return {"model": "scripted", "api_base": self.base_url, "api_key": self.secret, "timeout": 30}

    @property
    def reasoning(self):
        return {"model": "scripted-reasoner"}, "Say hello"

    @property
    def supports_images(self):
        return True


class TestLLMWithoutReuse(TestLLMScripted):
    @property
    def llm_params(self):
        return {**super().llm_params, "reuse_client": False, "strict": True}

    @property
    def reasoning(self):
        return {"model": "scripted-reasoner-plain"}, "Say hello"


class TestLLMWithoutTools(TestLLMScripted):
    @property
    def llm_params(self):
        return {**super().llm_params, "is_function_calling_model": False}

    @property
    def supports_tools(self):
        return False

    @property
    def reasoning(self):
        return {"model": "scripted-reasoner-plain"}, "Say hello"
