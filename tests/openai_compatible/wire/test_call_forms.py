"""tool-call-in-text: each form of a call that stands in the text, and what is none."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.wire.schema_fit import fits
from openai_compatible.wire.text_calls import TextCalls

ADD = {
    "type": "object",
    "properties": {
        "x": {"type": "integer"},
        "unit": {"type": "string", "enum": ["m", "km"]},
        "many": {"type": "array"},
        "real": {"type": "number"},
        "free": {"anyOf": []},
    },
    "required": ["x"],
}
TOOLS: dict[str, Any] = {"add": ADD, "noop": None}
ONE = '{"name": "add", "arguments": {"x": 1}}'
TWO = '{"name": "noop", "arguments": {}}'


def read(text: str, size: int = 1_000, tools: Any = TOOLS) -> tuple[str, Any, str | None]:
    """Text given out, calls, form; the text fed in pieces of a size."""
    calls = TextCalls(tools)
    given_out = ""
    for at in range(0, len(text), size):
        piece = text[at : at + size]
        if calls.passes(piece):
            given_out += piece
        else:
            given_out += calls.feed(piece)
    found, rest = calls.flush()
    if found is None:
        return given_out + rest, [], None
    return given_out + rest, [(name, json.loads(a)) for name, a in found.calls], found.form


@pytest.mark.parametrize(
    ("text", "form", "calls"),
    [
        (f"<tool_call>\n{ONE}\n</tool_call>", "hermes", 1),
        (f"<tool_call>{ONE}</tool_call>\n<tool_call>{TWO}</tool_call>", "hermes", 2),
        (f"<tool_call>{ONE}", "hermes", 1),
        ("<tool_call><function=add><parameter=x>\n1\n</parameter></function></tool_call>", "hermes", 1),
        (
            "<function=add><parameter=x>1</parameter><parameter=unit>km</parameter>"
            "<parameter=many>[1]</parameter><parameter=real>1.5</parameter>"
            "<parameter=free>a</parameter></function>",
            "function tags",
            1,
        ),
        ('<function=add>{"x": 1}</function>\n<function=noop>{}</function>', "function tags", 2),
        (f"[TOOL_CALLS] [{ONE}, {TWO}]", "mistral", 2),
        ('[TOOL_CALLS]add{"x": 1}[TOOL_CALLS]noop[ARGS]{}', "mistral", 2),
        (f"[TOOL_CALLS] {ONE}", "mistral", 1),
        (f"<|python_tag|>{ONE}; {TWO}<|eom_id|>", "llama", 2),
        ('<|python_tag|>{"name": "add", "parameters": {"x": 1}}', "llama", 1),
        (
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n"
            '```json\n{"x": 1}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
            "deepseek",
            1,
        ),
        (
            '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>add<｜tool▁sep｜>{"x": 1}<｜tool▁call▁end｜>'
            "<｜tool▁call▁begin｜>noop<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
            "deepseek",
            2,
        ),
        (
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.add:0"
            '<|tool_call_argument_begin|>{"x": 1}<|tool_call_end|><|tool_calls_section_end|>',
            "kimi",
            1,
        ),
        (
            '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>add<｜tool▁sep｜>{"x": 1}<｜tool▁call▁end｜>'
            "<｜tool▁calls▁end｜><｜end▁of▁sentence｜>",
            "deepseek",
            1,
        ),
        (f"```json\n{ONE}\n```", "fenced json", 1),
        (f"```\n[{ONE}, {TWO}]\n```", "fenced json", 2),
        (ONE, "json", 1),
        (f"  [{ONE}]\n", "json", 1),
        (f'{{"tool_calls": [{ONE}]}}', "json", 1),
        ('{"type": "function", "function": {"name": "add", "arguments": "{\\"x\\": 1}"}}', "json", 1),
        ('{"function": "add", "arguments": {"x": 1}}', "json", 1),
    ],
)
def test_a_form_is_read_wherever_it_is_cut(text: str, form: str, calls: int) -> None:
    for size in (1, 2, 3, 7, 1_000):
        out, found, name = read(text, size)
        assert (out.strip(), name) == ("", form), size
        assert [call for call, _ in found] == ["add", "noop"][:calls]
        assert found[0][1]["x"] == 1


@pytest.mark.parametrize("size", [1, 2, 5, 1_000])
def test_text_before_a_call_is_given_out(size: int) -> None:
    out, found, form = read(f"I will add.\n<tool_call>{ONE}</tool_call>", size)
    assert (out, [name for name, _ in found], form) == ("I will add.\n", ["add"], "hermes")


DEEPSEEK = (
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>"
    "noop<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
)
KIMI = (
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.noop:0"
    "<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>"
)
NONE = [
    "Call it as " + ONE + " if you like.",
    f"<tool_call>{ONE}</tool_call> and then",
    f"```\nexample:\n<tool_call>{ONE}</tool_call>\n```",
    f"See ```\n<tool_call>{ONE}</tool_call>",
    '<tool_call>{"name": "rm", "arguments": {}}</tool_call>',
    '<tool_call>{"name": "add", "arguments": {}}</tool_call>',
    '<tool_call>{"name": "add", "arguments": {"x": "1"}}</tool_call>',
    '<tool_call>{"name": "add", "arguments": {"x": 1, "y": 2}}</tool_call>',
    '<tool_call>{"name": "add", "arguments": {"x": 1, "unit": "mile"}}</tool_call>',
    '<tool_call>{"name": "add", "arguments": {"x": 1',
    "<tool_call></tool_call>",
    "<tool_call>not json</tool_call>",
    f"<tool_call>{ONE}</tool_call>x<tool_call>{ONE}</tool_call>",
    '<tool_call>{"name": "add", "arguments": [1]}</tool_call>',
    '<tool_call>{"name": "add", "arguments": "[1"}</tool_call>',
    '<tool_call>{"name": "add", "arguments": {"x": 1}, "parameters": {}}</tool_call>',
    '{"name": "add"}',
    '{"name": "Ann", "age": 3}',
    '{"answer": 42}',
    "[1, 2]",
    "[",
    "{",
    "``",
    "`x` is code",
    "```python\nprint(1)\n```",
    "```json\n{}\n```",
    "```json",
    "```json\n",
    f"```json\n{ONE}\n``` That is it.",
    "<function=add>no</function>",
    "<function=add>{bad</function>",
    "<function=add><parameter=x>a</parameter></function>",
    "<function=add",
    "[TOOL_CALLS]",
    "[TOOL_CALLS]add{bad",
    "[TOOL_CALLS] [1]",
    "<|python_tag|>print(1)",
    f"<|python_tag|>{ONE} x",
    "<｜tool▁calls▁begin｜>nothing",
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>add<｜tool▁sep｜>{bad}<｜tool▁call▁end｜>",
    "<|tool_calls_section_begin|>",
    "<function= >{}</function>",
    "<function=add><parameter=x>1</parameter> and</function>",
    "<function=add><parameter=x>1</function>",
    "<function=add><parameter=>1</parameter></function>",
    "<function=noop>[]</function>",
    # a call cut between two parameters
    "<function=add><parameter=x>1</parameter>",
    "<tool_call>\n<function=add>\n<parameter=x>\n1\n</parameter>\n",
    # what follows must not be lost
    f"{DEEPSEEK} And this matters.",
    f"{KIMI} And this matters.",
    "<|tool_calls_section_begin|>noop {}<|tool_calls_section_end|>",
    "<|tool_calls_section_begin|><|tool_call_begin|>noop<|tool_call_argument_begin|>{}",
    # arguments that would be no JSON, or no text
    '<tool_call>{"name": "add", "arguments": {"x": 1, "real": NaN}}</tool_call>',
    "<function=add><parameter=x>1</parameter><parameter=real>inf</parameter></function>",
    '<tool_call>{"name": "add", "arguments": {"x": 1, "free": "\\ud800"}}</tool_call>',
    f"<function=add><parameter=x>1</parameter><parameter=many>{'[' * 5_000}</parameter></function>",
    "   ",
    "",
    "a < b [T and `code`",
    "Plain.",
]


@pytest.mark.parametrize("text", NONE)
def test_what_may_be_meant_otherwise_is_text(text: str) -> None:
    for size in (1, 3, 1_000):
        assert read(text, size) == (text, [], None)


@given(st.text(alphabet='ab {}[]"`<>\n:,|_', max_size=60), st.integers(1, 7))
def test_ordinary_text_passes_untouched(text: str, size: int) -> None:
    assert read(text, size) == (text, [], None)


def test_text_is_not_held_longer_than_it_may_be_a_call() -> None:
    calls = TextCalls(TOOLS)
    assert calls.feed('{"na') == ""
    assert calls.feed("tion") == '{"nation'
    assert calls.passes(" plain")
    assert not calls.passes(" < ")
    assert calls.feed(" <tool") == " "
    assert calls.feed("s>") == "<tools>"


@pytest.mark.parametrize(
    "pieces",
    [
        ['{"name": "Ann"', ', "age": 3}'],
        ['{"na', 'me": "ad', 'vert"', ', "x": 1}'],
        ['{"name": 5', "}"],
        ['{"names', '": []}'],
        ['{"type": "object"', ', "properties": {}}'],
        ['{"type": ["x"]', "}"],
        ['{"function": "sum"', "}"],
        ['{"name x', '": 1}'],
        ['[{"name": "Bob"', "}]"],
        ['```json\n{"name": "Ann"', "}\n```"],
        ["{5", "}"],
    ],
)
def test_an_object_that_names_no_tool_streams_on(pieces: list[str]) -> None:
    calls = TextCalls(TOOLS)
    given_out = [calls.feed(piece) for piece in pieces]
    assert "".join(given_out) == "".join(pieces)
    assert given_out[-1] == pieces[-1]


@pytest.mark.parametrize(
    "text",
    [
        '{"name"',
        '{"name": ',
        '{"name": "a',
        '{"name": "add"',
        '{"function": {',
        '{"function"',
        '{"type": "func',
        '{"type": "function", "function": ',
        '{"id": "c1", ',
        '{"arguments": {"x": 1}, ',
        "[",
        "[{",
        "```",
        "```json\n[",
    ],
)
def test_what_may_be_a_call_yet_is_held(text: str) -> None:
    for size in (1, 1_000):
        calls = TextCalls(TOOLS)
        assert not any(calls.feed(text[at : at + size]) for at in range(0, len(text), size))
        assert calls.flush() == (None, text)


def test_a_call_inside_a_code_block_does_not_stop_the_stream() -> None:
    calls = TextCalls(TOOLS)
    pieces = ["Like so:\n```\n", f"<tool_call>{ONE}</tool_call>\n", "``", "`\nand on", " and `<func"]
    assert [calls.feed(piece) for piece in pieces] == pieces
    assert calls.feed("` <tool_call>") == "` "
    calls.feed(ONE)
    found, rest = calls.flush()
    assert found is not None
    assert (found.form, rest) == ("hermes", "")


@pytest.mark.parametrize(
    ("head", "piece", "tail"),
    [
        ("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>add", " ", "x"),
        ("<|tool_calls_section_begin|><|tool_call_begin|>add", " 1", "x"),
        ('```json\n{"name": "add"', "\n ", "x"),
        ("<function=add>", "<parameter=x>", "</function>"),
        ("<function=add>", "\n", "x"),
        ('<tool_call>{"name": "add", "arguments": {"free": "', "abcd", '"}}</tool_call>'),
        ('{"name": "add", "arguments": {"free": "', "abcd", '"}}'),
    ],
)
def test_the_cost_is_linear_in_the_text(head: str, piece: str, tail: str) -> None:
    text = head + piece * 20_000 + tail
    start = time.process_time()
    assert read(text, 4) == (text, [], None)
    assert time.process_time() - start < 2.0, "a few hundredths; quadratic cost takes minutes"


def test_names_alone_fit_any_arguments() -> None:
    assert read(ONE, tools=["add"])[1] == [("add", {"x": 1})]


def test_recovery_may_be_refused() -> None:
    calls = TextCalls(TOOLS)
    calls.feed(ONE)
    assert calls.flush(recover=False) == (None, ONE)


@pytest.mark.parametrize(
    ("value", "schema", "want"),
    [
        ({}, None, True),
        ([], None, False),
        ({"a": 1}, {}, True),
        ({"a": 1}, {"properties": {"b": {}}}, False),
        ({"a": 1}, {"properties": {"b": {}}, "additionalProperties": True}, True),
        ({}, {"required": ["a"]}, False),
        ({"a": 1}, {"required": "odd", "properties": "odd"}, True),
        ({"a": True}, {"properties": {"a": {"type": "integer"}}}, False),
        ({"a": True}, {"properties": {"a": {"type": "boolean"}}}, True),
        ({"a": 1.0}, {"properties": {"a": {"type": "integer"}}}, True),
        ({"a": 1.5}, {"properties": {"a": {"type": "integer"}}}, False),
        ({"a": 1}, {"properties": {"a": {"type": "number"}}}, True),
        ({"a": None}, {"properties": {"a": {"type": ["string", "null"]}}}, True),
        ({"a": None}, {"properties": {"a": {"type": "string"}}}, False),
        ({"a": 1}, {"properties": {"a": "odd"}}, True),
        ({"a": 1}, {"properties": {"a": {"type": "unheard"}}}, True),
        ({"a": 1}, {"properties": {"a": {"type": [3]}}}, True),
        ({"a": 1}, {"properties": {"a": {"enum": [2]}}}, False),
        ({"a": {}}, {"properties": {"a": {"type": "object"}}}, True),
    ],
)
def test_whether_arguments_fit(value: Any, schema: Any, want: bool) -> None:
    assert fits(value, schema) is want


def test_a_text_parameter_stays_text_also_if_it_looks_like_a_number() -> None:
    tools = {"say": {"type": "object", "properties": {"word": {"type": "string"}}}}
    text = "<function=say><parameter=word>12</parameter></function>"
    assert read(text, tools=tools)[1] == [("say", {"word": "12"})]
