"""Tools bound to the chat model, and structured output."""

from __future__ import annotations

import json
from typing import TypedDict

import pytest
from langchain_core import exceptions as framework
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from langchain_openai_compatible.errors import ModelRefusedError
from langchain_openai_compatible.structured import response_format
from openai_compatible import errors as ours
from openai_compatible.testing.loopback import event_stream, json_reply


class Joke(BaseModel):
    """A joke."""

    setup: str
    punchline: str = Field(description="The end")


class Node(BaseModel):
    """A tree."""

    value: int
    children: list[Node] = []


class JokeDict(TypedDict):
    """A joke."""

    setup: str
    punchline: str


JOKE_SCHEMA = {
    "title": "Joke",
    "description": "A joke.",
    "type": "object",
    "properties": {"setup": {"type": "string"}, "punchline": {"type": "string"}},
    "required": ["setup", "punchline"],
}
ANSWER = {"setup": "a", "punchline": "b"}


@tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def says(message, finish="stop"):
    message = {"role": "assistant", "content": "", **message}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json_reply({"id": "1", "model": "m", "choices": [choice]})


def joker(seen):
    """Answers with the joke in whatever way it was asked for."""
    text = json.dumps(ANSWER)
    if "response_format" in seen.json:
        return says({"content": text})
    function = {"name": seen.json["tools"][0]["function"]["name"], "arguments": text}
    return says({"tool_calls": [{"id": "c", "type": "function", "function": function}]}, "tool_calls")


CHOICES = [
    (None, None),
    (False, None),
    ("auto", "auto"),
    ("none", "none"),
    ("any", "required"),
    ("required", "required"),
    (True, "required"),
    ("add", {"type": "function", "function": {"name": "add"}}),
    (
        {"type": "function", "function": {"name": "add"}},
        {"type": "function", "function": {"name": "add"}},
    ),
]


@pytest.mark.parametrize(("given", "sent"), CHOICES)
def test_each_form_of_a_tool_choice_is_understood(server, chat, given, sent):
    chat().bind_tools([add], tool_choice=given).invoke("Hi")
    chat().invoke("Hi", tools=[add], tool_choice=given)
    for seen in server.requests:
        assert seen.json["tools"][0]["function"]["name"] == "add"
        assert seen.json.get("tool_choice") == sent


@pytest.mark.parametrize(
    "choice", ["ad", {"type": "function", "function": {"name": "ad"}}, {"type": "function"}, 3]
)
def test_a_tool_choice_that_fits_no_tool_is_an_error(chat, choice):
    with pytest.raises(ours.ConfigError, match="tool_choice"):
        chat().bind_tools([add], tool_choice=choice)


def test_a_recursive_schema_is_sent(server, chat):
    server.app = lambda _: says({"content": '{"value": 1, "children": []}'})
    structured = chat().with_structured_output(Node, method="json_schema")
    assert structured.invoke("x") == Node(value=1)
    chat().bind_tools([Node]).invoke("x")
    for seen in server.requests:
        assert "children" in json.dumps(seen.json)


def test_the_error_proposes_the_nearest_tool(chat):
    with pytest.raises(ours.ConfigError, match="Did you mean 'add'"):
        chat().bind_tools([add], tool_choice="ad")


def test_strict_and_parallel_tool_calls_are_sent(server, chat):
    chat().bind_tools([add, Joke], strict=True, parallel_tool_calls=False).invoke("Hi")
    sent = server.requests[0].json
    assert [spec["function"]["strict"] for spec in sent["tools"]] == [True, True]
    assert sent["parallel_tool_calls"] is False


def test_tools_may_be_functions_classes_and_dicts(server, chat):
    def sub(a: int) -> int:
        """Subtract."""
        return a

    spec = {"type": "function", "function": {"name": "raw", "parameters": {"type": "object"}}}
    chat().bind_tools([add, sub, Joke, JokeDict, JOKE_SCHEMA, spec]).invoke("Hi")
    names = [each["function"]["name"] for each in server.requests[0].json["tools"]]
    assert names == ["add", "sub", "Joke", "JokeDict", "Joke", "raw"]


def test_what_is_no_tool_is_an_error(chat):
    with pytest.raises(ours.ConfigError, match="as a tool"):
        chat().bind_tools([{"nothing": 1}])


def test_bind_tools_takes_a_response_format(server, chat):
    chat().bind_tools([add], response_format=Joke).invoke("Hi")
    assert server.requests[0].json["response_format"]["json_schema"]["name"] == "Joke"


METHODS = ["function_calling", "json_schema", "json_mode"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Joke, JokeDict, JOKE_SCHEMA], ids=["pydantic", "dict", "json"])
async def test_every_method_gives_every_kind_of_object(server, chat, method, schema):
    server.app = joker
    expected = Joke(**ANSWER) if schema is Joke else ANSWER
    structured = chat().with_structured_output(schema, method=method)
    assert structured.invoke("x") == expected
    assert await structured.ainvoke("x") == expected
    both = chat().with_structured_output(schema, method=method, include_raw=True).invoke("x")
    assert both["parsed"] == expected
    assert both["parsing_error"] is None
    assert isinstance(both["raw"], AIMessage)


@pytest.mark.parametrize("strict", [None, True, False])
def test_strict_reaches_the_schema(server, chat, strict):
    server.app = joker
    chat().with_structured_output(Joke, method="json_schema", strict=strict).invoke("x")
    chat().with_structured_output(Joke, method="function_calling", strict=strict).invoke("x")
    schema, call = (seen.json for seen in server.requests)
    assert schema["response_format"]["json_schema"].get("strict") == strict
    assert call["tools"][0]["function"].get("strict") == strict


def test_json_schema_sends_the_schema(server, chat):
    server.app = joker
    chat().with_structured_output(Joke, method="json_schema").invoke("x")
    sent = server.requests[0].json["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"]["name"] == "Joke"
    assert sent["json_schema"]["description"] == "A joke."
    assert sent["json_schema"]["schema"]["required"] == ["setup", "punchline"]


def test_function_calling_forces_the_one_tool(server, chat):
    server.app = joker
    chat().with_structured_output(Joke, method="function_calling").invoke("x")
    choice = {"type": "function", "function": {"name": "Joke"}}
    assert server.requests[0].json["tool_choice"] == choice


def test_json_mode_works_without_a_schema(server, chat):
    server.app = joker
    assert chat().with_structured_output(method="json_mode").invoke("x") == ANSWER
    assert server.requests[0].json["response_format"] == {"type": "json_object"}


def test_tools_may_go_beside_a_json_schema(server, chat):
    server.app = joker
    structured = chat().with_structured_output(Joke, method="json_schema", tools=[add])
    assert structured.invoke("x") == Joke(**ANSWER)
    assert server.requests[0].json["tools"][0]["function"]["name"] == "add"


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"schema": Joke, "method": "magic"}, "magic"),
        ({"schema": None, "method": "json_schema"}, "needs a schema"),
        ({"schema": None}, "needs a schema"),
        ({"schema": Joke, "method": "json_mode", "strict": True}, "strict"),
        ({"schema": Joke, "method": "function_calling", "tools": [add]}, "json_schema"),
        ({"schema": Joke, "temprature": 1}, "temperature"),
        ({"schema": 3, "method": "json_schema"}, "no schema"),
    ],
)
def test_arguments_that_do_not_go_together_are_an_error(chat, kwargs, message):
    schema = kwargs.pop("schema")
    with pytest.raises(ours.ConfigError, match=message):
        chat().with_structured_output(schema, **kwargs)


def test_other_arguments_reach_the_request(server, chat):
    server.app = joker
    chat().with_structured_output(Joke, temperature=0.2).invoke("x")
    assert server.requests[0].json["temperature"] == 0.2


@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
@pytest.mark.parametrize(
    "text",
    [
        '{"setup": "a", "punchline": "b"}',
        '```json\n{"setup": "a", "punchline": "b"}\n```',
        '<think>{hm}</think>\n{"setup": "a", "punchline": "b"}',
        'Here you are: {"setup": "a", "punchline": "b"}',
    ],
)
def test_json_is_found_in_what_models_write_around_it(server, chat, method, text):
    server.app = lambda _: says({"content": text})
    assert chat().with_structured_output(Joke, method=method).invoke("x") == Joke(**ANSWER)
    assert chat().with_structured_output(JOKE_SCHEMA, method=method).invoke("x") == ANSWER


@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_an_answer_that_does_not_fit_is_a_parsing_error(server, chat, method):
    server.app = lambda _: says({"content": '{"setup": "a"}'})
    with pytest.raises(framework.OutputParserException):
        chat().with_structured_output(Joke, method=method).invoke("x")
    both = chat().with_structured_output(Joke, method=method, include_raw=True).invoke("x")
    assert both["parsed"] is None
    assert isinstance(both["parsing_error"], framework.OutputParserException)


def test_a_call_that_does_not_fit_is_a_parsing_error(server, chat):
    function = {"name": "Joke", "arguments": '{"setup": 3}'}
    call = {"id": "c", "type": "function", "function": function}
    server.app = lambda _: says({"tool_calls": [call]}, "tool_calls")
    structured = chat().with_structured_output(Joke, method="function_calling", include_raw=True)
    assert structured.invoke("x")["parsing_error"] is not None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_refusal_is_an_error_that_says_so(server, chat, method, version):
    server.app = lambda _: says({"content": None, "refusal": "I will not."})
    model = chat(output_version=version)
    with pytest.raises(ModelRefusedError, match="I will not") as caught:
        model.with_structured_output(Joke, method=method).invoke("x")
    assert caught.value.raw_message.additional_kwargs["refusal"] == "I will not."
    both = model.with_structured_output(Joke, method=method, include_raw=True).invoke("x")
    assert isinstance(both["parsing_error"], ModelRefusedError)


def test_a_stream_of_structured_output_grows(server, chat):
    def pieces(_):
        deltas = ['{"setup": "a', 'b", "punch', 'line": "c"}']
        base = {"id": "1", "model": "m"}
        return event_stream(
            *({**base, "choices": [{"index": 0, "delta": {"content": d}}]} for d in deltas),
            {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        )

    server.app = pieces
    seen = list(chat().with_structured_output(JOKE_SCHEMA, method="json_schema").stream("x"))
    assert seen[0] == {"setup": "a"}
    assert seen[-1] == {"setup": "ab", "punchline": "c"}
    assert list(chat().with_structured_output(Joke, method="json_schema").stream("x"))[-1] == Joke(
        setup="ab", punchline="c"
    )


def test_the_facts_of_the_model_pick_the_method(server):
    from langchain_openai_compatible import ChatOpenAICompatible

    server.app = joker
    provider = {
        "name": "p",
        "base_url": server.base_url,
        "models": {"m": {"structured_output": True}},
    }
    ChatOpenAICompatible(model="m", provider=provider).with_structured_output(Joke).invoke("x")
    ChatOpenAICompatible(model="n", provider=provider).with_structured_output(Joke).invoke("x")
    known, unknown = (seen.json for seen in server.requests)
    assert "response_format" in known
    assert "tools" in unknown


def test_a_response_format_is_kept_as_it_is():
    ready = {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}
    assert response_format(ready) == ready
    assert response_format({"type": "json_object"}) == {"type": "json_object"}
    inner = {"name": "x", "schema": {"type": "object"}}
    assert response_format(inner, strict=True)["json_schema"] == {**inner, "strict": True}
