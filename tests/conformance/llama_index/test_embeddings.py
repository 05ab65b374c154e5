"""The LlamaIndex suite of the embedding, against the scripted server."""

from __future__ import annotations

import pytest

from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from openai_compatible.testing.llama_index_embedding_suite import EmbeddingConformance
from openai_compatible.testing.scripted import scripted


class TestEmbeddingScripted(EmbeddingConformance):
    @pytest.fixture(autouse=True)
    def _server(self):
        with scripted(api_key=self.secret) as server:
            self.base_url = server.base_url
            yield

    @property
    def embedding_class(self):
        return OpenAICompatibleEmbedding

    @property
    def embedding_params(self):
        return {"model_name": "m", "api_base": self.base_url, "api_key": self.secret}


class TestEmbeddingInBase64(TestEmbeddingScripted):
    @property
    def embedding_params(self):
        return {**super().embedding_params, "encoding_format": "base64", "reuse_client": False}
