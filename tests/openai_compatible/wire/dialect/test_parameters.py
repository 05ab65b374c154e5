"""Parameters in a dialect."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible.profiles.profile import with_facts
from openai_compatible.wire.dialect.steps import PLAIN, spoken

JSON = {"type": "json_object"}


def said(body: Any, **facts: Any) -> Any:
    return spoken(body, with_facts(PLAIN, facts)).body


@pytest.mark.parametrize(
    ("facts", "before", "after"),
    [
        ({}, {"stop": "a"}, {"stop": ["a"]}),  # stop-must-be-list
        ({}, {"stop": ["a"]}, {"stop": ["a"]}),
        ({"drops": ["seed", "model"]}, {"seed": 1, "model": "m"}, {"model": "m"}),
        ({"drops": ["seed"]}, {"n": 1}, {"n": 1}),
        ({"max_tokens_field": "max_completion_tokens"}, {"max_tokens": 5}, {"max_completion_tokens": 5}),
        ({}, {"max_completion_tokens": 5}, {"max_tokens": 5}),
        (
            {},
            {"max_completion_tokens": 5, "max_tokens": 4},
            {"max_completion_tokens": 5, "max_tokens": 4},
        ),
        ({"stream_usage": False}, {"stream_options": {"include_usage": True}}, {}),
        (
            {"stream_usage": False},
            {"stream_options": {"include_usage": True, "x": 1}},
            {"stream_options": {"x": 1}},
        ),
        (
            {"stream_usage": False},
            {"stream_options": {"include_usage": False}},
            {"stream_options": {"include_usage": False}},
        ),
        ({"stream_only": True}, {"input": "a"}, {"input": "a"}),
        ({"stream_only": True}, {"messages": [], "stream": True}, {"messages": [], "stream": True}),
        (
            {"stream_only": True},
            {"messages": []},
            {"messages": [], "stream": True, "stream_options": {"include_usage": True}},
        ),
        # tool-plus-json-mutually-exclusive
        ({"schema_with_tools": False}, {"tools": [1], "response_format": JSON}, {"tools": [1]}),
        ({"schema_with_tools": False}, {"response_format": JSON}, {"response_format": JSON}),
        ({"schema_with_tools": False}, {"tools": [1]}, {"tools": [1]}),
    ],
)
def test_a_step_changes_this_and_nothing_else(facts: Any, before: Any, after: Any) -> None:
    assert said(before, **facts) == after


@pytest.mark.parametrize(
    ("messages", "first"),
    [
        ([{"role": "user", "content": "Hi"}], {"role": "system", "content": "Answer in JSON."}),
        ([], {"role": "system", "content": "Answer in JSON."}),
        (
            [{"role": "system", "content": "Be brief."}],
            {"role": "system", "content": "Be brief.\n\nAnswer in JSON."},
        ),
        ([{"role": "system", "content": ""}], {"role": "system", "content": "Answer in JSON."}),
        ([{"role": "system", "content": None}], {"role": "system", "content": "Answer in JSON."}),
        ([{"role": "user", "content": "as Json"}], {"role": "user", "content": "as Json"}),
        (
            [{"role": "user", "content": [{"type": "text", "text": "JSON"}, "odd"]}],
            {"role": "user", "content": [{"type": "text", "text": "JSON"}, "odd"]},
        ),
        (["odd"], {"role": "system", "content": "Answer in JSON."}),
    ],
)
def test_the_word_json_is_somewhere(messages: Any, first: Any) -> None:
    """json-object-needs-word-json"""
    body = {"messages": messages, "response_format": JSON}
    assert said(body, json_word=True)["messages"][0] == first


def test_the_word_is_for_json_objects_only() -> None:
    for shape in ({"type": "json_schema"}, None, "odd"):
        body = {"messages": [{"role": "user", "content": "Hi"}], "response_format": shape}
        assert said(body, json_word=True) is body
    assert said({"messages": "odd", "response_format": JSON}, json_word=True)["messages"] == "odd"


def test_a_body_without_a_format_is_the_same_object() -> None:
    body = {"tools": [1], "stop": ["a"]}
    assert said(body, schema_with_tools=False) is body
