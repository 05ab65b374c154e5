"""Structured output: by tools, by JSON schema, by text."""

from __future__ import annotations

import asyncio
import json

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel

from openai_compatible import errors
from openai_compatible.testing.loopback import event_stream, json_reply


class Song(BaseModel):
    """A song."""

    title: str
    seconds: int


ABOUT = PromptTemplate("A song about {topic}.")
WHOLE = '{"title": "Rain", "seconds": 180}'


def saying(text, finish="stop"):
    """Answers in text, streamed in pieces of five characters."""

    def app(seen):
        if not seen.json.get("stream"):
            message = {"role": "assistant", "content": text}
            return json_reply({"choices": [{"message": message, "finish_reason": finish}]})
        pieces = [text[at : at + 5] for at in range(0, len(text), 5)]
        return event_stream(*(chunk({"content": piece}) for piece in pieces), chunk({}, finish))

    return app


def calling(arguments):
    """Answers with a call of the tool that is offered."""

    def app(seen):
        function = {"name": seen.json["tools"][0]["function"]["name"], "arguments": ""}
        call = {"index": 0, "id": "c1", "type": "function", "function": function}
        if not seen.json.get("stream"):
            call["function"]["arguments"] = arguments
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            return json_reply({"choices": [{"message": message, "finish_reason": "tool_calls"}]})
        pieces = [arguments[at : at + 5] for at in range(0, len(arguments), 5)]
        return event_stream(
            chunk({"tool_calls": [call]}),
            *(chunk({"tool_calls": [{"index": 0, "function": {"arguments": p}}]}) for p in pieces),
            chunk({}, "tool_calls"),
        )

    return app


def chunk(delta, finish=None):
    return {"id": "x", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def four_ways(model, **more):
    async def asynchronous():
        whole = await model.astructured_predict(Song, ABOUT, topic="rain", **more)
        stream = await model.astream_structured_predict(Song, ABOUT, topic="rain", **more)
        return whole, [each async for each in stream]

    whole, streamed = asyncio.run(asynchronous())
    return [
        model.structured_predict(Song, ABOUT, topic="rain", **more),
        whole,
        list(model.stream_structured_predict(Song, ABOUT, topic="rain", **more))[-1],
        streamed[-1],
    ]


@pytest.mark.parametrize(
    ("app", "fields"),
    [
        (calling(WHOLE), {}),
        (calling(WHOLE), {"pydantic_program_mode": PydanticProgramMode.FUNCTION}),
        (saying(WHOLE), {"should_use_structured_outputs": True}),
        (saying(WHOLE), {"pydantic_program_mode": PydanticProgramMode.LLM}),
        (saying(WHOLE), {"is_function_calling_model": False}),
    ],
    ids=["tools", "tools by mode", "schema", "text by mode", "text"],
)
def test_an_object_comes_out_of_every_way(server, llm, app, fields):
    server.app = app
    assert four_ways(llm(**fields)) == [Song(title="Rain", seconds=180)] * 4


@pytest.mark.parametrize(
    "fields", [{"is_function_calling_model": False}, {"should_use_structured_outputs": True}]
)
def test_text_around_the_object_is_no_matter(server, llm, fields):
    server.app = saying(f"Here it is:\n```json\n{WHOLE}\n```\nEnjoy.")
    assert four_ways(llm(**fields)) == [Song(title="Rain", seconds=180)] * 4


def test_the_schema_is_in_the_prompt_where_the_model_has_no_tools(server, llm):
    server.app = saying(WHOLE)
    plain = {"is_function_calling_model": False, "should_use_structured_outputs": False}
    four_ways(llm(**plain, system_prompt="Be brief."))
    for seen in server.requests:
        assert not {"tools", "response_format"} & seen.json.keys()
        written = "".join(message["content"] for message in seen.json["messages"])
        assert written.count("JSON schema") == 1
        assert "seconds" in written


def test_a_tool_call_is_required_whole_and_streamed(server, llm):
    server.app = calling(WHOLE)
    four_ways(llm())
    assert [seen.json["tool_choice"] for seen in server.requests] == ["required"] * 4
    assert {seen.json["tools"][0]["function"]["name"] for seen in server.requests} == {"Song"}


def test_the_schema_is_sent(server, llm):
    server.app = saying(WHOLE)
    four_ways(llm(should_use_structured_outputs=True))
    for seen in server.requests:
        assert seen.json["response_format"] == {
            "type": "json_schema",
            "json_schema": {"name": "Song", "schema": Song.model_json_schema()},
        }
        assert "tools" not in seen.json


def test_strict_is_sent_with_a_closed_schema(server, llm):
    server.app = saying(WHOLE)
    llm(should_use_structured_outputs=True, strict=True).structured_predict(Song, ABOUT, topic="rain")
    form = server.requests[0].json["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["additionalProperties"] is False


@pytest.mark.parametrize("fields", [{}, {"should_use_structured_outputs": True}])
def test_arguments_for_the_call_are_passed_on(server, llm, fields):
    server.app = saying(WHOLE) if fields else calling(WHOLE)
    four_ways(llm(**fields), llm_kwargs={"temperature": 0.25})
    assert [seen.json["temperature"] for seen in server.requests] == [0.25] * 4


@pytest.mark.parametrize("fields", [{}, {"should_use_structured_outputs": True}])
def test_objects_of_a_stream_grow(server, llm, fields):
    server.app = saying(WHOLE) if fields else calling(WHOLE)
    found = list(llm(**fields).stream_structured_predict(Song, ABOUT, topic="rain"))
    titles = [getattr(each, "title", None) or "" for each in found]
    assert len(set(titles)) > 1
    assert all("Rain".startswith(title) for title in titles)
    assert found[-1] == Song(title="Rain", seconds=180)


@pytest.mark.parametrize("text", ["", "I would rather not.", '{"title": "Rain"}', '{"title": "Ra'])
def test_an_answer_that_does_not_fit_the_schema_is_an_error_in_every_way(server, llm, text):
    server.app = saying(text)
    model = llm(should_use_structured_outputs=True)
    for ask in (
        lambda: model.structured_predict(Song, ABOUT, topic="rain"),
        lambda: asyncio.run(model.astructured_predict(Song, ABOUT, topic="rain")),
        lambda: list(model.stream_structured_predict(Song, ABOUT, topic="rain")),
    ):
        with pytest.raises(errors.MalformedResponseError, match="no Song"):
            ask()


@pytest.mark.parametrize("arguments", ["{}", '{"title": "Rain"}'])
def test_arguments_that_do_not_fit_are_an_error_at_the_end_of_a_stream(server, llm, arguments):
    server.app = calling(arguments)
    with pytest.raises(errors.MalformedResponseError, match="no Song"):
        list(llm().stream_structured_predict(Song, ABOUT, topic="rain"))


def test_an_answer_in_text_to_a_streamed_tool_call_is_an_error(server, llm):
    server.app = saying("I would rather not.")
    with pytest.raises(errors.MalformedResponseError, match="no Song"):
        list(llm().stream_structured_predict(Song, ABOUT, topic="rain"))


def test_a_chat_template_and_a_system_prompt_are_sent(server, llm):
    server.app = saying(WHOLE)
    prompt = ChatPromptTemplate([ChatMessage(role="user", content="About {topic}")])
    model = llm(should_use_structured_outputs=True, system_prompt="Be brief.")
    model.structured_predict(Song, prompt, topic="rain")
    assert [m["content"] for m in server.requests[0].json["messages"]] == ["Be brief.", "About rain"]


def test_a_structured_llm_answers_in_json(server, llm):
    server.app = saying(WHOLE)
    model = llm(should_use_structured_outputs=True).as_structured_llm(Song)
    response = model.chat([ChatMessage(role="user", content="Rain {not a variable}")])
    assert response.raw == Song(title="Rain", seconds=180)
    assert json.loads(response.message.content) == json.loads(WHOLE)
