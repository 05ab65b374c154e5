"""Tool calls of earlier answers that servers cannot read: sent in a form that every server reads.

vLLM, SGLang, DeepSeek, llama.cpp and others parse the arguments of every call in the history. One
broken call would make them refuse each later turn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from openai_compatible.wire.arguments import parse_arguments
from openai_compatible.wire.dialect.step import Body

__all__ = ["BROKEN_KEY", "Repair", "repair_calls"]

BROKEN_KEY = "invalid_arguments"
"""The key under which the model sees its own text where that is no JSON object."""
NOT_RUN = "This call was not run: its arguments are not a valid JSON object."
_BAD_NAME = re.compile(r"[^\w.:/@-]+")


class Repair(NamedTuple):
    """A body whose calls can be read, and what was changed for that, for the record."""

    body: Body
    notes: tuple[str, ...] = ()


def repair_calls(body: Body) -> Repair:
    """Make the calls of the history readable. The body given is not changed.

    Arguments that say an object in another form (raw line ends, JSON inside JSON, an object that is
    no text) become its JSON text. Others become ``{"invalid_arguments": "<the text>"}``; such a call
    is answered with a sentence if no tool message answers it, because servers demand an answer.

    Wire:
        ``{"function": {"name": "f", "arguments": "{\\"a\\": "}}`` -> ``{"function": {"name": "f",
        "arguments": "{\\"invalid_arguments\\": \\"{\\\\\\"a\\\\\\": \\"}"}}``
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or _are_readable(messages):
        return Repair(body)
    made: list[Any] = []
    broken: list[str] = []
    waiting: list[str] = []
    for message in messages:
        role = message.get("role") if isinstance(message, Mapping) else None
        if role == "tool" and waiting:
            waiting = [one for one in waiting if one != message.get("tool_call_id")]
        elif waiting:
            made += _answers(waiting)
            waiting = []
        repaired, ids = _repair_message(message, broken) if role == "assistant" else (message, [])
        waiting += ids
        made.append(repaired)
    made += _answers(waiting)
    if len(made) == len(messages) and all(a is b for a, b in zip(made, messages, strict=True)):
        return Repair(body)
    return Repair({**body, "messages": made}, _note(broken))


def _are_readable(messages: list[Any]) -> bool:
    """Whether there is nothing to repair: a quick look before any copying, for histories are long."""
    try:
        if True not in ["tool_calls" in m or "function_call" in m for m in messages]:
            return True
    except TypeError:  # an odd message
        return False
    from jiter import from_json  # not while the package is imported: that stays light

    try:
        for message in messages:
            if "function_call" in message:
                return False
            for call in message.get("tool_calls") or ():
                function = call["function"]
                if not function["name"].isidentifier() or function["arguments"][0] != "{":
                    return False
                from_json(function["arguments"].encode(), allow_inf_nan=False)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return False
    return True


def _answers(ids: list[str]) -> list[Any]:
    return [{"role": "tool", "tool_call_id": one, "content": NOT_RUN} for one in ids]


def _note(broken: list[str]) -> tuple[str, ...]:
    if not broken:
        return ()
    names = ", ".join(dict.fromkeys(broken))
    return (
        f"{len(broken)} earlier tool call{'s' * (len(broken) > 1)} with arguments that are no JSON "
        f"object ({names[:200]}): sent as {{{BROKEN_KEY!r}: ...}}",
    )


def _repair_message(
    message: Mapping[str, Any], broken: list[str]
) -> tuple[Mapping[str, Any], list[str]]:
    """The message with readable calls, and the ids of those that were broken."""
    calls, legacy = message.get("tool_calls"), message.get("function_call")
    ids: list[str] = []
    made = message
    if isinstance(calls, list):
        repaired = [_repair_call(call, broken, ids) for call in calls]
        if not all(a is b for a, b in zip(repaired, calls, strict=True)):
            made = {**made, "tool_calls": repaired}
    if isinstance(legacy, Mapping):
        function = _repair_function(legacy, broken)
        if function is not legacy:
            made = {**made, "function_call": function}
    return made, ids


def _repair_call(call: Any, broken: list[str], ids: list[str]) -> Any:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return call
    before = len(broken)
    repaired = _repair_function(function, broken)
    if len(broken) > before and isinstance(call.get("id"), str):
        ids.append(call["id"])
    return call if repaired is function else {**call, "function": repaired}


def _repair_function(function: Mapping[str, Any], broken: list[str]) -> Mapping[str, Any]:
    made = function
    name, arguments = function.get("name"), function.get("arguments")
    if isinstance(name, str) and (not name or _BAD_NAME.search(name)):
        name = _BAD_NAME.sub("_", name).strip("_") or "unnamed_tool"
        made = {**made, "name": name}
    if arguments is None or arguments == "" or _is_object(arguments):
        return made
    text = _as_object(arguments)
    if text is None:
        broken.append(str(name))
        own = arguments if isinstance(arguments, str) else json.dumps(arguments, default=str)
        text = json.dumps({BROKEN_KEY: _encodable(own)}, ensure_ascii=False)
    return {**made, "arguments": text}


def _is_object(arguments: Any) -> bool:
    """Whether it is a JSON object for every parser: no NaN, no raw control characters."""
    import jiter  # not while the package is imported: that stays light

    if not isinstance(arguments, str):
        return False
    try:
        return isinstance(jiter.from_json(arguments.encode(), allow_inf_nan=False), dict)
    except ValueError:
        return False


def _as_object(arguments: Any) -> str | None:
    """The JSON text of the object that arguments say in another form."""
    value = parse_arguments(arguments) if isinstance(arguments, str) else arguments
    if not isinstance(value, Mapping):
        return None
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        return None
    return text


def _encodable(text: str) -> str:
    """The text with halves of surrogate pairs replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
