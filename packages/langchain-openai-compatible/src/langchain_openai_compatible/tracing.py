"""Calls whose secrets reach no tracer, callback, cache, dump or frame of LangChain.

LangChain hands the arguments of a call to all of these. Here every public method hides the headers,
query parameters and keys among them before LangChain sees them; the request is made of the real ones.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableBinding, RunnableConfig
from langchain_core.runnables.configurable import RunnableConfigurableFields

from openai_compatible.plan.fingerprint import select_headers
from openai_compatible.secret_mapping import SecretMapping, conceal, digest_secrets

__all__ = ["RedactedTracingMixin"]

_HEADERS = ("headers", "extra_headers", "default_headers")
_QUERY = ("query", "extra_query", "default_query")
F = TypeVar("F", bound=Callable[..., Any])


def _concealing(name: str, method: F) -> F:
    """A method of that name which hides the secrets among its keyword arguments first."""

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs = conceal(kwargs)
        return getattr(super(RedactedTracingMixin, self), name)(*args, **kwargs)

    return call  # type: ignore[return-value]


class ConcealingBinding(RunnableBinding):  # type: ignore[type-arg]  # pydantic would copy its fields
    """A ``RunnableBinding`` that hides secrets among its arguments, also those bound later.

    It is dumped as a ``RunnableBinding``; what was loaded from that says which values are missing.
    """

    def __init__(
        self,
        *,
        kwargs: Mapping[str, Any] | None = None,
        config: RunnableConfig | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(kwargs=conceal(kwargs or {}), config=_conceal_config(config or {}), **fields)

    @classmethod
    def lc_id(cls) -> list[str]:
        """The identity of LangChain's own class."""
        return RunnableBinding.lc_id()

    if not TYPE_CHECKING:  # LangChain's own signatures hold for callers

        def _concealed_call(name: str) -> Callable[..., Any]:  # noqa: N805 - runs in the class body
            @functools.wraps(getattr(RunnableBinding, name))
            def call(self: Any, *args: Any, **kwargs: Any) -> Any:
                kwargs = conceal(kwargs)
                return getattr(super(), name)(*args, **kwargs)

            return call

        invoke, ainvoke = _concealed_call("invoke"), _concealed_call("ainvoke")
        stream, astream = _concealed_call("stream"), _concealed_call("astream")
        batch, abatch = _concealed_call("batch"), _concealed_call("abatch")
        bind = _concealed_call("bind")
        del _concealed_call


class _ConfigurableModel(RunnableConfigurableFields):  # type: ignore[type-arg]  # as above
    """A model with configurable fields; keys and headers of ``configurable`` are hidden when bound."""

    @classmethod
    def lc_id(cls) -> list[str]:
        """The identity of LangChain's own class."""
        return RunnableConfigurableFields.lc_id()

    if not TYPE_CHECKING:

        def bind(self, **kwargs: Any) -> Any:
            """As LangChain's own; secrets are hidden."""
            return ConcealingBinding(bound=self, kwargs=kwargs)

        def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
            """As LangChain's own; secrets among ``configurable`` are hidden."""
            return ConcealingBinding(bound=self, config={**(config or {}), **kwargs})


def _conceal_config(config: RunnableConfig) -> RunnableConfig:
    values = config.get("configurable")
    if not isinstance(values, Mapping):
        return config
    return {**config, "configurable": conceal(values)}


def _normal_headers(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return arguments with headers and query in one order, without headers that name the sender.

    Equal calls have equal cache keys, whatever the order and the case of their headers.
    """
    normal = {}
    for name, value in kwargs.items():
        if name in _HEADERS and isinstance(value, SecretMapping):
            value = SecretMapping(dict(sorted(select_headers(value.reveal()).items())))  # noqa: PLW2901
        elif name in _QUERY and isinstance(value, SecretMapping):
            value = SecretMapping(sorted(value.reveal().items()))  # noqa: PLW2901
        if name not in (*_HEADERS, *_QUERY) or value:
            normal[name] = value
    return normal


class RedactedTracingMixin(BaseChatModel):
    """A chat model whose runs, callbacks, cache keys and bound forms hold no secret of a call."""

    def _get_invocation_params(self, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        shown = {
            name: dict(value) if isinstance(value, SecretMapping) else value
            for name, value in conceal(kwargs).items()
        }
        return super()._get_invocation_params(stop=stop, **shown)

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        # Two calls with different headers share no cached answer, and the cache holds none of them.
        kwargs = _normal_headers(conceal(kwargs))
        digest = digest_secrets(kwargs)
        key = super()._get_llm_string(stop=stop, **kwargs)
        return f"{key}---{digest}" if digest else key

    if not TYPE_CHECKING:  # LangChain's own signatures hold for callers
        for _name in (
            *("invoke", "ainvoke", "stream", "astream", "batch", "abatch"),
            *("batch_as_completed", "abatch_as_completed", "astream_events", "astream_log"),
            *("generate", "agenerate", "generate_prompt", "agenerate_prompt"),
        ):
            locals()[_name] = _concealing(_name, getattr(BaseChatModel, _name))
        del _name

        def bind(self, **kwargs: Any) -> Any:
            """As LangChain's own; secrets are hidden in every dump, trace and ``repr`` of the result."""
            return ConcealingBinding(bound=self, kwargs=kwargs)

        def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
            """As LangChain's own; what is bound to the result later is hidden too."""
            return ConcealingBinding(bound=self, config={**(config or {}), **kwargs})

        def with_types(self, *, input_type: Any = None, output_type: Any = None) -> Any:
            """As LangChain's own; what is bound to the result later is hidden too."""
            return ConcealingBinding(
                bound=self, custom_input_type=input_type, custom_output_type=output_type
            )

        def configurable_fields(self, **kwargs: Any) -> Any:
            """As LangChain's own; secrets that are bound as ``configurable`` are hidden."""
            made = super().configurable_fields(**kwargs)
            return _ConfigurableModel(default=made.default, fields=made.fields)
