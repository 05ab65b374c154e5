"""``content_blocks`` of answers, and what LangChain's own parts make of them."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage

from openai_compatible.testing.loopback import event_stream, json_reply

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
CITATION = {"url": "https://example.org", "title": "Example", "start_index": 0, "end_index": 2}


def answers(message: dict[str, Any], finish: str = "stop"):
    def app(seen):
        choice: dict[str, Any] = {"index": 0, "finish_reason": finish}
        base = {"id": "1", "model": "m"}
        if not seen.json.get("stream"):
            return json_reply({**base, "choices": [{**choice, "message": {"content": None, **message}}]})
        first = {"index": 0, "delta": message, "finish_reason": None}
        return event_stream({**base, "choices": [first]}, {**base, "choices": [{**choice, "delta": {}}]})

    return app


def both(model) -> list[AIMessage]:
    """The answer whole and as the sum of a stream."""
    total: Any = None
    for chunk in model.stream("x"):
        total = chunk if total is None else total + chunk
    return [model.invoke("x"), total]


def test_a_refusal_is_a_block(server, chat):
    server.app = answers({"refusal": "I will not."})
    for message in both(chat()):
        assert message.content_blocks == [{"type": "refusal", "refusal": "I will not."}]


def test_pictures_are_blocks(server, chat):
    far = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    server.app = answers({"content": "Here.", "images": [IMAGE, far, {"type": "image_url"}, 3]})
    for message in both(chat()):
        assert message.content_blocks == [
            {"type": "text", "text": "Here."},
            {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"},
            {"type": "image", "url": "https://example.org/a.png"},
        ]


def test_audio_is_a_block(server, chat):
    server.app = answers(
        {"audio": {"id": "a1", "data": "UklGRg==", "transcript": "Hi", "expires_at": 9}}
    )
    extras = {"id": "a1", "transcript": "Hi", "expires_at": 9}
    message = chat().invoke("x")
    assert message.content_blocks == [{"type": "audio", "base64": "UklGRg==", "extras": extras}]


def test_citations_are_annotations_of_the_text(server, chat):
    found = [{"type": "url_citation", "url_citation": CITATION}, {"type": "file", "file": "f1"}, None]
    server.app = answers({"content": "Hi", "annotations": found})
    for message in both(chat()):
        assert message.content_blocks == [
            {
                "type": "text",
                "text": "Hi",
                "annotations": [
                    {"type": "citation", **CITATION},
                    {"type": "non_standard_annotation", "value": {"type": "file", "file": "f1"}},
                ],
            }
        ]


def test_reasoning_text_and_calls_stay_as_langchain_has_them(server, chat):
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    server.app = answers(
        {"reasoning_content": "hm", "content": "Hi", "tool_calls": [call]}, "tool_calls"
    )
    for message in both(chat()):
        assert message.content_blocks == [
            {"type": "reasoning", "reasoning": "hm"},
            {"type": "text", "text": "Hi"},
            {"type": "tool_call", "id": "c1", "name": "f", "args": {}},
        ]


def test_a_refusal_after_reasoning_stands_behind_it(server, chat):
    server.app = answers({"reasoning_content": "hm", "refusal": "No."})
    for message in both(chat()):
        assert [block["type"] for block in message.content_blocks] == ["reasoning", "refusal"]


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("streaming", [True, False])
async def test_langchains_refusal_middleware_sees_a_refusal(server, chat, version, streaming):
    middleware = pytest.importorskip("langchain.agents.middleware")
    if not hasattr(middleware, "ModelRefusalMiddleware"):
        pytest.skip("this LangChain has no ModelRefusalMiddleware")
    from langchain.agents import create_agent
    from langchain_core.exceptions import ModelRefusalError

    server.app = answers({"refusal": "I will not."})
    model = chat(output_version=version, streaming=streaming)
    agent = create_agent(model, [], middleware=[middleware.ModelRefusalMiddleware()])
    asked: Any = {"messages": [("user", "x")]}
    with pytest.raises(ModelRefusalError, match="I will not"):
        agent.invoke(asked)
    with pytest.raises(ModelRefusalError, match="I will not"):
        await agent.ainvoke(asked)
    with pytest.raises(ModelRefusalError, match="I will not"):
        list(agent.stream(asked, stream_mode="messages"))
