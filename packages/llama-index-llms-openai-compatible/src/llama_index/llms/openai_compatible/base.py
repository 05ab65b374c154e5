"""``OpenAICompatible``: LlamaIndex's LLM on top of ``openai_compatible.Client``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from typing import Any, Self

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.constants import DEFAULT_CONTEXT_WINDOW
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool
from pydantic import ConfigDict, Field, ValidationError

from llama_index.llms.openai_compatible.answers import ResponseMaker, completion, response
from llama_index.llms.openai_compatible.concealing import conceal_arguments_of
from llama_index.llms.openai_compatible.dumping import FingerprintedDump
from llama_index.llms.openai_compatible.messages import to_wire
from llama_index.llms.openai_compatible.parameters import ALIASES, REFUSED
from llama_index.llms.openai_compatible.pickling import leave_unpicklable_behind
from llama_index.llms.openai_compatible.structured import Structured
from llama_index.llms.openai_compatible.tools import (
    only_one_call,
    selections,
    tool_choice,
    wire_tools,
)
from openai_compatible.client import AsyncClient, Client
from openai_compatible.config.concealed import sealed
from openai_compatible.config.serialized import deserialising
from openai_compatible.connection import Connection, config_error, normalise
from openai_compatible.errors import ConfigError
from openai_compatible.explanation import Explanation
from openai_compatible.parameters import SAMPLING, chat_request, checked, one_model, without_off
from openai_compatible.plan.fingerprint import FINGERPRINT
from openai_compatible.plan.structured import Way, choose
from openai_compatible.secret_mapping import BodyPart, conceal, reveal
from openai_compatible.types import ChatRequest

__all__ = ["OpenAICompatible"]


class OpenAICompatible(Connection, FingerprintedDump, Structured):
    """Chat model of any OpenAI-compatible server.

    Smallest use::

        OpenAICompatible(model="qwen3", api_base="http://127.0.0.1:8000/v1")

    Parameter names of ``OpenAILike`` are accepted. Only what is set is sent. Reasoning comes as a
    ``ThinkingBlock`` and, in streams, as ``additional_kwargs["thinking_delta"]``.

    Raises:
        ConfigError: A setting is wrong or missing. Calls raise the other classes of
            ``openai_compatible.errors``.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())

    model: str = ""
    """With ``base_url`` or ``provider``: the wire id. Otherwise a reference into the configuration:
    an alias, ``provider/model``, a provider or a route."""
    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    stop: list[str] | str | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    reasoning: bool | str | dict[str, Any] | None = None
    """Whether and how much to reason: a bool, an effort, or ``{"effort": ..., "budget": ...}``; sent
    in the words of the server's profile."""
    reasoning_effort: str | None = None
    """Sent under this name, verbatim."""
    parallel_tool_calls: bool | None = None
    """Sent with tools when set; per call ``allow_parallel_tool_calls`` decides what is kept."""
    modalities: list[str] | None = None
    audio_config: dict[str, Any] | None = None
    """Sent as ``audio``: voice and format of spoken answers."""
    stream_usage: bool | None = None
    """Ask for token counts in streams. ``None``: as the server's profile says."""
    additional_kwargs: BodyPart = Field(default_factory=dict)
    """Further request parameters under their wire names, also ones that OpenAI does not have."""
    extra_body: BodyPart = Field(default_factory=dict)
    """Merged into the request last, verbatim."""
    context_window: int | None = Field(default=None, gt=0)
    """Tokens. ``None``: as the model's facts say, else LlamaIndex's default."""
    is_chat_model: bool = True
    is_function_calling_model: bool | None = None
    """``None``: as the model's facts say, else yes: a server without tools says so when asked."""
    reuse_client: bool = True
    """``False``: every call opens connections of its own and closes them."""

    @sealed
    def __init__(self, model: str | None = None, /, **kwargs: Any) -> None:
        cls = type(self)
        kwargs.pop(FINGERPRINT, None)  # of a dump: it is computed anew
        if model is not None:
            kwargs["model"] = one_model(model, kwargs.get("model"), where=cls.__name__)
        settings = checked(
            without_off(kwargs, cls.model_fields, REFUSED),
            cls.model_fields,
            ALIASES,
            where=cls.__name__,
            refused=REFUSED,
            beyond="additional_kwargs",
        )
        normalise(settings)
        for name in ("model", "callback_manager", "additional_kwargs", "extra_body", "reuse_client"):
            if settings.get(name, ...) is None:
                del settings[name]
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise config_error(cls.__name__, error) from None
        if not self.is_chat_model:
            raise ConfigError(
                f"{cls.__name__} speaks chat completions only, and is_chat_model is False",
                hint="Leave is_chat_model out: complete() asks the chat endpoint too.",
            )
        self._targets = self._resolve()

    @classmethod
    def from_dict(cls, data: dict[str, Any], **kwargs: Any) -> Self:
        """The object that a mapping describes, such as :meth:`to_dict` gives.

        Args:
            data: May come from elsewhere: it brings no ``api_key_env``, ``config``, ``proxy``, TLS files
                or key sources of a provider.
            kwargs: Arguments of the constructor that code adds, any of these too; they win.

        Raises:
            ConfigError: ``data`` sets what only code may, or a setting is wrong.
        """
        with deserialising(trusted=kwargs):
            return super().from_dict(data, **kwargs)

    def _fingerprint_additions(self) -> dict[str, Any]:
        further = self.additional_kwargs or None
        return {"extra_body": self.extra_body or None, "additional_kwargs": further}

    @classmethod
    def class_name(cls) -> str:
        """Name under which LlamaIndex stores this class."""
        return "OpenAICompatible"

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex wants to know of the model; never asks the server.

        Settings, then the model's hand-written facts, then what the server said of it lately (see
        :meth:`discover`), then facts of its family. LlamaIndex has no word for an unknown window: it is
        its own default then, and ``client.facts().context_window`` is ``None``.
        """
        facts = self.client.facts()
        window = self.context_window or facts.context_window or DEFAULT_CONTEXT_WINDOW
        output = self.max_tokens or facts.max_output_tokens or -1
        tools = self.is_function_calling_model
        return LLMMetadata(
            context_window=window,
            # LlamaIndex leaves the rest of the window to the prompt; none left is not meant.
            num_output=output if output < window else -1,
            is_chat_model=True,
            is_function_calling_model=facts.tools is not False if tools is None else tools,
            model_name=self.targets[0].model,
        )

    def discover(self, *, max_age: float = 3_600.0) -> LLMMetadata:
        """Ask the server about the model, for :attr:`metadata`; ``max_age`` is in seconds."""
        with self._use() as client:
            client.model_info(max_age=max_age)
        return self.metadata

    async def adiscover(self, *, max_age: float = 3_600.0) -> LLMMetadata:
        """As :meth:`discover`."""
        async with self._ause() as client:
            await client.model_info(max_age=max_age)
        return self.metadata

    def _ways(self) -> tuple[Way, ...]:
        facts = self.targets[0].facts
        tools = facts.tools if self.is_function_calling_model is None else self.is_function_calling_model
        return choose(self.client.dialect(), tools=tools, structured_output=facts.structured_output)

    def _learn(self, facts: Mapping[str, Any], text: str) -> None:
        self.client.learn(facts, text)

    def to_payload(self) -> dict[str, Any]:
        """What events and traces say about this object: no secrets, no addresses."""
        target = self.targets[0]
        return {
            "class_name": self.class_name(),
            "model": target.model,
            "provider": target.provider.name,
            **{name: value for name, value in self._sampling().items() if value is not None},
        }

    def _sampling(self) -> dict[str, Any]:
        # Not getattr: pydantic takes 1 us to say that it has no such field, and some are none here.
        settings = self.__dict__
        return {name: settings.get(name) for name in SAMPLING}

    # -- requests

    def _request(self, messages: Sequence[ChatMessage], call: dict[str, Any]) -> ChatRequest:
        defaults = self._sampling()
        defaults.update(
            stop=self.stop,
            modalities=self.modalities,
            audio=self.audio_config,
            stream_usage=self.stream_usage,
            reasoning=self.reasoning,
        )
        if call.get("tools"):
            defaults["parallel_tool_calls"] = self.parallel_tool_calls
        further = reveal(self.additional_kwargs, "additional_kwargs")
        defaults.update(further)
        defaults["extra_body"] = {
            **reveal(further.get("extra_body"), "extra_body"),
            **reveal(self.extra_body, "extra_body"),
        }
        return chat_request(to_wire(messages), defaults, call, refused=REFUSED)

    def explain(
        self, asked: str | Sequence[ChatMessage], *, stream: bool = False, **kwargs: Any
    ) -> Explanation:
        """The request that ``chat`` or ``complete`` would send, without sending it."""
        kwargs = conceal(kwargs)
        messages = self._asking(asked, False) if isinstance(asked, str) else asked
        return self.client.explain(self._request(messages, kwargs), stream=stream)

    def _use(self) -> AbstractContextManager[Client]:
        return nullcontext(self.client) if self.reuse_client else self._own_client()

    def _own_client(self) -> Client:
        return Client(self.targets, http_client=self.http_client)

    def _ause(self) -> AbstractAsyncContextManager[AsyncClient]:
        if self.reuse_client:
            return nullcontext(self.async_client)
        return AsyncClient(self.targets, http_client=self.http_async_client)

    def _chat(self, messages: Sequence[ChatMessage], call: dict[str, Any]) -> ChatResponse:
        with self._use() as client:
            return response(client.chat(self._request(messages, call)))

    async def _achat(self, messages: Sequence[ChatMessage], call: dict[str, Any]) -> ChatResponse:
        async with self._ause() as client:
            return response(await client.chat(self._request(messages, call)))

    def _stream(self, request: ChatRequest) -> Generator[ChatResponse, None, None]:
        made = ResponseMaker()
        with self._use() as client, client.stream(request) as events:
            for event in events:
                answer = made(event)
                if answer is not None:
                    yield answer

    async def _astream(self, request: ChatRequest) -> AsyncGenerator[ChatResponse, None]:
        made = ResponseMaker()
        async with self._ause() as client, client.stream(request) as events:
            async for event in events:
                answer = made(event)
                if answer is not None:
                    yield answer

    # -- LlamaIndex's eight

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """One whole answer."""
        return self._chat(messages, kwargs)

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """One whole answer."""
        return await self._achat(messages, kwargs)

    @llm_chat_callback()
    def stream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> Generator[ChatResponse, None, None]:
        """The answer as it comes; the request is sent when the first response is asked for."""
        return self._stream(self._request(messages, kwargs))

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> AsyncGenerator[ChatResponse, None]:
        """The answer as it comes; the request is sent when the first response is asked for."""
        return self._astream(self._request(messages, kwargs))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """One whole answer to a prompt, asked as a user's message."""
        return completion(self._chat(self._asking(prompt, formatted), kwargs))

    @llm_completion_callback()
    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """One whole answer to a prompt, asked as a user's message."""
        return completion(await self._achat(self._asking(prompt, formatted), kwargs))

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> Generator[CompletionResponse, None, None]:
        """The answer to a prompt as it comes."""
        request = self._request(self._asking(prompt, formatted), kwargs)

        def stream() -> Generator[CompletionResponse, None, None]:
            for answer in self._stream(request):
                yield completion(answer)

        return stream()

    @llm_completion_callback()
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> AsyncGenerator[CompletionResponse, None]:
        """The answer to a prompt as it comes."""
        request = self._request(self._asking(prompt, formatted), kwargs)

        async def stream() -> AsyncGenerator[CompletionResponse, None]:
            async for answer in self._astream(request):
                yield completion(answer)

        return stream()

    def _asking(self, prompt: str, formatted: bool) -> list[ChatMessage]:
        if not formatted and self.completion_to_prompt is not None:
            prompt = self.completion_to_prompt(prompt)
        return [ChatMessage(role=MessageRole.USER, content=prompt)]

    # -- tools

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Arguments of :meth:`chat` that offer tools; the history is copied, never changed."""
        messages = list(chat_history or ())
        if isinstance(user_msg, str):
            user_msg = ChatMessage(role=MessageRole.USER, content=user_msg)
        if user_msg is not None:
            messages.append(user_msg)
        strict = kwargs.pop("strict", self.strict)
        choice = tool_choice(
            kwargs.pop("tool_choice", None), required=tool_required, offered=bool(tools)
        )
        asked: dict[str, Any] = {"messages": messages, **kwargs}
        if tools:
            asked["tools"] = wire_tools(tools, strict=strict)
        if choice is not None:
            asked["tool_choice"] = choice
        return asked

    def _validate_chat_with_tools_response(
        self,
        response: ChatResponse,
        tools: Sequence[BaseTool],
        allow_parallel_tool_calls: bool = False,
        **kwargs: Any,
    ) -> ChatResponse:
        if not allow_parallel_tool_calls:
            only_one_call(response)
        return response

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """The tools an answer calls; in a stream, with as much of their arguments as has come.

        Raises MalformedResponseError for a finished answer with a call that is cut.
        """
        reason = response.additional_kwargs.get("finish_reason")
        return selections(response.message, error_on_none=error_on_no_tool_call, finish_reason=reason)

    def __getstate__(self) -> dict[Any, Any]:
        """What a pickle holds; what was hung on that cannot be pickled stays behind."""
        state = super().__getstate__()
        leave_unpicklable_behind(state["__dict__"], type(self).model_fields)
        return state


conceal_arguments_of(OpenAICompatible)
