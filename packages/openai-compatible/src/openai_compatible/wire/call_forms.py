"""The forms in which models write tool calls into their text, each read whole or not at all.

A reader gets the text from where the form begins to the end of the answer, without white space
around it, and gives its calls, or ``None`` if anything else is in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["FENCE", "FORMS", "TRIGGERS", "Form", "ReadCall"]

FENCE = "```"
_DECODER = json.JSONDecoder()


class ReadCall(NamedTuple):
    """A call as it stands in the text; ``as_text``: its arguments are all texts."""

    name: str
    arguments: dict[str, Any]
    as_text: bool = False


Form = Callable[[str], "list[ReadCall] | None"]

TRIGGERS = (
    "<tool_call>",
    "<function=",
    "<|python_tag|>",
    "[TOOL_CALLS]",
    "<｜tool▁calls▁begin｜>",
    "<|tool_calls_section_begin|>",
)
"""Marks that begin a call wherever they stand: models are trained on them, people do not write them."""


def _json(text: str) -> tuple[Any, str] | None:
    """A JSON value at the start of a text, and what follows."""
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value, text[end:].lstrip()


def _call(value: Any) -> ReadCall | None:
    """``{"name": ..., "arguments" or "parameters": {...}}``, also inside ``function``."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("function"), dict):
        value = value["function"]
    name = value.get("name", value.get("function"))
    given = [value[key] for key in ("arguments", "parameters") if key in value]
    if not isinstance(name, str) or len(given) != 1 or len(value) > 4:
        return None
    arguments = given[0]
    if isinstance(arguments, str):
        read = _json(arguments)
        arguments = read[0] if read is not None and not read[1] else None
    return ReadCall(name, arguments) if isinstance(arguments, dict) else None


def _calls(value: Any) -> list[ReadCall] | None:
    """The calls of one JSON value: an object, a list, or ``{"tool_calls": [...]}``."""
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list) and len(value) == 1:
        value = value["tool_calls"]
    found = [_call(one) for one in (value if isinstance(value, list) else [value])]
    return None if None in found else [call for call in found if call is not None]


def _repeated(text: str, opening: str, closing: str, read: Form) -> list[ReadCall] | None:
    """Blocks between marks, one after the other; the last may lack its closing mark."""
    found: list[ReadCall] = []
    while text:
        if not text.startswith(opening):
            return None
        block, _, text = text[len(opening) :].partition(closing)
        calls = read(block.strip())
        if not calls:
            return None
        found += calls
        text = text.lstrip()
    return found


def _hermes(text: str) -> list[ReadCall] | None:
    """``<tool_call>{"name": "f", "arguments": {}}</tool_call>``: Hermes, Qwen."""
    return _repeated(text, "<tool_call>", "</tool_call>", _in_block)


def _in_block(text: str) -> list[ReadCall] | None:
    return _xml(text) if text.startswith("<function=") else _bare(text)


def _xml(text: str) -> list[ReadCall] | None:
    """``<function=f><parameter=x>1</parameter></function>`` (Qwen3-Coder), or JSON inside (Llama)."""
    match = re.fullmatch(r"<function=([^>\s]+)>(.*?)(?:</function>)?", text, re.DOTALL)
    if match is None:
        return None
    name, inner = match[1], match[2].strip()
    if inner.startswith("{"):
        read = _json(inner)
        whole = read is not None and not read[1] and isinstance(read[0], dict)
        return [ReadCall(name, read[0])] if whole and read is not None else None
    parameters = re.findall(r"<parameter=([^>\s]+)>(.*?)</parameter>", inner, re.DOTALL)
    if re.sub(r"<parameter=[^>\s]+>.*?</parameter>", "", inner, flags=re.DOTALL).strip():
        return None
    return [ReadCall(name, {key: value.strip("\n") for key, value in parameters}, as_text=True)]


def _functions(text: str) -> list[ReadCall] | None:
    """Several ``<function=...>...</function>``, one after the other."""
    blocks = [part for part in re.split(r"(?<=</function>)\s*", text) if part]
    found = [_xml(block) for block in blocks]
    return None if None in found else [call for calls in found if calls for call in calls]


def _mistral(text: str) -> list[ReadCall] | None:
    """``[TOOL_CALLS] [{...}]``, ``[TOOL_CALLS]f{...}``, ``[TOOL_CALLS]f[ARGS]{...}``."""
    found: list[ReadCall] = []
    for block in text.split("[TOOL_CALLS]")[1:]:
        block_text = block.strip()
        if block_text[:1] in ("[", "{"):
            calls = _bare(block_text)
        else:
            name, brace, rest = block_text.partition("{")
            read = _json(brace + rest)
            whole = read is not None and not read[1]
            name = name.removesuffix("[ARGS]").strip()
            calls = [ReadCall(name, read[0])] if whole and read is not None else None
        if not calls:
            return None
        found += calls
    return found if text.startswith("[TOOL_CALLS]") else None


def _llama(text: str) -> list[ReadCall] | None:
    """``<|python_tag|>{"name": "f", "parameters": {}}``, several with ``;`` between."""
    if not text.startswith("<|python_tag|>"):
        return None
    found: list[ReadCall] = []
    rest = text.removeprefix("<|python_tag|>").strip()
    for end in ("<|eom_id|>", "<|eot_id|>"):
        rest = rest.removesuffix(end).rstrip()
    while rest:
        read = _json(rest)
        calls = None if read is None else _calls(read[0])
        if read is None or not calls:
            return None
        found += calls
        rest = read[1].removeprefix(";").lstrip()
    return found


_DEEPSEEK = re.compile(
    r"<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?(?P<name>[^<\n]+?)\s*(?:<｜tool▁sep｜>)?\s*"
    r"(?:```json)?\s*(?P<arguments>\{.*?\})\s*(?:```)?\s*<｜tool▁call▁end｜>\s*",
    re.DOTALL,
)
_KIMI = re.compile(
    r"<\|tool_call_begin\|>\s*(?:functions\.)?(?P<name>[\w.-]+?)(?::\d+)?\s*"
    r"<\|tool_call_argument_begin\|>\s*(?P<arguments>\{.*?\})\s*<\|tool_call_end\|>\s*",
    re.DOTALL,
)


def _between(opening: str, closing: str, pattern: re.Pattern[str]) -> Form:
    """A reader of calls between special tokens."""

    def read(text: str) -> list[ReadCall] | None:
        if not text.startswith(opening):
            return None
        inner = text.removeprefix(opening).partition(closing)[0].strip()
        if pattern.sub("", inner).strip():
            return None
        found = []
        for match in pattern.finditer(inner):
            value = _json(match["arguments"])
            if value is None or value[1] or not isinstance(value[0], dict):
                return None
            found.append(ReadCall(match["name"].strip(), value[0]))
        return found

    return read


def _fenced(text: str) -> list[ReadCall] | None:
    """A code block that is the whole text."""
    match = re.fullmatch(r"```(?:json|tool_call|tool_code)?\s*\n(.*?)\n?\s*```", text, re.DOTALL)
    return None if match is None else _bare(match[1].strip())


def _bare(text: str) -> list[ReadCall] | None:
    """JSON that is the whole text."""
    read = _json(text) if text[:1] in ("{", "[") else None
    return None if read is None or read[1] else _calls(read[0])


FORMS: tuple[tuple[str, Form], ...] = (
    ("hermes", _hermes),
    ("function tags", _functions),
    ("mistral", _mistral),
    ("llama", _llama),
    ("deepseek", _between("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", _DEEPSEEK)),
    ("kimi", _between("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>", _KIMI)),
    ("fenced json", _fenced),
    ("json", _bare),
)
"""Readers by name, tried in this order. Sources: the chat templates of the models named; vLLM's
tool parsers (https://docs.vllm.ai/en/latest/features/tool_calling/, 2026-11-20)."""
