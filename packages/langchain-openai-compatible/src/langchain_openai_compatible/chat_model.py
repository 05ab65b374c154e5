"""``ChatOpenAICompatible``: LangChain's chat model on top of ``openai_compatible.Client``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import metadata
from typing import Any, ClassVar, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, Field, PrivateAttr, field_validator, model_validator

from langchain_openai_compatible.answers import ChunkMaker, result
from langchain_openai_compatible.argument_pieces import join_pieces
from langchain_openai_compatible.connection import Connection
from langchain_openai_compatible.errors import translated
from langchain_openai_compatible.loading import LoadableMixin
from langchain_openai_compatible.messages import to_wire
from langchain_openai_compatible.model_profile import model_profile
from langchain_openai_compatible.parameters import CHAT_ALIASES, REFUSED
from langchain_openai_compatible.streamed_results import UnsealedResults
from langchain_openai_compatible.structured import (
    response_format,
    structured_binding,
    structured_parser,
    tool_choice,
    wire_tools,
    with_parser,
)
from langchain_openai_compatible.structured_auto import AutoStructured
from langchain_openai_compatible.tokens import count_messages, token_ids
from langchain_openai_compatible.trace_parameters import TraceParameters
from langchain_openai_compatible.tracing import RedactedTracingMixin
from langchain_openai_compatible.typed_images import TypedImages
from openai_compatible.explanation import Explanation
from openai_compatible.parameters import CALL_NAMES, SAMPLING, chat_request, unknown
from openai_compatible.secret_mapping import BodyPart, conceal, reveal
from openai_compatible.types import ChatRequest

__all__ = ["ChatOpenAICompatible"]


class ChatOpenAICompatible(
    Connection, UnsealedResults, TraceParameters, LoadableMixin, RedactedTracingMixin, TypedImages
):
    """A chat model behind any OpenAI-compatible server.

    From a URL::

        llm = ChatOpenAICompatible(model="qwen3", base_url="http://127.0.0.1:8000/v1")

    From a provider of the configuration file, with its key, headers, timeouts and model facts::

        llm = ChatOpenAICompatible(model="groq/llama-3.3-70b", fallbacks=["local/qwen3"])

    Parameter names of ``ChatOpenAI`` are accepted; an unknown one is an error. What a server
    takes beyond the standard goes into ``extra_body``. Every sampling parameter can be given to a
    call as well, and so can ``model``, ``tools``, ``response_format``, ``extra_body``,
    ``headers`` and ``query``.

    Raises:
        ConfigError: a setting is wrong or missing. Calls raise the other classes of
            ``openai_compatible.errors``, which are LangChain's ``Model*Error`` too.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())

    _aliases: ClassVar[Mapping[str, str]] = CHAT_ALIASES

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    """Longest answer, in tokens, sent under the name the server's profile says."""
    stop: str | list[str] | None = None
    n: int | None = None
    """Answers per call; ``generate`` returns all, ``invoke`` the first with the others in
    ``response_metadata["choices"]``."""
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[str, float] | None = None
    reasoning: bool | str | dict[str, Any] | None = None
    """Whether and how much to reason: a bool, an effort, or ``{"effort": ..., "budget": ...}``; sent
    in the words of the server's profile."""
    reasoning_effort: str | None = None
    """Sent under this name, verbatim."""
    verbosity: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    user: str | None = None
    stream_usage: bool | None = None
    """Ask for usage in streams. ``None``: as the server's profile says."""
    streaming: bool | None = None
    """``True``: ``invoke`` streams too. ``False``: ``stream`` yields one whole answer."""
    extra_body: BodyPart | None = None
    """Merged into every request body last, verbatim."""
    model_kwargs: BodyPart = Field(default_factory=dict)
    """Further request parameters under their wire names."""
    disabled_params: dict[str, Any] | None = None
    """Parameters never to send: ``{"parallel_tool_calls": None}``; with a list, values never to
    send."""

    _made_profile: bool = PrivateAttr(default=False)
    _given_profile: ModelProfile | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _note_openai_compatible_version(self) -> Self:
        self._add_version("langchain-openai-compatible", _version())
        return self

    @field_validator("logit_bias", mode="before")
    @classmethod
    def _token_ids_as_text(cls, value: Any) -> Any:
        """Token ids are keys of a JSON object; ``ChatOpenAI`` takes them as numbers."""
        return (
            {str(token): bias for token, bias in value.items()} if isinstance(value, Mapping) else value
        )

    @field_validator("output_version")
    @classmethod
    def _known_output_version(cls, value: str | None) -> str | None:
        # The variable LC_OUTPUT_VERSION may hold another class's word; that is not validated.
        if value not in (None, "v0", "v1"):
            raise ValueError(f"output_version is 'v0' or 'v1', not {value!r}")
        return value

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = self._request(messages, stop, kwargs)
        with translated():
            completion = self.client.chat(request)
        return result(completion, v1=self._v1, model=request.model or self.model_name)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = self._request(messages, stop, kwargs)
        with translated():
            completion = await self.async_client.chat(request)
        return result(completion, v1=self._v1, model=request.model or self.model_name)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        request = self._request(messages, stop, kwargs)
        make = join_pieces(ChunkMaker(v1=self._v1, model=request.model or self.model_name))
        with translated(), self.client.stream(request) as events:
            for event in events:
                for chunk in make(event):
                    if run_manager is not None:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        request = self._request(messages, stop, kwargs)
        make = join_pieces(ChunkMaker(v1=self._v1, model=request.model or self.model_name))
        with translated():
            async with self.async_client.stream(request) as events:
                async for event in events:
                    for chunk in make(event):
                        if run_manager is not None:
                            await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: Any = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """A runnable of this model that may call the tools.

        Args:
            tools: Functions, tools, pydantic or TypedDict classes, OpenAI tool dicts.
            tool_choice: ``"auto"``, ``"none"``, ``"any"`` or ``"required"`` or ``True`` (some
                tool must be called), a tool's name, or a dict sent as it is.
            strict: Ask the server to keep to the tools' schemas exactly.
            parallel_tool_calls: ``False`` asks for one call at a time.
            kwargs: Any argument a call takes; ``response_format`` may be a schema class.

        Raises:
            ConfigError: something is no tool, the choice names none of them, or an argument is
                unknown.
        """
        kwargs = conceal(kwargs)
        bound = self._checked(kwargs)
        bound["tools"] = wire_tools(tools, strict=strict)
        choice = _tool_choice(tool_choice, bound["tools"])
        if choice is not None:
            bound["tool_choice"] = choice
        if parallel_tool_calls is not None:
            bound["parallel_tool_calls"] = parallel_tool_calls
        if bound.get("response_format") is not None:
            bound["response_format"] = response_format(bound["response_format"], strict=strict)
        return self.bind(**bound)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: str | None = None,
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        repair: bool = True,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """A runnable that answers with an object of the schema.

        Args:
            schema: A pydantic class (answers are instances), a TypedDict class or a JSON schema
                (answers are dicts).
            method: ``"auto"``, the default, asks in the way the server is known to take, notices
                when one is refused or ignored, and takes the next; a stream keeps to the first.
                ``"function_calling"``, ``"json_schema"`` or ``"json_mode"`` asks in that way only.
            include_raw: Answer ``{"raw": message, "parsed": object or None, "parsing_error":
                exception or None}``.
            strict: Ask the server to keep to the schema exactly.
            tools: Tools the model may call instead of answering; ``"json_schema"`` only.
            repair: With ``"auto"``: ask once more when an object does not fit the schema.
            kwargs: Any argument a call takes.

        Raises:
            ConfigError: the arguments do not go together. The runnable and its streams raise
                ``OutputParserException`` for an answer that does not fit, ``ModelRefusedError`` for a
                refusal or filter, ``MalformedResponseError`` for a cut; ``include_raw`` returns these.
        """
        kwargs = conceal(kwargs)
        call = self._checked(kwargs)
        if method in (None, "auto") and not tools and schema is not None:
            return AutoStructured(
                self, schema, call=call, strict=strict, include_raw=include_raw, repair=repair
            )
        chosen = "json_schema" if method in (None, "auto") else str(method)
        llm = self.bind(**call, **structured_binding(schema, chosen, strict=strict, tools=tools))
        return with_parser(llm, structured_parser(schema, chosen, self.provider_name), include_raw)

    def explain(self, asked: LanguageModelInput, *, stream: bool = False, **kwargs: Any) -> Explanation:
        """The request that ``invoke`` or ``stream`` would send, without sending it.

        For a model with tools or other arguments bound: ``openai_compatible.explain(llm, asked)``.
        """
        kwargs = conceal(kwargs)
        messages = self._convert_input(asked).to_messages()
        return self.client.explain(self._request(messages, None, kwargs), stream=stream)

    def get_token_ids(self, text: str) -> list[int]:
        """A list as long as the text has tokens, by estimate; no tokenizer is downloaded.

        ``custom_get_token_ids`` makes it exact.
        """
        return (self.custom_get_token_ids or token_ids)(text)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Estimated prompt tokens of messages and tools, as they would be sent."""
        return count_messages(to_wire(messages), wire_tools(tools or ()), self.get_num_tokens)

    @property
    def _llm_type(self) -> str:
        return "openai-compatible-chat"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        target = self.targets[0]
        place = {"provider": target.provider.name, "base_url": target.provider.base_url}
        params = {name: value for name, value in self._defaults().items() if value is not None}
        return {"model": target.model, **place, **params, **self.model_kwargs}

    @property
    def _v1(self) -> bool:
        return self.output_version == "v1"

    def _defaults(self) -> dict[str, Any]:
        settings: dict[str, Any] = {name: getattr(self, name) for name in SAMPLING}
        settings["stop"] = self.stop
        settings["stream_usage"] = self.stream_usage
        settings["reasoning"] = self.reasoning
        settings["extra_body"] = self.extra_body
        return settings

    def _request(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, call: Mapping[str, Any]
    ) -> ChatRequest:
        call = dict(call) if stop is None else {**call, "stop": stop}
        if call.get("tools"):
            call["tools"] = wire_tools(call["tools"])
        if "tool_choice" in call:
            call["tool_choice"] = _tool_choice(call["tool_choice"], call.get("tools") or ())
        if call.get("response_format") is not None:
            call["response_format"] = response_format(call["response_format"])
        own = {**self._defaults(), **reveal(self.model_kwargs, "model_kwargs")}
        return chat_request(to_wire(messages), own, call, disabled=self.disabled_params, refused=REFUSED)

    def _checked(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        for name in kwargs:
            if name not in CALL_NAMES and name != "ls_structured_output_format":
                raise unknown(name, CALL_NAMES, "a call", refused=REFUSED)
        return dict(kwargs)

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        """Cache key: also the endpoints, which may come from a file or the environment."""
        return f"{super()._get_llm_string(stop=stop, **kwargs)}---{self.fingerprint}"

    def _fingerprint_additions(self) -> dict[str, Any]:
        return {"extra_body": self.extra_body, "model_kwargs": self.model_kwargs or None}

    def discover(self, *, max_age: float = 3_600.0) -> ModelProfile:
        """Ask the server what it says of the model, and bring ``profile`` up to date; returns it.

        Nothing else asks: not the constructor, not ``profile``. What was written by hand stays, in the
        provider's models and in ``profile=``. An answer younger than ``max_age`` seconds will do.
        """
        with translated():
            self.client.model_info(max_age=max_age)
        return self._renewed_profile()

    async def adiscover(self, *, max_age: float = 3_600.0) -> ModelProfile:
        """As :meth:`discover`."""
        with translated():
            await self.async_client.model_info(max_age=max_age)
        return self._renewed_profile()

    def _renewed_profile(self) -> ModelProfile:
        if self._given_profile is None:
            self._given_profile = ModelProfile()
            if not self._made_profile:
                self._given_profile = self.profile or ModelProfile()
        known = model_profile(self.targets) or ModelProfile()
        self.profile = ModelProfile(**{**known, **self._given_profile})
        return self.profile

    def _resolve_model_profile(self) -> ModelProfile | None:
        self._made_profile = True  # none was given, or this would not be asked for
        return model_profile(self.targets)


_tool_choice = tool_choice  # bind_tools has an argument of that name


@cache
def _version() -> str:
    return metadata.version("langchain-openai-compatible")
