"""Events and completions -> LlamaIndex responses. Pure.

A stream gives one response per event: ``delta`` is the new text, ``message`` all that came so far.
The last response holds what a whole answer holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    ContentBlock,
    LogProb,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from llama_index.llms.openai_compatible.media import build_media
from llama_index.llms.openai_compatible.reasoning import stored_calls, thinking
from llama_index.llms.openai_compatible.tools import GrowingToolCall
from openai_compatible.types import (
    Choice,
    Completion,
    Event,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from openai_compatible.wire.arguments import parse_arguments
from openai_compatible.wire.server_fields import split_fields

__all__ = ["ResponseMaker", "completion", "response"]

_set = object.__setattr__
_new = object.__new__


def _template(model: Any) -> dict[str, Any]:
    """Field values of a validated instance; the containers among them are replaced each time."""
    return dict(model.__dict__)


# Validating a message, its block and a response costs 10-12 us an event, more than all the rest. The
# values below are of types that the validators would take unchanged; fields that later versions of
# LlamaIndex add come from the template.
_MESSAGE = _template(ChatMessage(role=MessageRole.ASSISTANT))
_TEXT = _template(TextBlock(text=""))
_RESPONSE = _template(ChatResponse(message=ChatMessage()))
_MESSAGE_SET = frozenset({"role", "blocks", "additional_kwargs"})
_TEXT_SET = frozenset({"text"})
_RESPONSE_SET = frozenset({"message", "delta", "raw", "additional_kwargs"})


def _made(cls: type[Any], values: dict[str, Any], fields_set: frozenset[str]) -> Any:
    """An instance of a pydantic class, made without running its validators."""
    made = _new(cls)
    _set(made, "__dict__", values)
    _set(made, "__pydantic_fields_set__", set(fields_set))
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made


def _text_block(text: str) -> TextBlock:
    values = _TEXT.copy()
    values["text"] = text
    block: TextBlock = _made(TextBlock, values, _TEXT_SET)
    return block


class _Growing:
    """One tool call of a stream as far as it came."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments = ""

    def add(self, delta: ToolCallDelta) -> None:
        self.id = self.id or delta.id or ""
        self.name = self.name or delta.name or ""
        self.arguments += delta.arguments

    def whole(self) -> ToolCall:
        return ToolCall(self.id, self.name, self.arguments)


class ResponseMaker:
    """Turns the events of one stream into responses; ``None`` for events that make none.

    Deltas of choices after the first are skipped; ``raw["choices"]`` of the last response holds those
    choices whole. While a tool call grows, its arguments are text.
    """

    __slots__ = ("_calls", "_reasoning", "_text")

    def __init__(self) -> None:
        self._text = ""
        self._reasoning = ""
        self._calls: list[_Growing] = []

    def __call__(self, event: Event) -> ChatResponse | None:
        """The response for one event."""
        if isinstance(event, Completion):
            made = response(event)
            made.delta = ""
            return made
        if event.choice:
            return None
        if isinstance(event, TextDelta):
            self._text += event.text
            return self._so_far(event.text, {})
        if isinstance(event, ReasoningDelta):
            self._reasoning += event.text
            return self._so_far("", {"thinking_delta": event.text})
        if isinstance(event, RefusalDelta):
            return self._so_far("", {"refusal_delta": event.text})
        while len(self._calls) <= event.index:
            self._calls.append(_Growing())
        self._calls[event.index].add(event)
        return self._so_far("", {})

    def _so_far(self, delta: str, told: dict[str, Any]) -> ChatResponse:
        blocks: list[ContentBlock] = []
        if self._reasoning:
            blocks.append(ThinkingBlock.model_construct(content=self._reasoning))
        if self._text or not (self._reasoning or self._calls):
            blocks.append(_text_block(self._text))
        values = _MESSAGE.copy()
        values["blocks"] = blocks
        values["additional_kwargs"] = {}
        if self._calls:
            calls = [call.whole() for call in self._calls]
            blocks += [_call_block(call, call.arguments, GrowingToolCall) for call in calls]
            values["additional_kwargs"]["tool_calls"] = [_wire_call(call) for call in calls]
        outer = _RESPONSE.copy()
        outer["message"] = _made(ChatMessage, values, _MESSAGE_SET)
        outer["delta"] = delta
        outer["additional_kwargs"] = told
        made: ChatResponse = _made(ChatResponse, outer, _RESPONSE_SET)
        return made


def response(completion: Completion) -> ChatResponse:
    """A whole answer as LlamaIndex's response; of several choices the first.

    Wire:
        ``{"choices": [{"message": {"reasoning_content": "Hm", "content": "Hi"}, "finish_reason":
        "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 3}}`` becomes blocks
        ``[ThinkingBlock("Hm"), TextBlock("Hi")]`` and ``additional_kwargs`` ``{"prompt_tokens": 9,
        "completion_tokens": 3, "total_tokens": 12, "finish_reason": "stop"}``
    """
    choice = completion.choices[0] if completion.choices else Choice()
    blocks: list[ContentBlock] = []
    thought = thinking(completion, choice)
    if thought is not None:
        blocks.append(thought)
    told: dict[str, Any] = {**split_fields(choice.extra), **stored_calls(completion, choice)}
    media = build_media(told)
    if choice.text or not (thought or choice.tool_calls or media):
        blocks.append(TextBlock(text=choice.text))
    blocks += media
    for call in choice.tool_calls:
        arguments = parse_arguments(call.arguments, choice.finish_reason)
        blocks.append(_call_block(call, call.arguments if arguments is None else arguments))
    if choice.tool_calls:
        told["tool_calls"] = [_wire_call(call) for call in choice.tool_calls]
    if choice.refusal:
        told["refusal"] = choice.refusal
    return ChatResponse(
        message=ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks, additional_kwargs=told),
        raw=_raw(completion),
        logprobs=_logprobs(choice.logprobs),
        additional_kwargs=_told(completion, choice),
    )


def _call_block(
    call: ToolCall, arguments: dict[str, Any] | str, kind: type[ToolCallBlock] = ToolCallBlock
) -> ToolCallBlock:
    return kind.model_construct(tool_call_id=call.id, tool_name=call.name, tool_kwargs=arguments)


def _wire_call(call: ToolCall) -> dict[str, Any]:
    """A tool call in OpenAI's form, where LlamaIndex's programs and chat engines look for it."""
    function = {"name": call.name, "arguments": call.arguments}
    return {**call.extra, "id": call.id, "type": "function", "function": function}


def _told(completion: Completion, choice: Choice) -> dict[str, Any]:
    """``additional_kwargs`` of a response: token counts, finish reason, record."""
    found: dict[str, Any] = {}
    usage = completion.usage
    if usage is not None:
        found = {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.total_tokens,
            "cached_tokens": usage.cached_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
        }
    found["finish_reason"] = choice.finish_reason
    if choice.raw_finish_reason != choice.finish_reason:
        found["raw_finish_reason"] = choice.raw_finish_reason
    if completion.record is not None:
        found["openai_compatible"] = completion.record.to_dict()
    return {key: value for key, value in found.items() if value is not None}


def _raw(completion: Completion) -> dict[str, Any]:
    """The answer as the server sent it; of a stream, the body it would have sent in one piece."""
    if completion.raw is not None:
        whole = dict(completion.raw)
        if completion.usage is not None or whole.get("usage") is not None:
            whole["usage"] = _counts(completion.usage, whole.get("usage"))
        return whole
    found: dict[str, Any] = {
        **completion.extra,
        "id": completion.id,
        "object": "chat.completion",
        "model": completion.model,
        "created": completion.created,
        "system_fingerprint": completion.system_fingerprint,
        "service_tier": completion.service_tier,
        "choices": [_raw_choice(choice) for choice in completion.choices],
        "usage": _counts(completion.usage, completion.usage.raw) if completion.usage else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _counts(usage: Usage | None, raw: Any) -> dict[str, Any] | None:
    """The server's token counts under OpenAI's names, as numbers: LlamaIndex's counter adds them."""
    if usage is None:
        return None
    return {
        **(raw if isinstance(raw, Mapping) else {}),
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }


def _raw_choice(choice: Choice) -> dict[str, Any]:
    message: dict[str, Any] = {**choice.extra, "role": "assistant", "content": choice.text or None}
    if choice.reasoning:
        message[choice.reasoning_field or "reasoning_content"] = choice.reasoning
    if choice.refusal:
        message["refusal"] = choice.refusal
    if choice.tool_calls:
        message["tool_calls"] = [_wire_call(call) for call in choice.tool_calls]
    found = {"index": choice.index, "message": message, "finish_reason": choice.raw_finish_reason}
    if choice.logprobs:
        found["logprobs"] = dict(choice.logprobs)
    return found


def _logprobs(logprobs: Mapping[str, Any] | None) -> list[list[LogProb]] | None:
    """Per token its likeliest alternatives, or itself alone where the server sent none."""
    content = logprobs.get("content") if logprobs else None
    if not isinstance(content, list):
        return None
    found = []
    for token in content:
        if isinstance(token, Mapping):
            found.append([_logprob(each) for each in token.get("top_logprobs") or [token]])
    return found


def _logprob(token: Any) -> LogProb:
    """One entry; what is missing or of another type is left at its default."""
    if not isinstance(token, Mapping):
        return LogProb()
    text, value, spelled = token.get("token"), token.get("logprob"), token.get("bytes")
    return LogProb(
        token=text if isinstance(text, str) else "",
        logprob=float(value) if isinstance(value, int | float) else 0.0,
        bytes=[byte for byte in spelled if isinstance(byte, int)] if isinstance(spelled, list) else [],
    )


def completion(answer: ChatResponse) -> CompletionResponse:
    """The answer of a chat as LlamaIndex's answer to a prompt."""
    return CompletionResponse.model_construct(
        text=answer.message.content or "",
        delta=answer.delta,
        raw=answer.raw,
        logprobs=answer.logprobs,
        additional_kwargs={**answer.message.additional_kwargs, **answer.additional_kwargs},
    )
