"""Structured output unasked how: chosen, noticed when refused or ignored, repaired once."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

import pytest
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from openai_compatible.errors import AdaptationWarning, MalformedResponseError, RateLimitError
from openai_compatible.testing.loopback import Reply, Seen, json_reply

GOOD = {"title": "Rain", "seconds": 3}


class Song(BaseModel):
    """A song."""

    title: str
    seconds: int


WHOLE = Song(title="Rain", seconds=3)
PROMPT = PromptTemplate("A song about {topic}")


def text(content: str | None, reason: str = "stop", **message: Any) -> Reply:
    whole = {"role": "assistant", "content": content, **message}
    return json_reply({"choices": [{"message": whole, "finish_reason": reason}]})


def call(arguments: Any) -> Reply:
    function = {"name": "Song", "arguments": json.dumps(arguments)}
    return text(None, "tool_calls", tool_calls=[{"id": "a", "type": "function", "function": function}])


def way(seen: Seen) -> str:
    """How a request asked for the object."""
    shape = (seen.json.get("response_format") or {}).get("type")
    if seen.json.get("tools"):
        return "function_calling"
    return {"json_schema": "json_schema", "json_object": "json_mode"}.get(shape, "prompt")


async def both(llm: Any) -> list[Any]:
    async with aclosing(llm):
        return [
            llm.structured_predict(Song, PROMPT, topic="rain"),
            await llm.astructured_predict(Song, PROMPT, topic="rain"),
        ]


async def test_one_request_suffices_where_the_first_way_works(server: Any, llm: Any) -> None:
    server.app = lambda seen: call(GOOD)
    assert await both(llm(max_retries=0)) == [WHOLE, WHOLE]
    assert [way(seen) for seen in server.requests] == ["function_calling"] * 2
    assert llm().as_structured_llm(Song).complete("rain").raw == WHOLE


async def test_refused_and_ignored_ways_are_followed_by_the_next_and_remembered(
    server: Any, llm: Any
) -> None:
    """json-schema-unsupported, json-schema-silently-ignored, json-fenced-or-prefixed."""

    def poor(seen: Seen) -> Reply:
        if way(seen) == "json_schema":
            error = {"message": "This response_format type is unavailable now"}
            return json_reply({"error": error}, 400)
        good = f"Sure!\n```json\n{json.dumps(GOOD)}\n```"
        return text(good if way(seen) == "prompt" else "I like rain.")

    server.app = poor
    song = llm(dialect={"json_schema": True})
    with pytest.warns(AdaptationWarning):
        assert song.structured_predict(Song, PROMPT, topic="rain") == WHOLE
    async with aclosing(song):
        assert await song.astructured_predict(Song, PROMPT, topic="rain") == WHOLE
    ways = [way(seen) for seen in server.requests]
    assert ways == ["json_schema", "function_calling", "json_mode", "prompt", "prompt"]
    assert "JSON schema" in server.requests[-1].json["messages"][0]["content"]


async def test_an_object_that_does_not_fit_is_repaired_once(server: Any, llm: Any) -> None:
    server.app = lambda seen: call(GOOD if len(seen.json["messages"]) > 1 else {"title": "Rain"})
    assert await both(llm()) == [WHOLE, WHOLE]
    *_, answer, problem = server.requests[1].json["messages"]
    assert json.loads(answer["content"]) == [{"title": "Rain"}]
    assert "seconds: Field required" in problem["content"]


def test_what_cannot_be_repaired_is_an_error_with_what_was_tried(server: Any, llm: Any) -> None:
    server.app = lambda seen: call({"title": "Rain"})
    with pytest.raises(MalformedResponseError, match=r"seconds.*function_calling"):
        llm().structured_predict(Song, PROMPT, topic="rain")
    assert len(server.requests) == 2


@pytest.mark.filterwarnings("ignore:.*only reasoning")
def test_json_in_the_reasoning_of_an_answer_without_text_is_read(server: Any, llm: Any) -> None:
    server.app = text(None, reasoning=json.dumps(GOOD))
    assert llm(dialect={"json_schema": True}).structured_predict(Song, PROMPT, topic="r") == WHOLE


def test_an_answer_cut_by_the_limit_says_so(server: Any, llm: Any) -> None:
    server.app = text("{", "length")
    with pytest.raises(MalformedResponseError, match="max_tokens"):
        llm().structured_predict(Song, PROMPT, topic="rain")
    assert len(server.requests) == 1


def test_other_errors_are_raised_at_once(server: Any, llm: Any) -> None:
    server.app = json_reply({"error": {"message": "slow down"}}, 429)
    with pytest.raises(RateLimitError):
        llm(max_retries=0).structured_predict(Song, PROMPT, topic="rain")
    assert len(server.requests) == 1


def test_a_system_prompt_keeps_its_place(server: Any, llm: Any) -> None:
    server.app = text(json.dumps(GOOD))
    plain = {"tools": False, "json_schema": False, "json_object": False}
    llm(system_prompt="Be brief.", dialect=plain).structured_predict(Song, PROMPT, topic="rain")
    system, user = server.requests[0].json["messages"]
    assert system["content"].startswith("Be brief.\n\nAnswer with one JSON object")
    assert user["content"] == "A song about rain"
