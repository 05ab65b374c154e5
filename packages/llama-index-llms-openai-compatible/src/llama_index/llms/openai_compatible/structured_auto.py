"""Structured output in the way that the server takes: chosen, noticed when ignored, repaired once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    MessageRole,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.program.utils import create_flexible_model
from pydantic import BaseModel, ValidationError

from llama_index.llms.openai_compatible.tools import closed, read_partial, selections, wire_tools
from openai_compatible.errors import MalformedResponseError, OpenAICompatibleError
from openai_compatible.plan.object_answer import judge_answer
from openai_compatible.plan.structured import (
    Failed,
    Learned,
    Tried,
    Try,
    Way,
    instruction,
    repair_request,
    structured,
)
from openai_compatible.wire.arguments import CUT_REASONS
from openai_compatible.wire.json_answer import has_cut_json, json_values

__all__ = ["Attempt"]

T = TypeVar("T", bound=BaseModel)


class Attempt:
    """The requests for one object. ``step`` says what to send next, until :meth:`took` ends it.

    Args:
        ways: What to try, best first.
        output_cls: The class of the object.
        messages: The prompt.
        strict: Ask the server to keep strictly to the schema.
        repair: Ask once more when an object does not fit.
        learn: Takes facts that were learned, and what to say of them.
    """

    def __init__(
        self,
        ways: Sequence[Way],
        output_cls: type[BaseModel],
        messages: Sequence[ChatMessage],
        *,
        strict: bool,
        repair: bool,
        learn: Callable[[Any, str], None],
    ) -> None:
        self._plan = structured(ways, repair=repair)
        self._cls = output_cls
        self._messages = list(messages)
        self._strict = strict
        self._learn = learn
        self._response: ChatResponse | None = None
        self._flexible: type[BaseModel] | None = None
        self.found: Any = None
        """The object, once there is one."""
        first = next(self._plan)
        assert isinstance(first, Try)
        self.step: Try | None = first

    def request(self) -> tuple[list[ChatMessage], dict[str, Any]]:
        """Messages and arguments of the next call."""
        assert self.step is not None
        way, problem = self.step
        messages = self._messages
        if way in ("json_mode", "prompt"):
            schema = json.dumps(self._cls.model_json_schema(), ensure_ascii=False)
            messages = _told(messages, instruction(schema))
        if problem is not None and self._response is not None:
            given = self._response.message.content or _given(self._response)
            messages = [
                *messages,
                ChatMessage(role=MessageRole.ASSISTANT, content=given),
                ChatMessage(role=MessageRole.USER, content=repair_request(problem)),
            ]
        return messages, self._asked(way)

    def took(self, response: ChatResponse | None, error: OpenAICompatibleError | None = None) -> None:
        """Take in what came of it.

        Raises:
            MalformedResponseError: No way is left, or the answer was cut.
            ContentFilterError: The model refused, or a filter stopped the answer.
            OpenAICompatibleError: The request failed for a reason of its own.
        """
        assert self.step is not None
        if response is not None:
            self._response = response
        try:
            tried = Tried(error=error) if response is None else self._read(response)
            step = self._plan.send(tried)
            while isinstance(step, Learned):
                self._learn(step.facts, step.text)
                step = self._plan.send(Tried())
        except StopIteration as end:
            self.step = None
            self._end(end.value)
        else:
            self.step = step

    def part(self, response: ChatResponse) -> BaseModel | None:
        """The object as far as it came, of a class whose fields are all optional; ``None``: nothing yet.

        It is never an instance of the output class, which would look whole where fields have defaults.
        """
        values = _part(response)
        if values is None:
            return None
        self._flexible = self._flexible or create_flexible_model(self._cls)
        try:
            return self._flexible.model_validate(values)
        except ValidationError:
            return None

    def take_streamed(self, response: ChatResponse) -> Any:
        """The object of a finished stream; what :meth:`took` raises where there is none that fits."""
        assert self.step is not None
        tried = self._read(response)
        if not tried.found:
            self._response = response
            self._end(Failed(tried.problem, [self.step.way]))
        return tried.value

    def _end(self, result: Any) -> None:
        if isinstance(result, Failed):
            text = self._response.message.content if self._response else None
            raise MalformedResponseError(
                f"the answer is no {self._cls.__name__}: {result.problem}",
                body=(text or "")[:2_000] or None,
                hint=f"Tried {', '.join(result.tried)}. Try a larger model, a simpler class, or "
                "should_use_structured_outputs True or False.",
            )
        self.found = result[0].value

    def _asked(self, way: Way) -> dict[str, Any]:
        schema = self._cls.model_json_schema()
        if way == "json_schema":
            named: dict[str, Any] = {"name": self._cls.__name__, "schema": schema}
            if self._strict:
                named.update(strict=True, schema=closed(schema))
            return {"response_format": {"type": "json_schema", "json_schema": named}}
        if way == "function_calling":
            tools = wire_tools([get_function_tool(self._cls)], strict=self._strict)
            return {"tools": tools, "tool_choice": "required"}
        return {"response_format": {"type": "json_object"}} if way == "json_mode" else {}

    def _read(self, response: ChatResponse) -> Tried:
        refusal = response.message.additional_kwargs.get("refusal")
        reason = response.additional_kwargs.get("finish_reason")
        calls = _calls(response, reason)
        return judge_answer(
            _values(response, calls or [], reason),
            self._validate,
            finish_reason=reason,
            refusal=refusal if isinstance(refusal, str) else None,
            damaged=calls is None or has_cut_json(response.message.content or ""),
        )

    def _validate(self, value: Any) -> tuple[Any, str | None]:
        try:
            return self._cls.model_validate(value), None
        except ValidationError as error:
            return None, _said(error)


def _calls(response: ChatResponse, finish_reason: str | None) -> list[dict[str, Any]] | None:
    """Arguments of the calls in a finished answer, ``None`` if one of them is no JSON object.

    No text at all is none either: what has no parameters may be called so, an object has fields.
    """
    for call in response.message.additional_kwargs.get("tool_calls") or ():
        if call["function"]["arguments"].strip() in ("", "null"):
            return None
    try:
        found = selections(response.message, error_on_none=False, finish_reason=finish_reason)
    except MalformedResponseError:
        return None
    return [call.tool_kwargs for call in found]


def _values(
    response: ChatResponse, calls: Sequence[dict[str, Any]], finish_reason: str | None
) -> Iterator[Any]:
    """What may be the object: arguments of a call, JSON in the text, else in the reasoning."""
    message = response.message
    yield from calls
    text = message.content or ""
    yield from json_values(text)
    if text.strip() or finish_reason in CUT_REASONS:
        return  # the reasoning of a cut answer holds drafts only
    if any(isinstance(block, ToolCallBlock) for block in message.blocks):
        return
    # vLLM's reasoning parsers put an answer without an end mark wholly into the reasoning.
    for block in message.blocks:
        if isinstance(block, ThinkingBlock):
            yield from json_values(block.content or "")


def _part(response: ChatResponse) -> dict[str, Any] | None:
    """The beginning of an object in an answer that still grows."""
    message = response.message
    for block in message.blocks:
        if isinstance(block, ToolCallBlock):
            arguments = block.tool_kwargs
            return arguments if isinstance(arguments, dict) else read_partial(arguments)
    text = (message.content or "").rpartition("</think>")[2]
    start = text.find("{")
    return read_partial(text[start:]) if start >= 0 else None


def _told(messages: Sequence[ChatMessage], text: str) -> list[ChatMessage]:
    """The messages with a system message in front, or with more in the one there is."""
    if messages and messages[0].role == MessageRole.SYSTEM and messages[0].content:
        text = f"{messages[0].content}\n\n{text}"
        messages = messages[1:]
    return [ChatMessage(role=MessageRole.SYSTEM, content=text), *messages]


def _given(response: ChatResponse) -> str:
    """The arguments of the calls in an answer, as text for the model that wrote them."""
    blocks = [block for block in response.message.blocks if isinstance(block, ToolCallBlock)]
    return json.dumps([block.tool_kwargs for block in blocks], ensure_ascii=False)


def _said(error: ValidationError) -> str:
    """A validation error in one line, without the values."""
    found = error.errors(include_input=False, include_url=False, include_context=False)[:5]
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc']) or 'object'}: {one['msg']}" for one in found
    )
