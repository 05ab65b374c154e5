"""The forms in which models write tool calls into their text, each read whole or not at all.

A reader gets the text from where the form begins to the end of the answer, without white space
around it, and gives its calls, or ``None`` if anything else is in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["FENCES", "FORMS", "TRIGGERS", "Form", "ReadCall"]

FENCES = ("```", "```json", "```tool_call", "```tool_code")
"""First lines of code blocks that may hold a call."""
_DECODER = json.JSONDecoder()
_FUNCTION_END = re.compile(r"(?<=</function>)\s*")
_TEXT = re.compile(r"\S")
_NUMBER = re.compile(r":\d{1,9}$")
"""The number of a call behind its name, as Kimi writes it."""


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
    at = 0
    while at < len(text):
        if not text.startswith(opening, at):
            return None
        at += len(opening)
        end = text.find(closing, at)
        end = len(text) if end < 0 else end
        calls = read(text[at:end].strip())
        if not calls:
            return None
        found += calls
        at = _skip_space(text, end + len(closing))
    return found


def _skip_space(text: str, at: int) -> int:
    """Where text behind white space begins. The rest is not copied: there may be many calls."""
    found = _TEXT.search(text, at)
    return found.start() if found is not None else len(text)


def _hermes(text: str) -> list[ReadCall] | None:
    """``<tool_call>{"name": "f", "arguments": {}}</tool_call>``: Hermes, Qwen."""
    return _repeated(text, "<tool_call>", "</tool_call>", _in_block)


def _in_block(text: str) -> list[ReadCall] | None:
    return _xml(text) if text.startswith("<function=") else _bare(text)


def _xml(text: str) -> list[ReadCall] | None:
    """``<function=f><parameter=x>1</parameter></function>`` (Qwen3-Coder), or JSON inside (Llama).

    Parameters without ``</function>`` behind them may be the first of a call that was cut.
    """
    head, _, inner = text.partition(">")
    name = head.removeprefix("<function=")
    ended = inner.endswith("</function>")
    inner = inner.removesuffix("</function>").strip()
    if name == head or not name or name.split() != [name]:
        return None
    if inner.startswith("{"):
        read = _json(inner)
        whole = read is not None and not read[1] and isinstance(read[0], dict)
        return [ReadCall(name, read[0])] if whole and read is not None else None
    parameters = _parameters(inner) if ended else None
    return None if parameters is None else [ReadCall(name, parameters, as_text=True)]


def _parameters(inner: str) -> dict[str, str] | None:
    """``<parameter=x>1</parameter>``, one after the other, and nothing else."""
    opening, closing = "<parameter=", "</parameter>"
    found: dict[str, str] = {}
    at = 0
    while at < len(inner):
        opened = inner.find(">", at)
        closed = inner.find(closing, opened + 1)
        key = inner[at + len(opening) : opened]
        if not inner.startswith(opening, at) or opened < 0 or closed < 0 or not key:
            return None
        found[key] = inner[opened + 1 : closed].strip("\n")
        at = _skip_space(inner, closed + len(closing))
    return found


def _functions(text: str) -> list[ReadCall] | None:
    """Several ``<function=...>...</function>``, one after the other."""
    blocks = [part for part in _FUNCTION_END.split(text) if part]
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
            call = _named(name.removesuffix("[ARGS]").strip(), brace + rest)
            calls = None if call is None else [call]
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
    at = 0
    while at < len(rest):
        try:
            value, at = _DECODER.raw_decode(rest, at)
        except (ValueError, RecursionError):
            return None
        calls = _calls(value)
        if not calls:
            return None
        found += calls
        at = _skip_space(rest, at)
        if rest.startswith(";", at):
            at = _skip_space(rest, at + 1)
    return found


_ENDS = ("", "<｜end▁of▁sentence｜>", "<|im_end|>")
"""What may follow a section of calls."""


def _deepseek(block: str) -> ReadCall | None:
    r"""``f<｜tool▁sep｜>{}`` (V3.1), ``function<｜tool▁sep｜>f\n```json\n{}\n``` `` (V3, R1)."""
    head, brace, rest = block.strip().removeprefix("function<｜tool▁sep｜>").partition("{")
    name = head.strip().removesuffix("```json").strip().removesuffix("<｜tool▁sep｜>").strip()
    return _named(name, brace + rest.strip().removesuffix("```"))


def _kimi(block: str) -> ReadCall | None:
    """``functions.f:0<|tool_call_argument_begin|>{}`` (Kimi K2)."""
    head, _, arguments = block.partition("<|tool_call_argument_begin|>")
    return _named(_NUMBER.sub("", head.strip()).removeprefix("functions."), arguments)


def _named(name: str, arguments: str) -> ReadCall | None:
    """A call whose name stands before its arguments."""
    read = _json(arguments.strip())
    whole = read is not None and not read[1] and isinstance(read[0], dict)
    return ReadCall(name, read[0]) if whole and read is not None else None


def _section(section: str, call: str, read: Callable[[str], ReadCall | None]) -> Form:
    """A reader of calls between special tokens: those of the section, with those of a call inside."""
    opening, closing = section.format("begin"), section.format("end")
    begin, end = call.format("begin"), call.format("end")

    def form(text: str) -> list[ReadCall] | None:
        inner, _, after = text.removeprefix(opening).partition(closing)
        if not text.startswith(opening) or after.strip() not in _ENDS:
            return None
        found: list[ReadCall] = []
        at = _skip_space(inner, 0)
        while at < len(inner):
            ended = inner.find(end, at)
            if ended < 0 or not inner.startswith(begin, at):
                return None
            call = read(inner[at + len(begin) : ended])
            if call is None:
                return None
            found.append(call)
            at = _skip_space(inner, ended + len(end))
        return found

    return form


def _fenced(text: str) -> list[ReadCall] | None:
    """A code block that is the whole text."""
    opening, _, rest = text.partition("\n")
    whole = opening.rstrip() in FENCES and rest.endswith("```")
    return _bare(rest.removesuffix("```").strip()) if whole else None


def _bare(text: str) -> list[ReadCall] | None:
    """JSON that is the whole text."""
    read = _json(text) if text[:1] in ("{", "[") else None
    return None if read is None or read[1] else _calls(read[0])


FORMS: tuple[tuple[str, Form], ...] = (
    ("hermes", _hermes),
    ("function tags", _functions),
    ("mistral", _mistral),
    ("llama", _llama),
    ("deepseek", _section("<｜tool▁calls▁{}｜>", "<｜tool▁call▁{}｜>", _deepseek)),
    ("kimi", _section("<|tool_calls_section_{}|>", "<|tool_call_{}|>", _kimi)),
    ("fenced json", _fenced),
    ("json", _bare),
)
"""Readers by name, tried in this order. Sources: the chat templates of the models named; vLLM's
tool parsers (https://docs.vllm.ai/en/latest/features/tool_calling/, 2026-11-20)."""
