"""What LangChain asks a model about itself: for traces, and to recognise its answers."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.base import LangSmithParams

from langchain_openai_compatible.blocks import MODEL_PROVIDER

__all__ = ["TraceParameters"]


class TraceParameters(BaseChatModel):
    """A chat model that recognises its own answers and whose traces name the configured provider."""

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """Parameters of a call. ``ls_provider`` is the ``model_provider`` of our answers.

        LangChain's ``SummarizationMiddleware`` believes reported tokens only where the two are equal,
        and ``ProviderToolSearchMiddleware`` offers tools of a provider's own by this name. It is one
        name for all providers, because a provider may be called ``groq`` or ``openai``, and LangChain
        reads the answers of those in another way than ours.
        """
        model: Any = self

        def of(name: str) -> Any:
            value = kwargs.get(name)
            return getattr(model, name) if value is None else value

        called = kwargs.get("model")
        params = LangSmithParams(ls_provider=MODEL_PROVIDER, ls_model_type="chat")
        params["ls_model_name"] = called if isinstance(called, str) and called else model.model_name
        if of("temperature") is not None:
            params["ls_temperature"] = of("temperature")
        limit = kwargs.get("max_completion_tokens") or of("max_tokens")
        if limit is not None:
            params["ls_max_tokens"] = limit
        stops = stop or model.stop
        if stops:
            params["ls_stop"] = [stops] if isinstance(stops, str) else list(stops)
        return params

    def _get_ls_params_with_defaults(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> LangSmithParams:
        """Parameters that LangChain puts into traces: there the provider has its own name."""
        model: Any = self
        params = super()._get_ls_params_with_defaults(stop=stop, **kwargs)
        params["ls_provider"] = model.provider_name
        return params
