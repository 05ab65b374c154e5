"""langchain-tests, both suites of the embeddings, against the scripted server."""

from __future__ import annotations

import pytest
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from langchain_openai_compatible import OpenAICompatibleEmbeddings


class TestEmbeddingsUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self):
        return OpenAICompatibleEmbeddings

    @property
    def embedding_model_params(self):
        return {"model": "m", "base_url": "http://127.0.0.1:1/v1"}

    @property
    def init_from_env_params(self):
        env = {"OPENAI_COMPATIBLE_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_COMPATIBLE_API_KEY": "k"}
        return env, {"model": "env/m"}, {"provider_name": "env", "model_name": "m"}


class TestEmbeddingsScripted(EmbeddingsIntegrationTests):
    @pytest.fixture(autouse=True)
    def _server(self, scripted_base_url):
        self.base_url = scripted_base_url

    @property
    def embeddings_class(self):
        return OpenAICompatibleEmbeddings

    @property
    def embedding_model_params(self):
        return {"model": "scripted-embeddings", "base_url": self.base_url}
