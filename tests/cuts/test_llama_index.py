"""A cut answer is never whole: LlamaIndex."""

from __future__ import annotations

import json
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel

from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible.errors import ContentFilterError, MalformedResponseError

ABOUT = PromptTemplate("About {topic}")
ASKED = [ChatMessage(role="user", content="x")]


class Inner(BaseModel):
    city: str = ""


class R(BaseModel):
    """A place."""

    city: str = "?"
    size: int = 0
    inner: Inner = Inner()


def write_file(path: str = "default.txt", text: str = "", mode: dict[str, Any] | None = None) -> str:
    """Write a file."""
    return f"wrote {path}"


def model(cuts, **fields):
    return OpenAICompatible(model="m", api_base=cuts.server.base_url, **fields)


def check(llm, response, cuts, whole) -> None:
    wanted = cuts.expected_arguments()
    if wanted is not None:
        found = llm.get_tool_calls_from_response(response)
        assert [call.tool_kwargs for call in found] == [wanted], (cuts.size, cuts.finish)
        return
    with pytest.raises(MalformedResponseError, match="'write_file'") as caught:
        llm.get_tool_calls_from_response(response)
    if cuts.finish in ("length", "content_filter"):
        assert cuts.finish in str(caught.value)


def test_a_call_is_selected_only_if_its_arguments_are_whole(cuts, whole):
    llm, tools = model(cuts), [FunctionTool.from_defaults(write_file)]
    for _ in cuts.every_cut():
        check(llm, llm.chat_with_tools(tools, user_msg="x"), cuts, whole)
        responses = list(llm.stream_chat_with_tools(tools, user_msg="x"))
        for response in responses[:-1]:  # in the middle of a stream the beginning may be read
            llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
        check(llm, responses[-1], cuts, whole)


async def test_async_calls_are_selected_only_if_their_arguments_are_whole(cuts, whole):
    llm, tools = model(cuts), [FunctionTool.from_defaults(write_file)]
    for _ in cuts.every_cut(6):
        check(llm, await llm.achat_with_tools(tools, user_msg="x"), cuts, whole)
        stream = await llm.astream_chat_with_tools(tools, user_msg="x")
        responses = [response async for response in stream]
        check(llm, responses[-1], cuts, whole)


def test_predict_and_call_runs_no_cut_call(cuts, whole):
    ran: list[dict[str, Any]] = []

    def write_file(path: str = "default.txt", text: str = "", mode: dict[str, Any] | None = None) -> str:
        """Write a file."""
        ran.append({"path": path, "text": text, "mode": mode})
        return "written"

    llm, tools = model(cuts), [FunctionTool.from_defaults(write_file)]
    for _ in cuts.every_cut(12):
        ran.clear()
        if cuts.expected_arguments() is None:
            with pytest.raises(MalformedResponseError):
                llm.predict_and_call(tools, user_msg="x")
        else:
            llm.predict_and_call(tools, user_msg="x")
        assert bool(ran) is (cuts.expected_arguments() is not None)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("streaming", [True, False])
async def test_an_agent_runs_no_cut_call(cuts, whole, streaming):
    ran: list[dict[str, Any]] = []

    def write_file(path: str = "default.txt", text: str = "", mode: dict[str, Any] | None = None) -> str:
        """Write a file."""
        ran.append({"path": path, "text": text, "mode": mode})
        return "written"

    llm, tools = model(cuts), [FunctionTool.from_defaults(write_file)]
    for size, finish in cuts.every_cut(31):
        ran.clear()
        agent = FunctionAgent(tools=tools, llm=llm, streaming=streaming)
        wanted = cuts.expected_arguments()
        if wanted is None:
            with pytest.raises(MalformedResponseError, match="'write_file'"):
                await agent.run("x")
        else:
            await agent.run("x")
        assert bool(ran) is (wanted is not None), (size, finish, ran)
        if wanted:
            assert ran == [wanted]


# -- structured output

WAYS = [
    {},
    {"should_use_structured_outputs": True},
    {"should_use_structured_outputs": False},
    {"pydantic_program_mode": PydanticProgramMode.FUNCTION},
    {"pydantic_program_mode": PydanticProgramMode.LLM},
]


def check_objects(found: list[Any], error: Exception | None, cuts, whole) -> None:
    said = (cuts.size, cuts.finish, found, error)
    if whole(cuts.cut) and cuts.finish != "content_filter":
        assert error is None, said
        assert isinstance(found[-1], R), said
        assert found[-1].model_dump() == json.loads(cuts.cut), said
        return
    wanted = ContentFilterError if cuts.finish == "content_filter" else MalformedResponseError
    assert isinstance(error, wanted), said
    assert ("the answer ended (length)" in str(error)) is (cuts.finish == "length"), said
    assert not any(isinstance(each, R) for each in found), said


def collected(stream) -> tuple[list[Any], Exception | None]:
    found = []
    try:
        for each in stream():
            found.append(each)
    except Exception as error:
        return found, error
    return found, None


async def acollected(stream) -> tuple[list[Any], Exception | None]:
    found = []
    try:
        async for each in await stream():
            found.append(each)
    except Exception as error:
        return found, error
    return found, None


@pytest.mark.parametrize("fields", WAYS, ids=str)
def test_an_object_appears_only_if_it_is_whole(cuts, whole, object_text, fields):
    cuts.text = object_text
    llm = model(cuts, **fields)
    for _ in cuts.every_cut(11):
        check_objects(*collected(lambda: [llm.structured_predict(R, ABOUT, topic="x")]), cuts, whole)
        check_objects(
            *collected(lambda: llm.stream_structured_predict(R, ABOUT, topic="x")), cuts, whole
        )


@pytest.mark.parametrize("fields", WAYS, ids=str)
async def test_an_object_appears_only_if_it_is_whole_async(cuts, whole, object_text, fields):
    cuts.text = object_text
    llm = model(cuts, **fields)

    async def once():
        yield await llm.astructured_predict(R, ABOUT, topic="x")

    async def whole_answer():
        return once()

    for _ in cuts.every_cut(23):
        check_objects(*await acollected(whole_answer), cuts, whole)
        check_objects(
            *await acollected(lambda: llm.astream_structured_predict(R, ABOUT, topic="x")), cuts, whole
        )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_structured_llm_gives_no_cut_object(cuts, whole, object_text):
    cuts.text = object_text
    llm = model(cuts).as_structured_llm(R)

    def raws(stream):
        return lambda: (response.raw for response in stream())

    for _ in cuts.every_cut(23):
        check_objects(*collected(raws(lambda: [llm.chat(ASKED)])), cuts, whole)
        check_objects(*collected(raws(lambda: llm.stream_chat(ASKED))), cuts, whole)
        found, error = await acollected(lambda: llm.astream_chat(ASKED))
        check_objects([response.raw for response in found], error, cuts, whole)


def test_a_refusal_is_an_error_in_every_way(cuts):
    cuts.server.app = lambda seen: cuts._reply(seen.json, {"refusal": "I will not."}, "stop")
    for fields in WAYS:
        llm = model(cuts, **fields)
        for ask in (
            lambda llm=llm: llm.structured_predict(R, ABOUT, topic="x"),
            lambda llm=llm: list(llm.stream_structured_predict(R, ABOUT, topic="x")),
        ):
            with pytest.raises(ContentFilterError, match="I will not"):
                ask()
