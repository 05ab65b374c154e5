"""Events and completions -> LangChain messages. Pure.

A stream becomes one chunk per event; usage, finish reason, model name and everything else that
LangChain would add up or glue together when chunks are summed comes once, in the last chunk.
A message's ``id`` stays empty: LangChain writes its own, and servers repeat theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import jiter
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from langchain_openai_compatible.blocks import (
    MODEL_PROVIDER,
    build_citations,
    build_media,
    register_blocks,
)
from langchain_openai_compatible.finish_reason import normalized_finish_reason
from langchain_openai_compatible.invalid_calls import EMPTY_ARGUMENTS, CallTails, invalid_call, is_empty
from langchain_openai_compatible.reasoning import block_extras, call_extras, stored
from langchain_openai_compatible.usage import usage_metadata
from openai_compatible.types import (
    Choice,
    Completion,
    Event,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
)
from openai_compatible.wire.arguments import parse_arguments
from openai_compatible.wire.server_fields import server_fields, split_fields

__all__ = ["MODEL_PROVIDER", "ChunkMaker", "result", "usage_metadata"]

register_blocks()

_set = object.__setattr__
_new = object.__new__


def _template(model: Any) -> tuple[dict[str, Any], tuple[tuple[str, Callable[[], Any]], ...], Any]:
    """Field values of a validated instance, its containers as factories, and its extras."""
    values = dict(model.__dict__)
    fresh = tuple((k, type(v)) for k, v in values.items() if isinstance(v, list | dict))
    return values, fresh, model.__pydantic_extra__


# Validating a message and a generation costs 8-10 us a chunk, more than all the rest of a chunk.
# The values below are of types the validators would accept unchanged; fields that later versions
# of langchain-core add come from the template.
_MESSAGE, _FRESH, _EXTRA = _template(AIMessageChunk(content=""))
_GENERATION, _, _GENERATION_EXTRA = _template(ChatGenerationChunk(message=AIMessageChunk(content="")))
_MESSAGE_SET = frozenset({"content", "additional_kwargs", "response_metadata", "tool_call_chunks"})
_GENERATION_SET = frozenset({"message", "text"})


def _chunk(content: str | list[Any], text: str, **fields: Any) -> ChatGenerationChunk:
    """An AIMessageChunk in its generation, made without running validators."""
    values = _MESSAGE.copy()
    for name, factory in _FRESH:
        values[name] = factory()
    values["content"] = content
    if fields:
        values.update(fields)
    message = _new(AIMessageChunk)
    _set(message, "__dict__", values)
    _set(message, "__pydantic_fields_set__", set(_MESSAGE_SET))
    _set(message, "__pydantic_extra__", None if _EXTRA is None else {})
    _set(message, "__pydantic_private__", None)
    outer = _GENERATION.copy()
    outer["message"] = message
    outer["text"] = text
    generation = _new(ChatGenerationChunk)
    _set(generation, "__dict__", outer)
    _set(generation, "__pydantic_fields_set__", set(_GENERATION_SET))
    _set(generation, "__pydantic_extra__", None if _GENERATION_EXTRA is None else {})
    _set(generation, "__pydantic_private__", None)
    return generation


def _text(event: Any) -> ChatGenerationChunk:
    return _chunk(event[0], event[0])


def _reasoning(event: Any) -> ChatGenerationChunk:
    return _chunk("", "", additional_kwargs={"reasoning_content": event[0]})


def _refusal(event: Any) -> ChatGenerationChunk:
    return _chunk("", "", additional_kwargs={"refusal": event[0]})


def _tool_call(event: Any) -> ChatGenerationChunk:
    return _chunk("", "", **_tool_fields(event))


_PLAIN: dict[type, Callable[[Any], ChatGenerationChunk]] = {
    TextDelta: _text,
    ReasoningDelta: _reasoning,
    RefusalDelta: _refusal,
    ToolCallDelta: _tool_call,
}


class ChunkMaker:
    """Turns the events of one stream into chunks; ``None`` for events that make none.

    With ``v1`` the content of each chunk is a list of LangChain's standard blocks, indexed so
    that summing chunks joins what belongs together. Deltas of choices after the first are
    skipped; the last chunk's ``response_metadata["choices"]`` holds those choices whole.
    """

    __slots__ = ("_block", "_calls", "_count", "_reasoning", "_text", "_v1", "model")

    def __init__(self, *, v1: bool = False, model: str | None = None) -> None:
        self._v1 = v1
        self._calls = CallTails()
        self._block: Any = None
        self._count = -1
        self._reasoning: str | None = None
        self._text: str | None = None
        """Index of the first text block."""
        self.model = model

    def __call__(self, event: Event) -> ChatGenerationChunk | None:
        """The chunk for one event."""
        if type(event) is Completion:
            return self._last(event)
        if event.choice:  # type: ignore[union-attr]
            return None
        if type(event) is ToolCallDelta:
            given = self._calls.give(event)
            if given is None:
                return None
            event = given
        return self._standard(event) if self._v1 else _PLAIN[type(event)](event)

    def _standard(self, event: Event) -> ChatGenerationChunk:
        """One chunk whose content is a list with one standard block."""
        metadata = {"output_version": "v1"}
        if isinstance(event, TextDelta):
            index = self._index("text")
            self._text = self._text or index
            block = {"type": "text", "text": event.text, "index": index}
            return _chunk([block], event.text, response_metadata=metadata)
        if isinstance(event, ReasoningDelta):
            self._reasoning = self._index("reasoning")
            block = {"type": "reasoning", "reasoning": event.text, "index": self._reasoning}
            extra = {"reasoning_content": event.text}
            return _chunk([block], "", response_metadata=metadata, additional_kwargs=extra)
        if isinstance(event, RefusalDelta):
            block = {"type": "refusal", "refusal": event.text, "index": self._index("refusal")}
            extra = {"refusal": event.text}
            return _chunk([block], "", response_metadata=metadata, additional_kwargs=extra)
        call = cast(ToolCallDelta, event)
        piece = {
            "type": "tool_call_chunk",
            "id": call.id,
            "name": call.name,
            "args": call.arguments,
            "index": self._index(("call", call.index)),
        }
        return _chunk([piece], "", response_metadata=metadata, **_tool_fields(call))

    def _index(self, block: Any) -> str:
        """Index of the block an event continues. Tool calls may alternate and keep theirs."""
        if isinstance(block, tuple):
            self._block = block
            return f"lc_tc_{block[1]}"
        if block != self._block:
            self._block = block
            self._count += 1
        return f"lc_{block[:2]}_{self._count}"

    def _last(self, completion: Completion) -> ChatGenerationChunk:
        metadata = _metadata(completion, self.model)
        choice = completion.choices[0] if completion.choices else Choice()
        if self._v1:
            metadata["output_version"] = "v1"
        tails = self._calls.tails(choice)
        fields: dict[str, Any] = {}
        if tails:
            fields["tool_call_chunks"] = [_call_chunk(index, None, None, text) for index, text in tails]
            fields["invalid_tool_calls"] = [
                invalid_call(call, choice.finish_reason)
                for call in choice.tool_calls
                if parse_arguments(call.arguments, choice.finish_reason) is None
            ]
        return _chunk(
            self._last_blocks(choice, tails) if self._v1 else "",
            "",
            response_metadata=metadata,
            additional_kwargs=stored(choice),
            name=_name(choice),
            usage_metadata=usage_metadata(completion.usage),
            chunk_position="last",
            **fields,
        )

    def _last_blocks(self, choice: Choice, tails: list[tuple[int, str]]) -> list[dict[str, Any]]:
        """What is known of reasoning, text and calls only at the end, as pieces of their blocks."""
        pieces = {index: {"args": text} for index, text in tails}
        for number, call in enumerate(choice.tool_calls):
            if call.extra:
                piece = pieces.setdefault(self._calls.index(call.id, number), {"args": ""})
                piece["extras"] = dict(call.extra)  # type: ignore[assignment]
        blocks: list[dict[str, Any]] = [
            {"type": "tool_call_chunk", "index": f"lc_tc_{index}", **piece}
            for index, piece in pieces.items()
        ]
        extras = block_extras(choice)
        if extras:
            index = self._reasoning or self._index("reasoning")
            blocks.append({"type": "reasoning", "reasoning": "", "index": index, "extras": extras})
        extra = stored(choice)
        citations = build_citations(server_fields(extra))
        if citations and self._text:
            cited: dict[str, Any] = {"type": "text", "text": "", "annotations": citations}
            blocks.append({**cited, "index": self._text})
        blocks += [
            {**b, "index": self._index(f"{b['type']}{n}")} for n, b in enumerate(build_media(extra))
        ]
        return blocks


def result(completion: Completion, *, v1: bool = False, model: str | None = None) -> ChatResult:
    """A whole answer as LangChain's result, one generation per choice.

    Args:
        completion: The answer.
        v1: Make the content a list of standard blocks (``output_version="v1"``).
        model: Reported as ``model_name`` when the server named none.
    """
    choices = completion.choices or (Choice(),)
    generations = [
        ChatGeneration(
            message=_message(completion, choice, v1=v1, model=model),
            generation_info={"finish_reason": choice.finish_reason} if choice.finish_reason else None,
        )
        for choice in choices
    ]
    output: dict[str, Any] = {"model_name": completion.model or model}
    if completion.usage is not None:
        output["token_usage"] = dict(completion.usage.raw)
    return ChatResult(generations=generations, llm_output=output)


def _message(completion: Completion, choice: Choice, *, v1: bool, model: str | None) -> AIMessage:
    calls, invalid = [], []
    for call in choice.tool_calls:
        arguments = parse_arguments(call.arguments, choice.finish_reason)
        if arguments is None:
            invalid.append(invalid_call(call, choice.finish_reason))
        else:
            calls.append({"name": call.name, "args": arguments, "id": call.id, "type": "tool_call"})
    extra = stored(choice)
    if choice.reasoning:
        extra["reasoning_content"] = choice.reasoning
    if choice.refusal:
        extra["refusal"] = choice.refusal
    metadata = _metadata(completion, model, choice)
    content: str | list[Any] = choice.text
    if v1:
        metadata["output_version"] = "v1"
        content = _blocks(choice, calls, invalid, extra)
    return AIMessage(
        content=content,
        additional_kwargs=extra,
        name=_name(choice),
        response_metadata=metadata,
        tool_calls=calls,
        invalid_tool_calls=invalid,
        usage_metadata=usage_metadata(completion.usage),
    )


def _name(choice: Choice) -> str | None:
    name = choice.extra.get("name")
    return name if isinstance(name, str) else None


def _blocks(
    choice: Choice, calls: list[Any], invalid: list[Any], extra: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Standard blocks of an answer. Reasoning without any text (encrypted) comes last, as in streams."""
    thought: dict[str, Any] = {"type": "reasoning", "reasoning": choice.reasoning}
    extras = block_extras(choice)
    if extras:
        thought["extras"] = extras
    blocks = [thought] if choice.reasoning else []
    if choice.text:
        citations = build_citations(server_fields(extra))
        text: dict[str, Any] = {"type": "text", "text": choice.text}
        blocks.append({**text, "annotations": citations} if citations else text)
    if choice.refusal:
        blocks.append({"type": "refusal", "refusal": choice.refusal})
    blocks += build_media(extra)
    signed = call_extras(choice)
    for call in (*calls, *invalid):
        further = signed.get(call["id"])
        blocks.append({**call, "extras": further} if further else dict(call))
    return [*blocks, thought] if extras and not choice.reasoning else blocks


def _metadata(completion: Completion, model: str | None, choice: Choice | None = None) -> dict[str, Any]:
    """``response_metadata``: the same keys for a whole answer and for a stream's last chunk."""
    choices = completion.choices
    mine = choice or (choices[0] if choices else Choice())
    found: dict[str, Any] = {
        **split_fields(completion.extra),
        "model_name": completion.model or model,
        "model_provider": MODEL_PROVIDER,
        "id": completion.id,
        "created": completion.created,
        "system_fingerprint": completion.system_fingerprint,
        "service_tier": completion.service_tier,
        "finish_reason": mine.finish_reason,
        "normalized_finish_reason": normalized_finish_reason(mine),
        "logprobs": dict(mine.logprobs) if mine.logprobs else None,
    }
    if mine.raw_finish_reason != mine.finish_reason:
        found["raw_finish_reason"] = mine.raw_finish_reason
    if completion.usage is not None and completion.usage.raw:
        found["token_usage"] = dict(completion.usage.raw)
    if len(choices) > 1 and (choice is None or choice is choices[0]):
        found["choices"] = [_plain_choice(each) for each in choices if each is not mine]
    found[EMPTY_ARGUMENTS] = [call.id for call in mine.tool_calls if is_empty(call)] or None
    if completion.record is not None:
        found["openai_compatible"] = completion.record.to_dict()
    return {key: value for key, value in found.items() if value is not None}


def _plain_choice(choice: Choice) -> dict[str, Any]:
    """A further choice as plain JSON values, without what it does not have."""
    found: dict[str, Any] = {
        "index": choice.index,
        "text": choice.text,
        "reasoning": choice.reasoning,
        "refusal": choice.refusal,
        "tool_calls": [
            {"id": call.id, "name": call.name, "arguments": call.arguments} for call in choice.tool_calls
        ],
        "finish_reason": choice.finish_reason,
        "logprobs": dict(choice.logprobs) if choice.logprobs else None,
        "extra": stored(choice),
    }
    return {key: value for key, value in found.items() if value or key in {"index", "text"}}


def _call_chunk(index: int, call_id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    return {
        "name": name,
        "args": arguments,
        "id": call_id,
        "index": index,
        "type": "tool_call_chunk",
    }


def _tool_fields(delta: ToolCallDelta) -> dict[str, Any]:
    """``tool_call_chunks`` of one delta, and what LangChain's validator would derive from it."""
    index, call_id, name, arguments, _ = delta
    fields: dict[str, Any] = {"tool_call_chunks": [_call_chunk(index, call_id, name, arguments)]}
    parsed = _partial(arguments)
    if parsed is None:
        invalid = {"name": name, "args": arguments, "id": call_id, "error": None}
        fields["invalid_tool_calls"] = [{**invalid, "type": "invalid_tool_call"}]
    else:
        fields["tool_calls"] = [{"name": name or "", "args": parsed, "id": call_id, "type": "tool_call"}]
    return fields


def _partial(arguments: str) -> Mapping[str, Any] | None:
    """The object a piece of JSON begins, ``None`` if it begins none. Linear in its length."""
    if not arguments:
        return {}
    if arguments[0] != "{" and not arguments.lstrip().startswith("{"):
        return None
    try:
        value = jiter.from_json(arguments.encode(), partial_mode="trailing-strings")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
