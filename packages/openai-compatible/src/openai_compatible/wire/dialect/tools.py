"""Tools in a server's dialect: which are offered, how the choice is said, ids, types, arguments."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.arguments import parse_arguments
from openai_compatible.wire.custom_input import INPUT_KEY
from openai_compatible.wire.dialect.step import Body, Step, any_with

__all__ = ["STEPS", "nine"]

_NINE = re.compile(r"[a-zA-Z0-9]{9}")
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


PLACEHOLDER = {
    "type": "function",
    "function": {
        "name": "no_tool",
        "description": "Does nothing. Do not call it.",
        "parameters": {"type": "object", "properties": {}},
    },
}


def _placeholder(body: Body, profile: Profile) -> Body:
    """Wire: ``{"messages": [{"tool_calls": [...]}]}`` -> the same with ``"tools": [...]`` of one that
    does nothing (tool-empty-list-and-history: Anthropic and Bedrock behind gateways).
    """
    messages = body.get("messages")
    if profile.tools_with_calls != "placeholder" or _tools(body) or not isinstance(messages, list):
        return body
    calls = any(isinstance(m, Mapping) and m.get("tool_calls") for m in messages)
    return {**body, "tools": [PLACEHOLDER]} if calls else body


def _choice(body: Body, profile: Profile) -> Body:
    """Wire: ``tool_choice`` naming ``add`` -> ``"required"`` with only ``add`` in ``tools``.

    Where "required" is not obeyed either it is "auto", and where that is not, nothing.
    """
    choice, known = body.get("tool_choice"), profile.tool_choices
    if choice is None or known is None:
        return body
    made = dict(body)
    name = _named(choice)
    if name is not None and "named" not in known:
        chosen = [tool for tool in _tools(body) if _function(tool).get("name") == name]
        if not chosen:
            return body
        made["tools"], made["tool_choice"], choice = chosen, "required", "required"
    if choice == "required" and "required" not in known:
        made["tool_choice"] = choice = "auto"
    if choice == "auto" and "auto" not in known:
        del made["tool_choice"]
    return made if made != body else body


def _required_word(body: Body, profile: Profile) -> Body:
    """Wire: ``"tool_choice": "required"`` -> ``"any"`` (Mistral, Fireworks)."""
    if body.get("tool_choice") != "required" or profile.tool_choice_required == "required":
        return body
    return {**body, "tool_choice": profile.tool_choice_required}


def _named(choice: Any) -> str | None:
    """The name in ``{"type": "function", "function": {"name": ...}}``."""
    name = _function(choice).get("name")
    return name if isinstance(name, str) else None


def _function(tool: Any) -> Mapping[str, Any]:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    return function if isinstance(function, Mapping) else {}


def _tools(body: Body) -> list[Any]:
    tools = body.get("tools")
    return tools if isinstance(tools, list) else []


def _parallel(body: Body, profile: Profile) -> Body:
    """Wire: ``{"parallel_tool_calls": false}`` -> ``{}``."""
    if profile.parallel_tool_calls is not False or "parallel_tool_calls" not in body:
        return body
    return {key: value for key, value in body.items() if key != "parallel_tool_calls"}


def _strict(body: Body, profile: Profile) -> Body:
    """Wire: ``{"function": {"name": "f", "strict": true}}`` -> ``{"function": {"name": "f"}}``."""
    if profile.strict_tools is not False or not any("strict" in _function(t) for t in _tools(body)):
        return body
    return {**body, "tools": [_not_strict(tool) for tool in _tools(body)]}


def _not_strict(tool: Any) -> Any:
    function = _function(tool)
    if "strict" not in function:
        return tool
    return {**tool, "function": {key: value for key, value in function.items() if key != "strict"}}


def nine(call_id: str) -> str:
    """An id of nine letters or digits: the same for the same id; one that already fits is kept.

    >>> nine("call_0fypS1hVX") == nine("call_0fypS1hVX"), nine("abcdefgh1")
    (True, 'abcdefgh1')
    """
    if _NINE.fullmatch(call_id):
        return call_id
    number = int.from_bytes(hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).digest()[:8])
    made = ""
    for _ in range(9):
        number, digit = divmod(number, len(_LETTERS))
        made += _LETTERS[digit]
    return made


def _ids(body: Body, profile: Profile) -> Body:
    """Wire: ``"id": "call_0fypS1hVX"`` and ``"tool_call_id"`` alike -> nine letters or digits."""
    messages = body.get("messages")
    if profile.tool_ids != "nine" or not isinstance(messages, list):
        return body
    if not (any_with(messages, "tool_calls") or any_with(messages, "tool_call_id")):
        return body
    return _each_message(body, _short_ids)


def _short_ids(message: Mapping[str, Any]) -> Mapping[str, Any]:
    made = dict(message)
    told = message.get("tool_call_id")
    if isinstance(told, str):
        made["tool_call_id"] = nine(told)
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        made["tool_calls"] = [
            {**call, "id": nine(call["id"])}
            if isinstance(call, Mapping) and isinstance(call.get("id"), str)
            else call
            for call in calls
        ]
    return made if made != message else message


def _well_formed(body: Body, profile: Profile) -> Body:
    """Wire: ``{"function": {"name": "f", "arguments": ""}}`` -> ``{"type": "function", "function":
    {"name": "f", "arguments": "{}"}}`` (tool-arguments-empty-outgoing, tool-type-missing). A call of
    a custom tool becomes ``{"type": "custom", "custom": {"name": "f", "input": "..."}}`` again.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not any_with(messages, "tool_calls"):
        return body
    customs = frozenset(_custom_name(tool) for tool in _tools(body)) - {None}
    return _each_message(body, lambda message: _whole_calls(message, customs))


def _custom_name(tool: Any) -> str | None:
    """The name of OpenAI's ``{"type": "custom", "custom": {"name": ...}}``."""
    custom = tool.get("custom") if isinstance(tool, Mapping) else None
    name = custom.get("name") if isinstance(custom, Mapping) else None
    return name if isinstance(name, str) else None


def _whole_calls(message: Mapping[str, Any], customs: Collection[str | None]) -> Mapping[str, Any]:
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return message
    made = [_whole_call(call, customs) for call in calls]
    if all(a is b for a, b in zip(made, calls, strict=True)):
        return message
    return {**message, "tool_calls": made}


def _whole_call(call: Any, customs: Collection[str | None]) -> Any:
    function = _function(call)
    if not function:
        return call
    if isinstance(function.get("name"), str) and function["name"] in customs:
        given = parse_arguments(str(function.get("arguments") or ""))
        text = given.get(INPUT_KEY) if given is not None else None
        rest = {key: value for key, value in call.items() if key != "function"}
        custom = {"name": function["name"], "input": text if isinstance(text, str) else ""}
        return {**rest, "type": "custom", "custom": custom}
    if not function.get("arguments") and function.get("arguments") != {}:
        call = {**call, "function": {**function, "arguments": "{}"}}
    return call if call.get("type") else {**call, "type": "function"}


def _each_message(body: Body, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Body:
    """The body with every message changed that is one."""
    messages = body["messages"]
    made = [change(m) if isinstance(m, Mapping) else m for m in messages]
    if all(a is b for a, b in zip(made, messages, strict=True)):
        return body
    return {**body, "messages": made}


STEPS = (
    Step(("tools_with_calls",), _placeholder),
    Step(("tool_choices",), _choice),
    Step(("tool_choice_required",), _required_word),
    Step(("parallel_tool_calls",), _parallel),
    Step(("strict_tools",), _strict),
    Step((), _well_formed),
    Step(("tool_ids",), _ids),
)
