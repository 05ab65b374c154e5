"""Tools and structured output: schemas to the wire, answers to objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_function, convert_to_openai_tool

from langchain_openai_compatible.structured_answers import (
    AnswerReader,
    ObjectParser,
    Place,
    RawAndParsed,
)
from openai_compatible.errors import ConfigError

__all__ = [
    "Method",
    "function_of",
    "response_format",
    "structured_binding",
    "structured_parser",
    "tool_choice",
    "wire_tools",
    "with_parser",
]

Method = Literal["function_calling", "json_schema", "json_mode"]
_METHODS = ("function_calling", "json_schema", "json_mode")


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


def structured_parser(schema: Any, method: str, provider: str | None = None) -> ObjectParser:
    """The parser that goes with a schema and a method; ``provider`` is named in errors."""
    name = "JSON object" if schema is None else function_of(schema)["name"]
    place: Place = "call" if method == "function_calling" else "text"
    return ObjectParser(reader=AnswerReader(schema, name, place, provider=provider))


def with_parser(
    llm: Runnable[Any, AIMessage], parser: ObjectParser, include_raw: bool
) -> Runnable[Any, Any]:
    """Model and parser as one runnable; with ``include_raw`` a failure is returned, not raised."""
    return llm | (RawAndParsed(parser) if include_raw else parser)


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
