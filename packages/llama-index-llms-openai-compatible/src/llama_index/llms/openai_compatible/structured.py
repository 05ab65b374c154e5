"""Structured output by ``response_format``; by tools and by text LlamaIndex has it itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import suppress
from typing import Any

import llama_index.core.instrumentation as instrument
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.output_parsers.pydantic import PydanticOutputParser
from llama_index.core.program.utils import get_program_for_llm, process_streaming_objects
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, ValidationError

from llama_index.llms.openai_compatible.structured_auto import Attempt
from llama_index.llms.openai_compatible.tools import closed
from openai_compatible.errors import MalformedResponseError, OpenAICompatibleError
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

    def _by_schema(self) -> bool:
        if self.pydantic_program_mode != PydanticProgramMode.DEFAULT:
            return False
        asked = self.should_use_structured_outputs
        return self._ways()[0] == "json_schema" if asked is None else asked

    def _auto(self) -> bool:
        """Whether the way is ours to choose: the user named none."""
        return (
            self.pydantic_program_mode == PydanticProgramMode.DEFAULT
            and self.should_use_structured_outputs is None
        )

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
    ) -> tuple[Attempt, dict[str, Any]]:
        messages = self._extend_messages(prompt.format_messages(llm=self, **prompt_args))
        made = Attempt(self._ways(), output_cls, messages, strict=self.strict, learn=self._learn)
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
            MalformedResponseError: The answer does not fit the class.
        """
        if self._auto():
            attempt, asked = self._attempt(output_cls, prompt, llm_kwargs, prompt_args)
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
        if not self._by_schema():
            return super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
        messages, asked = self._asked(output_cls, prompt, llm_kwargs, prompt_args)
        _started(output_cls, prompt, prompt_args)
        return _ended(_read(output_cls, self.chat(messages, **asked)))

    async def astructured_predict(
        self,
        output_cls: type[Any],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Any:
        """As :meth:`structured_predict`."""
        if self._auto():
            attempt, asked = self._attempt(output_cls, prompt, llm_kwargs, prompt_args)
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
        if not self._by_schema():
            return await super().astructured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
        messages, asked = self._asked(output_cls, prompt, llm_kwargs, prompt_args)
        _started(output_cls, prompt, prompt_args)
        return _ended(_read(output_cls, await self.achat(messages, **asked)))

    def _structured_stream_call(
        self,
        output_cls: type[Any],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Any, None, None]:
        so_far: Any = None
        if self._by_tools():
            program = self._program(output_cls, prompt)
            for so_far in program.stream_call(llm_kwargs=llm_kwargs, **prompt_args):
                yield so_far
            _check(output_cls, so_far)
            return
        messages, asked = self._asked(output_cls, prompt, llm_kwargs, prompt_args)
        response = ChatResponse(message=ChatMessage())
        for response in self.stream_chat(messages, **asked):
            so_far = self._growing(output_cls, response, so_far)
            yield so_far
        if not isinstance(so_far, output_cls):
            yield _read(output_cls, response)

    async def _structured_astream_call(
        self,
        output_cls: type[Any],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Any, None]:
        async def growing() -> AsyncGenerator[Any, None]:
            so_far: Any = None
            if self._by_tools():
                program = self._program(output_cls, prompt)
                stream = await program.astream_call(llm_kwargs=llm_kwargs, **prompt_args)
                async for so_far in stream:
                    yield so_far
                _check(output_cls, so_far)
                return
            messages, asked = self._asked(output_cls, prompt, llm_kwargs, prompt_args)
            response = ChatResponse(message=ChatMessage())
            async for response in await self.astream_chat(messages, **asked):
                so_far = self._growing(output_cls, response, so_far)
                yield so_far
            if not isinstance(so_far, output_cls):
                yield _read(output_cls, response)

        return growing()

    def _by_tools(self) -> bool:
        """A tool call carries the object, or a program that the user named makes it."""
        mode = self.pydantic_program_mode
        if self._auto():
            return self._ways()[0] == "function_calling"
        if mode == PydanticProgramMode.DEFAULT:
            return self.metadata.is_function_calling_model and not self._by_schema()
        return mode != PydanticProgramMode.LLM

    def _program(self, output_cls: type[Any], prompt: PromptTemplate) -> Any:
        """LlamaIndex's own way to an object; in a stream it would leave the call to the model."""
        mode = self.pydantic_program_mode
        by_calls = mode in (PydanticProgramMode.DEFAULT, PydanticProgramMode.FUNCTION)
        more = {"tool_choice": "required"} if by_calls else {}
        return get_program_for_llm(output_cls, prompt, self, pydantic_program_mode=mode, **more)

    def _growing(self, output_cls: type[Any], response: ChatResponse, so_far: Any) -> Any:
        """The object as far as it can be read."""
        earlier = None if so_far is None else [so_far]
        return process_streaming_objects(response, output_cls, earlier, flexible_mode=True, llm=self)

    def _asked(
        self,
        output_cls: type[BaseModel],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None,
        prompt_args: dict[str, Any],
    ) -> tuple[list[ChatMessage], dict[str, Any]]:
        """Messages and call arguments that ask for an object by schema, or by text.

        Wire:
            ``{"response_format": {"type": "json_schema", "json_schema": {"name": "Song", "schema":
            {...}}}}``
        """
        messages = prompt.format_messages(llm=self, **prompt_args)
        asked = dict(llm_kwargs or {})
        if not self._by_schema():
            if prompt.output_parser is None:  # LlamaIndex hangs one on prompts it has used so before
                messages = PydanticOutputParser(output_cls).format_messages(messages)
            return self._extend_messages(messages), asked
        schema = output_cls.model_json_schema()
        named: dict[str, Any] = {"name": output_cls.__name__, "schema": schema}
        if self.strict:
            named.update(strict=True, schema=closed(schema))
        asked["response_format"] = {"type": "json_schema", "json_schema": named}
        return self._extend_messages(messages), asked


def _started(output_cls: type[BaseModel], prompt: PromptTemplate, prompt_args: dict[str, Any]) -> None:
    """Report as LlamaIndex's own way to structured output does."""
    _dispatcher.event(
        LLMStructuredPredictStartEvent(output_cls=output_cls, template=prompt, template_args=prompt_args)
    )


def _ended(found: BaseModel) -> BaseModel:
    _dispatcher.event(LLMStructuredPredictEndEvent(output=found))
    return found


def _check(output_cls: type[BaseModel], last: Any) -> None:
    """Raise where the last object of a stream is still a part of one."""
    if isinstance(last, output_cls):
        return
    values = last.model_dump() if isinstance(last, BaseModel) else {}
    try:
        output_cls.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise _unfit(output_cls, error) from None


def _unfit(output_cls: type[BaseModel], error: ValidationError, text: str | None = None) -> Exception:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return MalformedResponseError(
        f"the answer is no {output_cls.__name__}: {place + ': ' if place else ''}{first['msg']}",
        body=text[:2000] if text else None,
        hint="The server may not keep to schemas: try should_use_structured_outputs True or False.",
    )


def _read(output_cls: type[BaseModel], response: ChatResponse) -> BaseModel:
    """The object in an answer: all of it, or what stands between its braces."""
    text = response.message.content or ""
    try:
        return output_cls.model_validate_json(text)
    except ValidationError as error:
        inner = text[text.find("{") : text.rfind("}") + 1]
        if inner and inner != text:
            with suppress(ValidationError):
                return output_cls.model_validate_json(inner)
        raise _unfit(output_cls, error, text) from None
