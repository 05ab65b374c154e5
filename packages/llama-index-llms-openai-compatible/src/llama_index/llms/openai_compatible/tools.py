"""Tools of LlamaIndex -> OpenAI's tools; answers -> tool selections. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jiter
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool

from openai_compatible.errors import ConfigError, MalformedResponseError
from openai_compatible.wire.arguments import describe_arguments, parse_arguments

__all__ = [
    "GrowingToolCall",
    "closed",
    "only_one_call",
    "read_partial",
    "selections",
    "tool_choice",
    "wire_tools",
]


def wire_tools(tools: Sequence[BaseTool | Mapping[str, Any]], *, strict: bool) -> list[dict[str, Any]]:
    """OpenAI's dicts for tools; ``strict`` asks the server to keep to the schema.

    Wire:
        ``{"type": "function", "function": {"name": "add", "description": "...", "parameters": {...}}}``
    """
    found = []
    for tool in tools:
        if isinstance(tool, Mapping):
            found.append(dict(tool))
            continue
        spec = tool.metadata.to_openai_tool(skip_length_check=True)
        if strict:
            function = {**spec["function"], "strict": True}
            function["parameters"] = closed(function["parameters"])
            spec = {**spec, "function": function}
        found.append(spec)
    return found


def closed(schema: Any) -> Any:
    """A JSON schema under OpenAI's rules for ``strict``: no other keys, every key required.

    >>> closed({"type": "object", "properties": {"a": {"type": "string"}}})["required"]
    ['a']
    """
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NAMED and isinstance(value, Mapping):  # its keys are names, not keywords
            found[key] = {name: closed(each) for name, each in value.items()}
        elif key in _VALUES:
            found[key] = value
        elif key != "default":
            found[key] = closed(value)
    if isinstance(found.get("properties"), dict):
        found["required"] = list(found["properties"])
        found["additionalProperties"] = False
    return found


_NAMED = frozenset({"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"})
_VALUES = frozenset({"const", "enum", "examples"})
"""Keywords that hold values, which may look like schemas."""


def tool_choice(given: Any, *, required: bool, offered: bool) -> Any:
    """``tool_choice`` as it is sent: a function's name becomes OpenAI's object.

    >>> tool_choice("add", required=False, offered=True)
    {'type': 'function', 'function': {'name': 'add'}}
    """
    if not offered:
        return None
    if given is None:
        return "required" if required else None
    if given == "any":
        return "required"
    if isinstance(given, str) and given not in ("auto", "none", "required"):
        return {"type": "function", "function": {"name": given}}
    return given


def only_one_call(response: ChatResponse) -> None:
    """Keep the first tool call of an answer where several were not allowed, as LlamaIndex does."""
    message = response.message
    calls = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    if len(calls) > 1:
        message.blocks = [b for b in message.blocks if not isinstance(b, ToolCallBlock) or b is calls[0]]
        message.additional_kwargs["tool_calls"] = message.additional_kwargs["tool_calls"][:1]


class GrowingToolCall(ToolCallBlock):
    """A tool call in the middle of a stream, its arguments as far as they came."""


def selections(
    message: ChatMessage, *, error_on_none: bool, finish_reason: str | None = None
) -> list[ToolSelection]:
    """The tool calls of an answer with their arguments as objects.

    In the middle of a stream arguments are cut: then the part that can be read. In a finished answer
    nothing is completed: one call that is cut makes the others unusable too, since running half of
    what the model wanted is as wrong as running a mended call.

    Args:
        message: The answer.
        error_on_none: Raise where there is no call.
        finish_reason: Normalised finish reason of the answer, where it is known.

    Raises:
        ConfigError: There is none, and ``error_on_none`` says that is an error.
        MalformedResponseError: The arguments of a finished call are no JSON object.
    """
    calls = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    if not calls and error_on_none:
        raise ConfigError(
            "the model called no tool",
            hint="Pass tool_required=True, or error_on_no_tool_call=False if an answer in text is fine.",
        )
    return [
        ToolSelection(
            tool_id=call.tool_call_id or "",
            tool_name=call.tool_name,
            tool_kwargs=_arguments(call, finish_reason),
        )
        for call in calls
    ]


def _arguments(call: ToolCallBlock, finish_reason: str | None) -> dict[str, Any]:
    if isinstance(call.tool_kwargs, dict):
        return call.tool_kwargs
    if isinstance(call, GrowingToolCall):
        return parse_arguments(call.tool_kwargs) or read_partial(call.tool_kwargs) or {}
    found = parse_arguments(call.tool_kwargs, finish_reason)
    if found is None:
        what = describe_arguments(call.tool_name, finish_reason)
        raise MalformedResponseError(
            f"{what}: {call.tool_kwargs[:200]}" if call.tool_kwargs else what,
            body=call.tool_kwargs[:2_000] or None,
            hint="Raise max_tokens."
            if finish_reason == "length"
            else "A larger model, strict=True or a schema the server enforces may help.",
        )
    return found


def read_partial(text: str) -> dict[str, Any] | None:
    """The object that a piece of JSON begins."""
    try:
        value = jiter.from_json(text.encode("utf-8", "replace"), partial_mode="trailing-strings")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
