"""Structured output in the way that the server takes: chosen, noticed when ignored, repaired once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForChainRun, CallbackManagerForChainRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import patch_config

from langchain_openai_compatible.core_keys import is_internal_call
from langchain_openai_compatible.errors import ModelRefusedError
from langchain_openai_compatible.structured import (
    function_of,
    structured_binding,
    with_parser,
)
from langchain_openai_compatible.structured_answers import AnswerReader, ObjectParser, UnfitAnswerError
from langchain_openai_compatible.tracing import ConcealingBinding
from openai_compatible.errors import MalformedResponseError, OpenAICompatibleError
from openai_compatible.plan.structured import (
    Failed,
    Learned,
    Tried,
    Try,
    Way,
    choose,
    instruction,
    repair_request,
    structured,
)
from openai_compatible.secret_mapping import conceal
from openai_compatible.wire.dialect.schemas import inlined

__all__ = ["AutoStructured", "UnfitAnswerError"]


class AutoStructured(Runnable[LanguageModelInput, Any]):
    """What ``with_structured_output`` gives with ``method="auto"``.

    A stream is asked for in the first way only: after its first piece nothing can be taken back.
    """

    def __init__(
        self,
        llm: Any,
        schema: Any,
        *,
        call: Mapping[str, Any],
        strict: bool | None,
        include_raw: bool,
        repair: bool,
    ) -> None:
        self.llm = llm
        self.schema = schema
        self.call = conceal(call)
        self.strict = strict
        self.include_raw = include_raw
        self.repair = repair
        self._function = function_of(schema)
        self._parameters = inlined(self._function.get("parameters") or {})
        self._reader = AnswerReader(
            schema,
            self._function["name"],
            "anywhere",
            provider=llm.provider_name,
            parameters=self._parameters,
        )

    def bind(self, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        """This runnable with arguments of its calls, whose secrets no dump or ``repr`` shows."""
        return ConcealingBinding(bound=self, kwargs=kwargs)

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways that would be tried now, best first."""
        facts = self.llm.targets[0].facts
        profile = self.llm.client.dialect(self._model)
        return choose(profile, tools=facts.tools, structured_output=facts.structured_output)

    @property
    def _model(self) -> str:
        model = self.call.get("model")
        return model if isinstance(model, str) else ""

    def invoke(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Any:
        """An object of the schema."""
        kwargs = conceal(kwargs)
        return self._call_with_config(self._invoke, input, config, **kwargs)

    async def ainvoke(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Any:
        """An object of the schema."""
        kwargs = conceal(kwargs)
        return await self._acall_with_config(self._ainvoke, input, config, **kwargs)

    def stream(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """The object as it grows, asked for in the first way."""
        kwargs = conceal(kwargs)
        yield from self._first(input).stream(input, config, **kwargs)

    async def astream(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """The object as it grows, asked for in the first way."""
        kwargs = conceal(kwargs)
        async for part in self._first(input).astream(input, config, **kwargs):
            yield part

    def _invoke(
        self,
        input: LanguageModelInput,
        run_manager: CallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Any:
        inner = patch_config(config, callbacks=run_manager.get_child())
        plan, raw, step = self._start()
        while not isinstance(step, _End):
            try:
                raw = self._bound(step.way).invoke(self._asked(input, step, raw), inner, **kwargs)
            except OpenAICompatibleError as error:
                step = self._next(plan, Tried(error=error))
            else:
                step = self._judged(plan, raw)
        return self._ended(step, raw, config)

    async def _ainvoke(
        self,
        input: LanguageModelInput,
        run_manager: AsyncCallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Any:
        inner = patch_config(config, callbacks=run_manager.get_child())
        plan, raw, step = self._start()
        while not isinstance(step, _End):
            try:
                raw = await self._bound(step.way).ainvoke(self._asked(input, step, raw), inner, **kwargs)
            except OpenAICompatibleError as error:
                step = self._next(plan, Tried(error=error))
            else:
                step = self._judged(plan, raw)
        return self._ended(step, raw, config)

    # -- the plan

    def _start(self) -> tuple[Any, AIMessage | None, Try | _End]:
        plan = structured(self.ways, repair=self.repair)
        step = next(plan)
        assert isinstance(step, Try)
        return plan, None, step

    def _judged(self, plan: Any, raw: AIMessage) -> Try | _End:
        """What follows from an answer. What is wrong with it alone fills ``parsing_error``."""
        try:
            tried = self._reader.judge(raw)
        except OpenAICompatibleError as error:
            return _End(error)
        return self._next(plan, tried)

    def _next(self, plan: Any, tried: Tried) -> Try | _End:
        """The next request, or the end; what was learned on the way is remembered."""
        try:
            step = plan.send(tried)
            while isinstance(step, Learned):
                self.llm.client.learn(step.facts, step.text, model=self._model)
                step = plan.send(Tried())
        except StopIteration as end:
            return _End(end.value)
        found: Try = step
        return found

    def _ended(self, end: _End, raw: AIMessage | None, config: RunnableConfig) -> Any:
        result, parsed = end.result, None
        error: OpenAICompatibleError | None = None
        if isinstance(result, Failed):
            error = UnfitAnswerError(
                f"the answer is no {self._function['name']}: {result.problem}",
                llm_output=None if raw is None else raw.text,
                body=None if raw is None else raw.text[:2_000],
                model=self._model or self.llm.targets[0].model,
                provider=self.llm.provider_name,
                hint=f"Tried {', '.join(result.tried)}. Try a larger model, or a simpler schema.",
            )
        elif isinstance(result, OpenAICompatibleError):
            error = result
        else:
            tried, repaired = result
            parsed = tried.value
            if repaired and raw is not None:
                raw.response_metadata.setdefault("openai_compatible", {})["repaired"] = True
        if self.include_raw:
            return {"raw": raw, "parsed": parsed, "parsing_error": error}
        if error is None:
            return parsed
        if raw is not None and self._may_be_unfit(error, config):
            return self._reader.first_value(raw)
        raise error

    def _may_be_unfit(self, error: OpenAICompatibleError, config: RunnableConfig) -> bool:
        """Whether the caller asked for a dict that it checks and recovers itself.

        LangChain does not validate dicts, so its own parts look at the value, and catch no error:
        ``LLMToolSelectorMiddleware`` asks again and then does what ``on_parsing_failure`` says.
        """
        if not isinstance(self.schema, Mapping) or isinstance(error, ModelRefusedError):
            return False
        return isinstance(error, MalformedResponseError) and is_internal_call(config)

    # -- one request

    def _bound(self, way: Way) -> Runnable[Any, AIMessage]:
        if way == "prompt":
            format = {"kwargs": {"method": way, "strict": None}, "schema": self.schema}
            bound: dict[str, Any] = {"ls_structured_output_format": format}
        else:
            strict = None if way == "json_mode" else self.strict
            bound = structured_binding(self.schema, way, strict=strict, tools=None)
        found: Runnable[Any, AIMessage] = self.llm.bind(**self.call, **bound)
        return found

    def _asked(self, input: LanguageModelInput, step: Try, raw: AIMessage | None) -> list[BaseMessage]:
        """The messages, with the schema and the answer to repair where the way needs them."""
        messages = self._messages(input, step.way)
        if step.problem is None or raw is None:
            return messages
        calls = [*raw.tool_calls, *raw.invalid_tool_calls]
        given = raw.text or json.dumps([call["args"] for call in calls], ensure_ascii=False)
        return [*messages, AIMessage(given), HumanMessage(repair_request(step.problem))]

    def _messages(self, input: LanguageModelInput, way: Way) -> list[BaseMessage]:
        llm: BaseChatModel = self.llm
        messages = llm._convert_input(input).to_messages()
        if way not in ("json_mode", "prompt"):
            return messages
        told = instruction(json.dumps(self._parameters, ensure_ascii=False))
        if messages and isinstance(messages[0], SystemMessage) and isinstance(messages[0].content, str):
            told = f"{messages[0].content}\n\n{told}"
            messages = messages[1:]
        return [SystemMessage(told), *messages]

    def _first(self, input: LanguageModelInput) -> Runnable[Any, Any]:
        way = self.ways[0]
        parser = ObjectParser(reader=self._reader)
        chain = with_parser(self._bound(way), parser, self.include_raw)
        found: Runnable[Any, Any] = (lambda asked: self._messages(asked, way)) | chain
        return found


class _End:
    """The plan is over."""

    def __init__(self, result: Any) -> None:
        self.result = result
