"""Fields that only a server knows: under one key, whatever they are called and hold."""

from __future__ import annotations

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.load import dumps, loads
from langchain_core.messages import AIMessage, messages_from_dict, messages_to_dict
from langchain_core.outputs import ChatGenerationChunk

from openai_compatible.testing.loopback import event_stream, json_reply
from openai_compatible.wire.server_fields import SERVER_FIELDS

NAMES = (
    *("images", "documents", "audios", "videos", "audio", "name", "tool_call_id", "parsed", "id"),
    *(
        "__openai_role__",
        "thinking_delta",
        "citations",
        "annotations",
        "session_id",
        "response_metadata",
    ),
    *("output_version", "model_provider", "stop_reason", "lc_source", "lc_data", "usage_metadata"),
    *("reasoning_field", "tool_call_extras", "reasoning_memory", "server_fields", "omissions"),
    *("content_parts", "only_reasoning", "nameless_tool_calls", "recovered_tool_calls", "type"),
    *("refusal", "function_call", "tool_calls", "additional_kwargs", "invalid_tool_calls", "example"),
)
"""Names that LangChain, LlamaIndex or this package read somewhere in a message."""
VALUES: tuple[Any, ...] = ("x", 5, 1.5, True, ["x", {"a": 1}, None], {"a": {"b": 1}})


def app(place: str, fields: dict[str, Any]):
    """Answers with the fields in the message, its choice, or beside the choices."""

    def answer(seen):
        whole = not seen.json.get("stream")
        message = {"role": "assistant", "content": "Hi", **(fields if place == "message" else {})}
        choice = {"index": 0, "finish_reason": "stop", **(fields if place == "choice" else {})}
        top = {"id": "c1", "model": "m", **(fields if place == "envelope" else {})}
        if whole:
            return json_reply({**top, "choices": [{**choice, "message": message}]})
        return event_stream({**top, "choices": [{**choice, "delta": message}]})

    return answer


def holds(message: AIMessage, name: str, value: Any) -> bool:
    """Whether a value is where users find it."""
    for place in (message.additional_kwargs, message.response_metadata):
        if name in (fields := place.get(SERVER_FIELDS, {})) and fields[name] == value:
            return True
        if name in place and place[name] == value and name in OWN:
            return True
    return False


OWN = ("content_parts", "only_reasoning", "nameless_tool_calls", "recovered_tool_calls", "refusal")
ENVELOPE = ("id",)


@pytest.mark.filterwarnings("ignore::openai_compatible.OpenAICompatibleWarning")
@pytest.mark.filterwarnings("ignore:The function `loads`")
@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("place", ["message", "choice", "envelope"])
def test_no_name_of_a_server_is_read_by_langchain(server, chat, place, version):
    model = chat(output_version=version)
    for value in VALUES:
        fields = dict.fromkeys(NAMES, value)
        if place == "envelope":
            fields.pop("id")
        if not isinstance(value, str | int | float | bool):  # these are calls, read as such
            fields.pop("tool_calls")
            fields.pop("function_call")
        server.app = app(place, fields)
        total: Any = None
        for chunk in model.stream("x"):
            total = chunk if total is None else total + chunk
        for message in (model.invoke("x"), total):
            assert message.text == "Hi"
            assert message.type in ("ai", "AIMessageChunk")
            assert message.response_metadata["model_provider"] == "openai_compatible"
            assert set(message.additional_kwargs) <= {SERVER_FIELDS, *OWN}
            missing = [name for name in fields if not holds(message, name, value)]
            assert not missing
            assert any(block["type"] == "text" for block in message.content_blocks)
            assert loads(dumps(message), allowed_objects="all").content == message.content
            (again,) = messages_from_dict(messages_to_dict([message]))
            assert again.additional_kwargs == message.additional_kwargs
            model.invoke([("user", "x"), message, ("user", "y")])
            assert "Hi" in str(server.requests[-1].json["messages"][1]["content"])
        agent = create_agent(model, [])
        assert agent.invoke({"messages": [("user", "x")]})["messages"][-1].text == "Hi"


def test_the_name_of_an_answer_is_kept_and_sent_back(server, chat):
    server.app = app("message", {"name": "ann"})
    model = chat()
    assert model.invoke("x").name == "ann"
    total: Any = None
    for chunk in model.stream("x"):
        total = chunk if total is None else total + chunk
    model.invoke([("user", "x"), total, ("user", "y")])
    assert server.requests[-1].json["messages"][1]["name"] == "ann"
    assert ChatGenerationChunk(message=total).message is total
