"""Tools and structured output: schemas to the wire, answers to objects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from operator import itemgetter
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langchain_core.output_parsers import BaseOutputParser, JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.outputs import Generation
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_openai_function, convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass

from langchain_openai_compatible.errors import ModelRefusedError
from openai_compatible.errors import ConfigError

__all__ = [
    "Method",
    "function_of",
    "json_part",
    "response_format",
    "structured_binding",
    "structured_parser",
    "tool_choice",
    "wire_tools",
    "with_parser",
]

Method = Literal["function_calling", "json_schema", "json_mode"]
_METHODS = ("function_calling", "json_schema", "json_mode")
_JSON_START = re.compile(r"[{\[]")


def wire_tools(tools: Sequence[Any], *, strict: bool | None = None) -> list[dict[str, Any]]:
    """OpenAI tool dicts for tools of any kind LangChain knows.

    Raises:
        ConfigError: something in the list is no tool.
    """
    out = []
    for tool in tools:
        try:
            out.append(convert_to_openai_tool(tool, strict=strict))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigError(f"{_shown(tool)} cannot be used as a tool: {error}") from error
    return out


def tool_choice(choice: Any, tools: Sequence[Mapping[str, Any]]) -> str | dict[str, Any] | None:
    """The wire form of a tool choice; ``None`` sends none.

    ``"any"`` and ``True`` become ``"required"``; a tool's name becomes the object that names it;
    ``False`` and ``None`` send nothing.

    Raises:
        ConfigError: it names a tool that is not bound, or is of no known form.

    >>> tool_choice("add", [{"type": "function", "function": {"name": "add"}}])
    {'type': 'function', 'function': {'name': 'add'}}
    """
    if choice is None or choice is False:
        return None
    if choice is True:
        return "required"
    names = [_tool_name(tool) for tool in tools]
    if isinstance(choice, str):
        if choice in names:
            return {"type": "function", "function": {"name": choice}}
        if choice in {"auto", "none", "required", "any"}:
            return "required" if choice == "any" else choice
        raise _not_bound(choice, names)
    if isinstance(choice, Mapping):
        function = choice.get("function")
        name = function.get("name") if isinstance(function, Mapping) else None
        if choice.get("type") == "function" and name not in names:
            raise _not_bound(str(name), names)
        return dict(choice)
    raise ConfigError(
        f"tool_choice cannot be {choice!r}",
        hint="Give 'auto', 'none', 'any', 'required', a tool's name, a bool or a dict.",
    )


def _not_bound(name: str, names: Sequence[str]) -> ConfigError:
    near = get_close_matches(name, names, n=1)
    known = f"Did you mean {near[0]!r}?" if near else f"Bound tools: {', '.join(names) or 'none'}."
    return ConfigError(f"tool_choice names {name!r}, which is not bound", hint=known)


def _tool_name(tool: Mapping[str, Any]) -> str:
    function = tool.get("function")
    name = function.get("name") if isinstance(function, Mapping) else tool.get("name")
    return str(name or tool.get("type"))


def response_format(schema: Any, *, strict: bool | None = None) -> dict[str, Any]:
    """``response_format`` for a schema; one that already is a response format is kept.

    Wire:
        ``{"type": "json_schema", "json_schema": {"name": "Joke", "schema": {...}}}``

    Raises:
        ConfigError: no JSON schema can be made of it.
    """
    if _is_response_format(schema):
        return dict(schema)
    if isinstance(schema, Mapping) and {"name", "schema"} <= schema.keys():
        inner = dict(schema)
        if strict is not None:
            inner["strict"] = strict
        return {"type": "json_schema", "json_schema": inner}
    function = function_of(schema, strict)
    inner = {"name": function["name"]}
    if function.get("description"):
        inner["description"] = function["description"]
    inner["schema"] = function.get("parameters") or {"type": "object", "properties": {}}
    if function.get("strict") is not None:
        inner["strict"] = function["strict"]
    return {"type": "json_schema", "json_schema": inner}


def _is_response_format(schema: Any) -> bool:
    if not isinstance(schema, Mapping):
        return False
    kind = schema.get("type")
    return kind in {"json_object", "text"} or (kind == "json_schema" and "json_schema" in schema)


def structured_binding(
    schema: Any, method: str, *, strict: bool | None, tools: Sequence[Any] | None
) -> dict[str, Any]:
    """Call arguments that make a model answer with the schema.

    Raises:
        ConfigError: the method is unknown, or does not go with the other arguments.
    """
    if method not in _METHODS:
        raise ConfigError(f"method cannot be {method!r}", hint=f"Choose one of {', '.join(_METHODS)}.")
    if schema is None and method != "json_mode":
        raise ConfigError(f"method {method!r} needs a schema", hint="Only json_mode works without.")
    if strict is not None and method == "json_mode":
        raise ConfigError("strict does not go with json_mode", hint="Use another method.")
    if tools and method != "json_schema":
        raise ConfigError("tools go with method 'json_schema' only")
    traced = {"kwargs": {"method": method, "strict": strict}, "schema": schema}
    bound: dict[str, Any] = {"ls_structured_output_format": traced}
    if method == "function_calling":
        made = wire_tools([schema], strict=strict)
        bound["tools"], bound["tool_choice"] = made, tool_choice(_tool_name(made[0]), made)
    elif method == "json_schema":
        bound["response_format"] = response_format(schema, strict=strict)
        if tools:
            bound["tools"] = wire_tools(tools, strict=strict)
    else:
        bound["response_format"] = {"type": "json_object"}
    return bound


def structured_parser(schema: Any, method: str) -> BaseOutputParser[Any]:
    """The parser that goes with a schema and a method."""
    model = isinstance(schema, type) and is_basemodel_subclass(schema)
    if method == "function_calling":
        if model:
            return _PydanticCall(tools=[schema], first_tool_only=True)
        return _JsonCall(key_name=function_of(schema)["name"], first_tool_only=True)
    return _PydanticAnswer(pydantic_object=schema) if model else _JsonAnswer()


def with_parser(
    llm: Runnable[Any, AIMessage], parser: BaseOutputParser[Any], *, include_raw: bool
) -> Runnable[Any, Any]:
    """Model and parser as one runnable; with ``include_raw`` a failure is returned, not raised."""
    if not include_raw:
        return llm | parser
    good = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=_nothing)
    bad = RunnablePassthrough.assign(parsed=_nothing)
    return RunnableMap(raw=llm) | good.with_fallbacks([bad], exception_key="parsing_error")


def _nothing(_: Any) -> None:
    return None


class _Refusing:
    """Mixed into LangChain's parsers: a refusal is an error that says so, on every version."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        message = getattr(result[0], "message", None) if result else None
        refusal = message.additional_kwargs.get("refusal") if message is not None else None
        if refusal:
            raise ModelRefusedError(f"the model refused: {refusal}", raw_message=message)
        return super().parse_result(self._readable(result), partial=partial)  # type: ignore[misc]

    def _readable(self, result: list[Generation]) -> list[Generation]:
        return result


class _Json(_Refusing):
    """JSON in an answer that may also hold reasoning tags, a code fence or a sentence before it."""

    def _readable(self, result: list[Generation]) -> list[Generation]:
        return [Generation(text=json_part(result[0].text))]


class _PydanticCall(_Refusing, PydanticToolsParser):
    pass


class _JsonCall(_Refusing, JsonOutputKeyToolsParser):
    pass


class _PydanticAnswer(_Json, PydanticOutputParser[Any]):
    pass


class _JsonAnswer(_Json, JsonOutputParser):
    pass


def json_part(text: str) -> str:
    """The part of an answer from where its JSON begins; a fenced block is left to LangChain.

    >>> json_part('<think>{hm}</think>Here it is: {"a": 1}')
    '{"a": 1}'
    """
    text = text.rpartition("</think>")[2].strip()
    if "```" in text or text[:1] in {"{", "["}:
        return text
    start = _JSON_START.search(text)
    return text[start.start() :] if start else text


def function_of(schema: Any, strict: bool | None = None) -> dict[str, Any]:
    """A schema of any kind as an OpenAI function dict."""
    if isinstance(schema, Mapping) and isinstance(schema.get("json_schema"), Mapping):
        schema = schema["json_schema"]
    if isinstance(schema, Mapping) and {"name", "schema"} <= schema.keys():
        schema = {"title": schema["name"], **schema["schema"]}
    try:
        return convert_to_openai_function(schema, strict=strict)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigError(
            f"{_shown(schema)} is no schema: {error}",
            hint="Give a pydantic class, a TypedDict class or a JSON schema with a title.",
        ) from error


def _shown(value: Any) -> str:
    return getattr(value, "__name__", None) or type(value).__name__
