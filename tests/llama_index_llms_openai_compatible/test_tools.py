"""Tools: what is sent, and what is read from answers."""

from __future__ import annotations

import json

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel, Field

from llama_index.llms.openai_compatible.tools import GrowingToolCall, closed, selections, wire_tools
from openai_compatible import errors
from openai_compatible.testing.loopback import event_stream, json_reply


class Place(BaseModel):
    city: str
    country: str = Field(default="France")


def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


ADD = FunctionTool.from_defaults(add)


def call(number=1, arguments='{"a": 1}', name="add"):
    return {
        "id": f"c{number}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def calls(*made):
    message = {"role": "assistant", "content": None, "tool_calls": list(made)}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    return lambda _: json_reply({"model": "m", "choices": [choice]})


def test_tools_are_sent_in_openai_form(server, llm):
    llm().chat_with_tools([ADD], user_msg="1 + 2")
    sent = server.requests[0].json
    assert sent["tools"][0]["type"] == "function"
    function = sent["tools"][0]["function"]
    assert function["name"] == "add"
    assert "Add two numbers." in function["description"]
    assert function["parameters"]["properties"].keys() == {"a", "b"}
    assert not {"tool_choice", "parallel_tool_calls"} & sent.keys()
    assert not {"strict", "additionalProperties"} & {*function, *function["parameters"]}


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"tool_required": True}, "required"),
        ({"tool_choice": "any"}, "required"),
        ({"tool_choice": "auto"}, "auto"),
        ({"tool_choice": "none", "tool_required": True}, "none"),
        ({"tool_choice": "add"}, {"type": "function", "function": {"name": "add"}}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "add"}}},
            {"type": "function", "function": {"name": "add"}},
        ),
    ],
)
def test_the_choice_of_tools_is_sent(server, llm, asked, sent):
    llm().chat_with_tools([ADD], user_msg="Hi", **asked)
    assert server.requests[0].json["tool_choice"] == sent


def test_without_tools_nothing_of_tools_is_sent(server, llm):
    llm(parallel_tool_calls=False).chat_with_tools([], user_msg="Hi", tool_required=True)
    sent = server.requests[0].json
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & sent.keys()


def test_parallel_tool_calls_is_sent_when_set(server, llm):
    llm(parallel_tool_calls=False).chat_with_tools([ADD], user_msg="Hi")
    assert server.requests[0].json["parallel_tool_calls"] is False


def test_strict_closes_the_schema(server, llm):
    llm(strict=True).chat_with_tools([ADD], user_msg="Hi")
    llm().chat_with_tools([ADD], user_msg="Hi", strict=True)
    for seen in server.requests:
        function = seen.json["tools"][0]["function"]
        assert function["strict"] is True
        assert function["parameters"]["required"] == ["a", "b"]
        assert function["parameters"]["additionalProperties"] is False


def test_closing_a_schema_keeps_properties_of_any_name():
    schema = {
        "type": "object",
        "properties": {
            "default": {"type": "string", "default": "x"},
            "properties": {"type": "object", "properties": {"a": {"anyOf": [{"type": "null"}]}}},
        },
        "$defs": {"P": {"type": "object", "properties": {"b": {}}}},
        "enum": [{"properties": {"default": 1}}],
    }
    found = closed(schema)
    assert found["required"] == ["default", "properties"]
    assert found["properties"]["default"] == {"type": "string"}
    assert found["properties"]["properties"]["required"] == ["a"]
    assert found["$defs"]["P"]["additionalProperties"] is False
    assert found["enum"] == schema["enum"]


def test_tools_may_be_dicts(server, llm):
    spec = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    llm().chat_with_tools([spec], user_msg="Hi")
    llm().chat([ChatMessage(role="user", content="Hi")], tools=[spec], tool_choice="auto")
    assert [seen.json["tools"] for seen in server.requests] == [[spec], [spec]]


def test_a_tool_with_a_class_as_schema_is_sent():
    tool = FunctionTool.from_defaults(lambda **_: None, name="visit", fn_schema=Place)
    function = wire_tools([tool], strict=False)[0]["function"]
    assert function["parameters"]["properties"].keys() == {"city", "country"}


def test_history_and_question_are_sent_in_order(server, llm):
    history = [ChatMessage(role="system", content="a"), ChatMessage(role="user", content="b")]
    model = llm()
    model.chat_with_tools([ADD], user_msg=ChatMessage(role="user", content="c"), chat_history=history)
    assert [m["content"] for m in server.requests[0].json["messages"]] == ["a", "b", "c"]
    assert len(history) == 2


def test_one_call_is_kept_where_several_are_not_allowed(server, llm):
    server.app = calls(call(1), call(2, '{"a": 5}'))
    model = llm()
    one = model.chat_with_tools([ADD], user_msg="Hi")
    two = model.chat_with_tools([ADD], user_msg="Hi", allow_parallel_tool_calls=True)
    assert [s.tool_kwargs for s in model.get_tool_calls_from_response(one)] == [{"a": 1}]
    assert [s.tool_id for s in model.get_tool_calls_from_response(two)] == ["c1", "c2"]


def test_predict_and_call_runs_every_tool_that_was_called(server, llm):
    server.app = calls(call(1), call(2, '{"a": 5, "b": 5}'))
    found = llm().predict_and_call([ADD], user_msg="Hi", allow_parallel_tool_calls=True)
    assert [source.raw_output for source in found.sources] == [3, 10]


def test_no_call_is_a_value_error(server, llm):
    with pytest.raises(ValueError, match="called no tool"):
        llm().predict_and_call([ADD], user_msg="Hi")
    found = llm().predict_and_call([ADD], user_msg="Hi", error_on_no_tool_call=False)
    assert found.response == "Hello!"


def test_a_call_without_id_gets_one(server, llm):
    bare = call()
    del bare["id"]
    server.app = calls(bare, {**bare})
    model = llm()
    answer = model.chat_with_tools([ADD], user_msg="Hi", allow_parallel_tool_calls=True)
    ids = [selection.tool_id for selection in model.get_tool_calls_from_response(answer)]
    assert all(ids)
    assert len(set(ids)) == 2


def message(arguments, kind=ToolCallBlock):
    block = kind(tool_call_id="c1", tool_name="add", tool_kwargs=arguments)
    return ChatMessage(role="assistant", blocks=[block])


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        ({"a": 1}, {"a": 1}),
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ('{"a": 1, "b": "x', {"a": 1, "b": "x"}),
        ('{"a": 1, "b', {"a": 1}),
        ("{", {}),
        ('"{', {}),
    ],
)
def test_arguments_of_a_growing_call_are_read_as_far_as_they_came(arguments, read):
    found = selections(message(arguments, GrowingToolCall), error_on_none=True)
    assert found[0].tool_kwargs == read


@pytest.mark.parametrize(
    "arguments", ["[1, 2]", "add one", "7", "{", '{"a": 1, "b": "x', '{"a": NaN}', '{"a": 1}{"b": 2}']
)
def test_arguments_that_are_no_object_are_an_error(arguments):
    with pytest.raises(errors.MalformedResponseError, match="'add'"):
        selections(message(arguments), error_on_none=True)


def test_calls_of_another_class_are_read_from_blocks(llm):
    found = llm().get_tool_calls_from_response(ChatResponse(message=message({"a": 1})))
    assert (found[0].tool_id, found[0].tool_name) == ("c1", "add")


def chunk(delta, finish=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "x", "created": 1, "model": "m", "choices": [choice]}


def piece(arguments, index=0, **fields):
    function = {"arguments": arguments, **({"name": fields.pop("name")} if "name" in fields else {})}
    return {"index": index, "function": function, **fields}


def test_two_calls_of_a_stream_are_kept_apart(server, llm):
    server.app = lambda _: event_stream(
        chunk({"tool_calls": [piece("", id="c1", name="add"), piece("", 1, id="c2", name="add")]}),
        chunk({"tool_calls": [piece('{"a": '), piece('{"a": 5', 1)]}),
        chunk({"tool_calls": [piece("1}")]}),
        chunk({"tool_calls": [piece("}", 1)]}),
        chunk({}, "tool_calls"),
    )
    model = llm()
    last = list(model.stream_chat_with_tools([ADD], user_msg="Hi"))[-1]
    found = model.get_tool_calls_from_response(last)
    assert [(s.tool_id, s.tool_kwargs) for s in found] == [("c1", {"a": 1}), ("c2", {"a": 5})]
    assert last.additional_kwargs["finish_reason"] == "tool_calls"


HERMES = '<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>'


@pytest.mark.parametrize(("choice", "names"), [("none", []), ("auto", ["add"]), ("other", [])])
def test_a_call_in_the_text_counts_only_where_the_tool_may_be_called(server, llm, choice, names):
    def write_call(seen):
        message = {"content": HERMES}
        if seen.json.get("stream"):
            return event_stream({"choices": [{"index": 0, "delta": message, "finish_reason": "stop"}]})
        return json_reply({"choices": [{"message": message, "finish_reason": "stop"}]})

    server.app = write_call
    other = FunctionTool.from_defaults(add, name="other")
    model = llm()
    whole = model.chat_with_tools([ADD, other], user_msg="x", tool_choice=choice)
    streamed = list(model.stream_chat_with_tools([ADD, other], user_msg="x", tool_choice=choice))[-1]
    for answer in (whole, streamed):
        found = model.get_tool_calls_from_response(answer, error_on_no_tool_call=False)
        assert [one.tool_name for one in found] == names
        assert (answer.message.content or "") == ("" if names else HERMES)


def test_a_broken_call_is_sent_back_as_an_object_that_holds_its_text(server, llm):
    broken = '{"a": tw'
    block = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs=broken)
    history = [
        ChatMessage("x"),
        ChatMessage(role="assistant", blocks=[block]),
        ChatMessage("y"),
    ]
    answer = llm().chat(history)
    sent = server.requests[-1].json["messages"]
    assert json.loads(sent[1]["tool_calls"][0]["function"]["arguments"]) == {"invalid_arguments": broken}
    assert (sent[2]["role"], sent[2]["tool_call_id"]) == ("tool", "c1")
    assert answer.message.content == "Hello!"
