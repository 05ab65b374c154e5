"""langchain-tests, integration suite of the chat model, against the scripted server."""

from __future__ import annotations

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests

from langchain_openai_compatible import ChatOpenAICompatible


class _Scripted(ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _server(self, scripted_base_url):
        self.base_url = scripted_base_url

    @property
    def chat_model_class(self):
        return ChatOpenAICompatible

    @property
    def chat_model_params(self):
        return {"model": "scripted", "base_url": self.base_url}

    @property
    def supports_json_mode(self):
        return True

    @property
    def supports_image_inputs(self):
        return True

    @property
    def supports_image_urls(self):
        return True

    @property
    def supports_pdf_inputs(self):
        return True

    @property
    def supports_audio_inputs(self):
        return True

    @property
    def supports_anthropic_inputs(self):
        return True

    @property
    def supports_image_tool_message(self):
        return True

    @property
    def supports_pdf_tool_message(self):
        return True

    @property
    def model_override_value(self):
        return "scripted-reasoner"


class TestFunctionCalling(_Scripted):
    @property
    def structured_output_kwargs(self):
        return {"method": "function_calling"}


class TestJsonSchema(_Scripted):
    @property
    def structured_output_kwargs(self):
        return {"method": "json_schema"}
