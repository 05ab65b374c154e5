"""What the LlamaIndex suite of language models is told about the class it tests."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.llms.llm import LLM

__all__ = ["LLMSubject"]


class LLMSubject:
    """Subclass a suite and say here what to test: ``llm_class`` and ``llm_params`` at least."""

    secret = "sk-conformance-secret"  # noqa: S105 - the point is that it is recognised
    """Give it as the key; the suite looks for it where no key belongs."""

    @property
    def llm_class(self) -> type[LLM]:
        """The class under test."""
        raise NotImplementedError

    @property
    def llm_params(self) -> dict[str, Any]:
        """Its constructor's arguments, with :attr:`secret` as the key."""
        raise NotImplementedError

    @property
    def supports_tools(self) -> bool:
        """The model calls tools."""
        return True

    @property
    def schema_params(self) -> dict[str, Any] | None:
        """Arguments that make it ask for JSON by schema; ``None``: the server cannot."""
        return {"should_use_structured_outputs": True}

    @property
    def reasoning(self) -> tuple[dict[str, Any], str] | None:
        """Arguments and a prompt that make the model reason; ``None``: it never does."""
        return None

    @property
    def supports_images(self) -> bool:
        """The model takes images."""
        return False

    @property
    def follows_prompts(self) -> bool:
        """Arguments and objects hold what the prompt says; ``False`` for a model without wit."""
        return True

    def make(self, **more: Any) -> Any:
        """An object under test."""
        return self.llm_class(**{**self.llm_params, **more})

    @pytest.fixture
    def model(self) -> Any:
        """An object under test."""
        return self.make()
