"""Which way to ask for an object, and what to do when it does not work: one generator, no I/O.

=================  ======================================================================
json_schema        ``response_format`` with the schema: the server keeps the model to it
function_calling   a tool with the schema, which must be called
json_mode          ``response_format: {"type": "json_object"}``, the schema in the prompt
prompt             the schema in the prompt, nothing else
=================  ======================================================================

A way that is refused (400 or 422 that blames it) or ignored (prose where JSON was asked for, no call
where one was forced) is followed by the next, and remembered. An answer that is an object but not
the right one gets one repair: the same way again, with what is wrong. So an object costs at most
one request for each way and one more.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from openai_compatible.errors import (
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    OpenAICompatibleError,
)
from openai_compatible.patterns import LazyPattern
from openai_compatible.profiles.profile import Profile

__all__ = [
    "Failed",
    "Learned",
    "Tried",
    "Try",
    "Way",
    "choose",
    "instruction",
    "is_refusal_of",
    "repair_request",
    "structured",
]

Way = Literal["json_schema", "function_calling", "json_mode", "prompt"]

_UNKNOWN: tuple[Way, ...] = ("function_calling", "json_schema", "json_mode", "prompt")
"""While nothing is known: tools first, because servers without a JSON schema (DeepSeek, MiniMax), or
that ignore it (transformers serve, FastChat, TensorRT-LLM), are more common than servers without
tools; and an ignored tool is noticed at once, by its call being absent."""


class Try(NamedTuple):
    """Ask in this way; with a ``problem``, about the answer before."""

    way: Way
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: ``found`` and its ``value``, or ``missing``, or a ``problem``, or an error."""

    found: bool = False
    value: Any = None
    missing: bool = False
    """No object at all in the answer."""
    problem: str = ""
    """Why there is none, or why the one there does not fit."""
    error: OpenAICompatibleError | None = None


@dataclass(slots=True)
class Failed:
    """No way gave an object that fits."""

    problem: str
    tried: list[str] = field(default_factory=list)


class Learned(NamedTuple):
    """Facts about the server, and what to say of them."""

    facts: Mapping[str, Any]
    text: str


def choose(profile: Profile, *, tools: bool | None, structured_output: bool | None) -> tuple[Way, ...]:
    """The ways to try, best first, from what is known.

    Args:
        profile: The dialect, with what was learned in it.
        tools: Whether the model can call tools, as its own facts say.
        structured_output: Whether the server keeps the model to a schema, as the model's facts say.

    >>> choose(Profile(name="p", json_schema=True), tools=None, structured_output=None)[0]
    'json_schema'
    """
    schema = profile.json_schema if structured_output is None else structured_output
    tools = profile.tools if tools is None else tools
    choices = profile.tool_choices
    forced = tools is not False and (choices is None or not {"required", "named"}.isdisjoint(choices))
    ways = list(_UNKNOWN)
    if schema is False:
        ways.remove("json_schema")
    if not forced:
        ways.remove("function_calling")
    if profile.json_object is False:
        ways.remove("json_mode")
    if schema and "json_schema" in ways:
        ways.remove("json_schema")
        ways.insert(0, "json_schema")
    return tuple(ways)


def structured(
    ways: Sequence[Way], *, repair: bool = True
) -> Generator[Try | Learned, Tried, tuple[Tried, bool] | Failed]:
    """Plan the requests for one object.

    Yields what to try, and what was learned (answer that with an empty :class:`Tried`). Returns what
    was found and whether it took a repair, or :class:`Failed`.

    Raises:
        OpenAICompatibleError: The last way was refused, or a request failed for another reason.
    """
    tried_ways: list[str] = []
    for index, way in enumerate(ways):
        last = index == len(ways) - 1
        tried_ways.append(way)
        tried = yield Try(way)
        if tried.found:
            return tried, False
        if tried.error is not None:
            if last or not is_refusal_of(way, tried.error):
                raise tried.error
            yield _learned(way, ways[index + 1], tried.error)
            continue
        if tried.missing and not last:
            yield _learned(way, ways[index + 1], None)
            continue
        if repair:
            again = yield Try(way, tried.problem)
            if again.found:
                return again, True
            if again.error is not None:
                raise again.error
            tried = again
        return Failed(tried.problem, tried_ways)
    return Failed("no way to ask for an object is left", tried_ways)


_BLAMES: Mapping[Way, LazyPattern] = {
    "json_schema": LazyPattern(r"response_format|json.?schema|structured.?output|grammar|guided|schema"),
    "function_calling": LazyPattern(r"tool|function"),
    "json_mode": LazyPattern(r"response_format|json.?object|json.?mode"),
    "prompt": LazyPattern(r"(?!)"),
}
_OF_THIS_SCHEMA = LazyPattern(
    r"invalid schema|\$ref|\$defs|keyword|additionalproperties|pattern|unsupported schema"
)


def is_refusal_of(way: Way, error: OpenAICompatibleError) -> bool:
    """Whether an error says that the server does not take requests of that way."""
    if not isinstance(error, InvalidRequestError) or isinstance(
        error, ContextLengthExceededError | ContentFilterError
    ):
        return False
    return _BLAMES[way].search(f"{error.param} {error.message}") is not None


_FACTS: Mapping[Way, Mapping[str, Any]] = {
    "json_schema": {"json_schema": False},
    "function_calling": {"tool_choices": ("none", "auto")},
    "json_mode": {"json_object": False},
    "prompt": {},
}


def _learned(way: Way, following: Way, error: OpenAICompatibleError | None) -> Learned:
    said = "does not obey" if error is None else f"refuses ({error.message[:120]})"
    text = (
        f"the server {said} {_SHOWN[way]}; the object is asked for by {following}. "
        f'Set method="{following}" to ask so at once.'
    )
    of_schema = error is not None and _OF_THIS_SCHEMA.search(error.message)
    return Learned({} if of_schema else _FACTS[way], text)


_SHOWN: Mapping[Way, str] = {
    "json_schema": "response_format json_schema",
    "function_calling": "a forced tool call",
    "json_mode": "response_format json_object",
    "prompt": "the prompt",
}


def instruction(schema: str) -> str:
    """What the prompt says where the schema goes into it.

    >>> instruction('{"type": "object"}').splitlines()[-1]
    '{"type": "object"}'
    """
    return (
        "Answer with one JSON object that fits this JSON schema, and with nothing else: no code "
        f"block, no explanation.\n{schema}"
    )


def repair_request(problem: str) -> str:
    """What the repair asks for."""
    return (
        f"That does not fit: {problem}. Answer again, with the corrected JSON object and nothing else."
    )
