"""Structured output: the same reading for every way of asking, whole and streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from typing import Any

import llama_index.core.instrumentation as instrument
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.structured_llm import StructuredLLM
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel

from llama_index.llms.openai_compatible.structured_auto import Attempt
from llama_index.llms.openai_compatible.structured_llm import ConcealingStructuredLLM
from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.plan.structured import Way

__all__ = ["Structured"]

_dispatcher = instrument.get_dispatcher(__name__)  # type: ignore[attr-defined]


class Structured(FunctionCallingLLM):
    """The structured methods of :class:`OpenAICompatible`.

    An object is asked for in the way the server is known to take; one that is refused or ignored is
    followed by the next and remembered, and an object that does not fit is repaired once. Streams keep
    to one way. ``should_use_structured_outputs`` says the way: True by the JSON schema, which the
    server keeps the model to, False by a tool call.
    """

    should_use_structured_outputs: bool | None = None
    """Send a JSON schema as ``response_format``. ``None``: as is known, and learned, of the server."""
    strict: bool = False
    """Ask the server to keep strictly to the schema of tools and structured output."""

    def _chosen_ways(self) -> tuple[Way, ...]:
        """How to ask for an object, best first; empty where another program of LlamaIndex does it."""
        mode = self.pydantic_program_mode
        if mode == PydanticProgramMode.FUNCTION:
            return ("function_calling",)
        if mode == PydanticProgramMode.LLM:
            return ("prompt",)
        if mode != PydanticProgramMode.DEFAULT:
            return ()
        asked = self.should_use_structured_outputs
        if asked is None:
            return self._ways()
        if asked:
            return ("json_schema",)
        return ("function_calling",) if self.metadata.is_function_calling_model else ("prompt",)

    def as_structured_llm(self, output_cls: type[BaseModel], **kwargs: Any) -> StructuredLLM:
        """Return a model whose chats and completions answer with objects of a class."""
        return ConcealingStructuredLLM(llm=self, output_cls=output_cls, **kwargs)

    def _ways(self) -> tuple[Way, ...]:
        raise NotImplementedError

    def _learn(self, facts: Mapping[str, Any], text: str) -> None:
        raise NotImplementedError

    def _attempt(
        self,
        output_cls: type[BaseModel],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None,
        prompt_args: dict[str, Any],
    ) -> tuple[Attempt, dict[str, Any]] | None:
        ways = self._chosen_ways()
        if not ways:
            return None
        messages = self._extend_messages(prompt.format_messages(llm=self, **prompt_args))
        auto = self.should_use_structured_outputs is None
        repair = auto and self.pydantic_program_mode == PydanticProgramMode.DEFAULT
        made = Attempt(ways, output_cls, messages, strict=self.strict, repair=repair, learn=self._learn)
        return made, dict(llm_kwargs or {})

    def structured_predict(
        self,
        output_cls: type[Any],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Any:
        """An object of ``output_cls`` for a prompt; as LlamaIndex has it.

        Raises:
            MalformedResponseError: The answer was cut, or does not fit the class.
            ContentFilterError: The model refused, or a content filter stopped the answer.
        """
        started = self._attempt(output_cls, prompt, llm_kwargs, prompt_args)
        if started is None:
            return super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
        attempt, asked = started
        _started(output_cls, prompt, prompt_args)
        while attempt.step is not None:
            messages, more = attempt.request()
            try:
                response = self.chat(messages, **asked, **more)
            except OpenAICompatibleError as error:
                attempt.took(None, error)
            else:
                attempt.took(response)
        return _ended(attempt.found)

    async def astructured_predict(
        self,
        output_cls: type[Any],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Any:
        """As :meth:`structured_predict`."""
        started = self._attempt(output_cls, prompt, llm_kwargs, prompt_args)
        if started is None:
            return await super().astructured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
        attempt, asked = started
        _started(output_cls, prompt, prompt_args)
        while attempt.step is not None:
            messages, more = attempt.request()
            try:
                response = await self.achat(messages, **asked, **more)
            except OpenAICompatibleError as error:
                attempt.took(None, error)
            else:
                attempt.took(response)
        return _ended(attempt.found)

    def _structured_stream_call(
        self,
        output_cls: type[Any],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Any, None, None]:
        started = self._attempt(output_cls, prompt, llm_kwargs, prompt_args)
        if started is None:
            yield from super()._structured_stream_call(output_cls, prompt, llm_kwargs, **prompt_args)
            return
        attempt, asked = started
        messages, more = attempt.request()
        parts = _Parts(attempt)
        for response in self.stream_chat(messages, **asked, **more):
            yield from parts.take(response)
        yield parts.end()

    async def _structured_astream_call(
        self,
        output_cls: type[Any],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Any, None]:
        started = self._attempt(output_cls, prompt, llm_kwargs, prompt_args)
        if started is None:
            return await super()._structured_astream_call(output_cls, prompt, llm_kwargs, **prompt_args)
        attempt, asked = started

        async def growing() -> AsyncGenerator[Any, None]:
            messages, more = attempt.request()
            parts = _Parts(attempt)
            async for response in await self.astream_chat(messages, **asked, **more):
                for part in parts.take(response):
                    yield part
            yield parts.end()

        return growing()


class _Parts:
    """What a stream shows of its object: parts while it grows, then the object."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._response = ChatResponse(message=ChatMessage())
        self._last: Any = None

    def take(self, response: ChatResponse) -> Generator[Any, None, None]:
        """Yield the part in a response, if there is a new one."""
        self._response = response
        if response.raw is None:  # the last response of a stream has one
            part = self._attempt.part(response)
            if part is not None and part != self._last:
                self._last = part
                yield part

    def end(self) -> Any:
        """The whole object.

        Raises:
            MalformedResponseError: The answer was cut, or does not fit the class.
            ContentFilterError: The model refused, or a content filter stopped the answer.
        """
        return self._attempt.take_streamed(self._response)


def _started(output_cls: type[BaseModel], prompt: PromptTemplate, prompt_args: dict[str, Any]) -> None:
    """Report as LlamaIndex's own way to structured output does."""
    _dispatcher.event(
        LLMStructuredPredictStartEvent(output_cls=output_cls, template=prompt, template_args=prompt_args)
    )


def _ended(found: BaseModel) -> BaseModel:
    _dispatcher.event(LLMStructuredPredictEndEvent(output=found))
    return found
