"""Tool calls whose final arguments are no JSON object, kept invalid in every sum of chunks. Pure.

LangChain adds the ``tool_call_chunks`` of a stream and reads the sum leniently: ``{"text": "half of``
becomes a valid call with half the text, and that again whenever chunks are added, copied through a
serialisation or turned into a message. So the last chunk of a stream appends a *seal* to such
arguments: a note for readers and a bracket that closes nothing, at which ``parse_partial_json`` gives
up. What the model wrote stands before the seal, verbatim; :func:`unseal` returns it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from openai_compatible.types import Choice, ToolCall, ToolCallDelta
from openai_compatible.wire.arguments import CUT_REASONS, describe_arguments, parse_arguments

__all__ = [
    "EMPTY_ARGUMENTS",
    "CallTails",
    "invalid_call",
    "is_empty",
    "seal",
    "unseal",
    "unseal_results",
]

EMPTY_ARGUMENTS = "empty_arguments"
"""Key of ``response_metadata``: ids of calls whose arguments were no text at all, read as ``{}``."""
_CALL_KINDS = ("tool_call_chunk", "invalid_tool_call")
_SEAL = re.compile('\u27e8invalid: ([^\u27e8\u27e9"\\\\{}\\[\\]]*)\u27e9"?[\\]}]\\Z')


def invalid_call(call: ToolCall, finish_reason: str | None) -> dict[str, Any]:
    """LangChain's dict for a call that must not be run, with its raw text and what happened."""
    return _invalid(call.name, call.arguments, call.id, finish_reason)


def is_empty(call: ToolCall) -> bool:
    """Whether nothing was written as arguments, which a call without parameters may mean."""
    return call.arguments.strip() in ("", "null")


def seal(arguments: str, finish_reason: str | None) -> str:
    """What to append to arguments so that no lenient parser reads an object.

    >>> seal('{"a": "x', "length")
    '\u27e8invalid: the answer ended (length)\u27e9"]'
    """
    cut = finish_reason in CUT_REASONS
    note = f"\u27e8invalid: {f'the answer ended ({finish_reason})' if cut else 'no JSON object'}\u27e9"
    in_string, innermost = _state(arguments)
    return f"{note}{chr(34) if in_string else ''}{'}' if innermost == '[' else ']'}"


def unseal(arguments: str) -> str:
    """The arguments as the model wrote them.

    >>> unseal('{"a": "x' + seal('{"a": "x', "length"))
    '{"a": "x'
    """
    found = _SEAL.search(arguments) if arguments[-1:] in ("]", "}") else None
    return arguments[: found.start()] if found else arguments


class CallTails:
    """What is given out of tool calls as they come, and what the last chunk must add to them.

    Arguments that do not begin as an object (JSON text inside a JSON text, ``null``) are held back:
    LangChain sums the pieces and reads them once only (tool-arguments-types).
    """

    __slots__ = ("_empty", "_held", "_indexes")

    def __init__(self) -> None:
        self._indexes: dict[str, int] = {}
        self._empty: set[int] = set()
        self._held: set[int] = set()

    def give(self, delta: ToolCallDelta) -> ToolCallDelta | None:
        """The delta without what is held back, ``None`` if nothing is left."""
        index = delta.index
        if delta.id is not None:
            self._indexes[delta.id] = index
            self._empty.add(index)
        if index in self._held:
            return None
        if index in self._empty and (begin := delta.arguments.lstrip()):
            self._empty.discard(index)
            if begin[0] != "{":
                self._held.add(index)
                return None if delta.id is None else delta._replace(arguments="")
        return delta

    def tails(self, choice: Choice) -> list[tuple[int, str]]:
        """What each call still lacks at the end of the answer, by its index."""
        found = []
        for number, call in enumerate(choice.tool_calls):
            index = self.index(call.id, number)
            arguments = parse_arguments(call.arguments, choice.finish_reason)
            tail = "" if arguments is not None else seal(call.arguments, choice.finish_reason)
            if index in self._held:
                raw = call.arguments.lstrip()
                tail = raw + tail if arguments is None else json.dumps(arguments, ensure_ascii=False)
            elif arguments == {} and call.arguments and not call.arguments.strip():
                tail = "{}"
            if tail:
                found.append((index, tail))
        return found

    def index(self, call_id: str, number: int) -> int:
        """Index that the deltas of a call had; ``number`` is its place in the finished answer."""
        return self._indexes.get(call_id, number)


def unseal_results(result: ChatResult) -> ChatResult:
    """Give back the raw text, and say what happened, in the messages of a stream that was summed."""
    for generation in result.generations:
        message = generation.message
        if isinstance(generation, ChatGeneration) and isinstance(message, AIMessage):
            reason = message.response_metadata.get("finish_reason")
            message.invalid_tool_calls = [_unsealed(call, reason) for call in message.invalid_tool_calls]
            if isinstance(message.content, list) and message.invalid_tool_calls:
                message.content = _content(message.content, message.invalid_tool_calls)
    return result


def _invalid(name: Any, arguments: Any, call_id: Any, finish_reason: str | None) -> dict[str, Any]:
    error = describe_arguments(str(name or ""), finish_reason)
    hint = " Raise max_tokens." if finish_reason == "length" else ""
    return {
        "name": name,
        "args": arguments,
        "id": call_id,
        "error": f"{error[:1].upper()}{error[1:]}.{hint}",
        "type": "invalid_tool_call",
    }


def _unsealed(call: Any, finish_reason: str | None) -> Any:
    arguments = call.get("args")
    if not isinstance(arguments, str) or (raw := unseal(arguments)) == arguments:
        return call
    return {**call, **_invalid(call.get("name"), raw, call.get("id"), finish_reason)}


def _content(blocks: Sequence[Any], invalid: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The v1 content with invalid calls in the place of their chunks."""
    by_id = {call.get("id"): call for call in invalid}
    found: list[Any] = []
    for block in blocks:
        kind = block.get("type") if isinstance(block, Mapping) else None
        call = by_id.get(block["id"]) if kind in _CALL_KINDS and block.get("id") else None
        found.append({**call, **_extras(block)} if call else block)
    return found


def _extras(block: Mapping[str, Any]) -> dict[str, Any]:
    return {"extras": block["extras"]} if block.get("extras") else {}


def _state(arguments: str) -> tuple[bool, str]:
    """Whether a JSON text ends inside a string, and which bracket is open there, ``""`` for none.

    Reads as ``parse_partial_json`` does: a bracket that closes nothing is where it gives up.
    """
    opened: list[str] = []
    in_string = escaped = False
    for sign in arguments:
        if in_string:
            if sign == '"' and not escaped:
                in_string = False
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            in_string, escaped = True, False
        elif sign in "{[":
            opened.append(sign)
        elif sign in "}]" and (not opened or opened.pop() != ("{" if sign == "}" else "[")):
            return False, ""
    return in_string, opened[-1] if opened else ""
