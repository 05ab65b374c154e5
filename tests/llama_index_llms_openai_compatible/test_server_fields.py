"""Fields that only a server knows: under one key, whatever they are called and hold."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.generic_utils import messages_to_history_str
from llama_index.core.base.llms.types import AudioBlock, ChatMessage, ImageBlock, MessageRole
from llama_index.core.memory import ChatMemoryBuffer

from openai_compatible import OpenAICompatibleWarning
from openai_compatible.testing.loopback import event_stream, json_reply
from openai_compatible.wire.server_fields import SERVER_FIELDS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""LlamaIndex's agents walk through all attributes of pydantic models, deprecated ones too."""

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
FAR = {"type": "image_url", "image_url": {"url": "http://127.0.0.1:9/a.png"}}
NAMES = (
    *("images", "documents", "audios", "videos", "audio", "name", "tool_call_id", "parsed", "id"),
    *("__openai_role__", "thinking_delta", "citations", "annotations", "session_id", "sub_dicts"),
    *("prompt_tokens", "reasoning_memory", "server_fields", "omissions", "openai_compatible"),
    *("content_parts", "refusal", "function_call", "tool_calls", "additional_kwargs", "blocks"),
    *("cache_control", "block_type", "finish_reason_2", "nameless_tool_calls"),
)
"""Names that LlamaIndex or this package read somewhere in a message."""
OWN = ("nameless_tool_calls", "refusal")
VALUES: tuple[Any, ...] = ("x", 5, 1.5, True, ["x", {"a": 1}, None], {"a": {"b": 1}})


def app(place: str, fields: dict[str, Any], content: Any = "Hi"):
    """Answers with the fields in the message, its choice, or beside the choices."""

    def answer(seen):
        message = {"role": "assistant", "content": content, **(fields if place == "message" else {})}
        choice = {"index": 0, "finish_reason": "stop", **(fields if place == "choice" else {})}
        top = {"id": "c1", "model": "m", **(fields if place == "envelope" else {})}
        if not seen.json.get("stream"):
            return json_reply({**top, "choices": [{**choice, "message": message}]})
        return event_stream({**top, "choices": [{**choice, "delta": message}]})

    return answer


def both(model) -> list[Any]:
    """The response whole, and the last of a stream."""
    asked = [ChatMessage(role="user", content="x")]
    return [model.chat(asked), list(model.stream_chat(asked))[-1]]


@pytest.mark.filterwarnings("ignore::openai_compatible.OpenAICompatibleWarning")
@pytest.mark.parametrize("place", ["message", "choice", "envelope"])
async def test_no_name_of_a_server_is_read_by_llama_index(server, llm, place):
    model = llm(is_function_calling_model=True)
    for value in VALUES:
        fields = dict.fromkeys(NAMES, value)
        if place == "envelope":
            fields.pop("id")
        if isinstance(value, list | dict):  # these are calls, read as such
            fields.pop("tool_calls")
            fields.pop("function_call")
        server.app = app(place, fields)
        for response in both(model):
            message = response.message
            assert message.content == "Hi"
            assert message.role == MessageRole.ASSISTANT
            assert set(message.additional_kwargs) <= {SERVER_FIELDS, *OWN}
            kept = {**message.additional_kwargs, **message.additional_kwargs.get(SERVER_FIELDS, {})}
            kept = dict(response.raw) if place == "envelope" else kept
            assert not [name for name in fields if kept.get(name) != value]
            assert "Hi" in messages_to_history_str([message])
            assert ChatMessage.model_validate(message.model_dump()).content == "Hi"
            assert ChatMessage.model_validate_json(message.model_dump_json()).content == "Hi"
            memory = ChatMemoryBuffer.from_defaults(chat_history=[message])
            assert memory.get()[0].content == "Hi"
            asked = ChatMessage(role="user", content="x")
            model.chat([asked, message, asked])
            assert server.requests[-1].json["messages"][1]["content"] == "Hi"
        agent = FunctionAgent(tools=[], llm=model, streaming=value is True)
        assert "Hi" in str(await agent.run("x"))


async def test_pictures_and_sound_of_an_answer_are_blocks(server, llm):
    sound = {"id": "a1", "data": WAV, "transcript": "Hi"}
    server.app = app("message", {"images": [PICTURE, FAR, {"image_url": 3}, "no url"], "audio": sound})
    model = llm(is_function_calling_model=True)
    for response in both(model):
        near, far = [block for block in response.message.blocks if isinstance(block, ImageBlock)]
        assert near.resolve_image().read() == base64.b64decode(PNG)
        assert near.image_mimetype == "image/png"
        assert str(far.url) == "http://127.0.0.1:9/a.png"
        (heard,) = [block for block in response.message.blocks if isinstance(block, AudioBlock)]
        assert heard.resolve_audio().read() == base64.b64decode(WAV)
        for picture in (near, far):
            assert await picture.aestimate_tokens() > 0  # fetches nothing
        memory = ChatMemoryBuffer.from_defaults(chat_history=[response.message])
    with pytest.warns(OpenAICompatibleWarning, match="left out"):
        answer = await FunctionAgent(tools=[], llm=model).run("x", memory=memory)
    assert str(answer).endswith("Hi")


def test_pictures_go_back_only_where_the_dialect_takes_them(server, llm):
    server.app = app("message", {"images": [PICTURE]})
    asked = ChatMessage(role="user", content="x")
    answer = llm().chat([asked]).message
    with pytest.warns(OpenAICompatibleWarning, match="pictures of earlier answers were left out"):
        told = llm().chat([asked, answer, asked])
    assert server.requests[-1].json["messages"][1] == {"role": "assistant", "content": "Hi"}
    assert "pictures" in told.additional_kwargs["openai_compatible"]["changes"][0]
    llm(dialect={"assistant_media": "images"}).chat([asked, answer, asked])
    sent = server.requests[-1].json["messages"][1]
    assert sent == {"role": "assistant", "content": "Hi", "images": [PICTURE]}


def test_sound_goes_back_by_its_id_or_as_what_was_said(server, llm):
    server.app = app("message", {"audio": {"id": "a1", "data": WAV, "transcript": "Hello"}}, None)
    asked = ChatMessage(role="user", content="x")
    answer = llm().chat([asked]).message
    llm(dialect={"assistant_media": "audio_id"}).chat([asked, answer, asked])
    assert server.requests[-1].json["messages"][1]["audio"] == {"id": "a1"}
    with pytest.warns(OpenAICompatibleWarning, match="sound of earlier answers"):
        llm().chat([asked, answer, asked])
    assert server.requests[-1].json["messages"][1] == {"role": "assistant", "content": "Hello"}
