"""The part of the LlamaIndex suite about tools, structured output, agents and query engines."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from llama_index.core import MockEmbedding, VectorStoreIndex
from llama_index.core.agent.workflow import AgentStream, FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, ToolCallBlock
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.program.llm_program import LLMTextCompletionProgram
from llama_index.core.prompts import PromptTemplate
from llama_index.core.schema import TextNode
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from openai_compatible.testing.llama_index_llm_calls import asked, gathered
from openai_compatible.testing.llama_index_subject import LLMSubject
from openai_compatible.testing.llama_index_watch import watched

__all__ = ["LLMToolsConformance"]

_FRAMEWORK_WARNS = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Agents of llama-index-core 0.14 look at every attribute of a pydantic object, deprecated or not."""

WEATHER = "What is the weather in Paris?"
TWICE = WEATHER + " Look twice."
_PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def get_weather(city: str) -> str:
    """Weather of a city."""
    return f"18 degrees in {city}."


def tool() -> FunctionTool:
    """The one tool that the suite offers."""
    return FunctionTool.from_defaults(get_weather)


class City(BaseModel):
    """A city and how many people live there."""

    name: str
    people: int


_ABOUT = PromptTemplate("The city of 'Paris' has {people} people.")


def called(message: ChatMessage) -> list[ToolCallBlock]:
    """The tool calls among a message's blocks."""
    return [block for block in message.blocks if isinstance(block, ToolCallBlock)]


class LLMToolsConformance(LLMSubject):
    """Tests of tool calls, structured output and the components that need them."""

    def _by(self, how: str) -> Any:
        """An object that makes structured output in one of LlamaIndex's ways."""
        if how == "schema":
            if self.schema_params is None:
                pytest.skip("the server keeps to no JSON schema")
            return self.make(**self.schema_params)
        if how == "tools" and not self.supports_tools:
            pytest.skip("the model calls no tools")
        if how == "text":
            if not self.follows_prompts:
                pytest.skip("the model does not follow a schema in a prompt")
            return self.make(is_function_calling_model=False)
        return self.make()

    def _is_paris(self, found: Any) -> None:
        assert isinstance(found, City)
        if self.follows_prompts:
            assert found == City(name="Paris", people=2100000)

    def _calls_weather(self, selections: list[ToolSelection]) -> None:
        assert [selection.tool_name for selection in selections] == ["get_weather"]
        assert selections[0].tool_kwargs == {"city": "Paris"}
        assert selections[0].tool_id

    def test_a_tool_is_called(self, model: Any) -> None:
        """The call is a block, and a dict in OpenAI's form where older code looks for it."""
        self._skip_without_tools()
        response = model.chat_with_tools([tool()], user_msg=WEATHER)
        block = called(response.message)[0]
        assert block.tool_name == "get_weather"
        old = response.message.additional_kwargs["tool_calls"][0]
        assert (old["id"], old["function"]["name"]) == (block.tool_call_id, "get_weather")
        assert json.loads(old["function"]["arguments"]) == {"city": "Paris"}
        self._calls_weather(model.get_tool_calls_from_response(response))

    async def test_a_tool_is_called_in_all_four_ways(self, model: Any) -> None:
        """Whole and streamed, sync and async."""
        self._skip_without_tools()
        stream = await model.astream_chat_with_tools([tool()], user_msg=WEATHER)
        for response in (
            model.chat_with_tools([tool()], chat_history=asked(WEATHER)),
            await model.achat_with_tools([tool()], user_msg=ChatMessage(role="user", content=WEATHER)),
            list(model.stream_chat_with_tools([tool()], user_msg=WEATHER))[-1],
            [each async for each in stream][-1],
        ):
            self._calls_weather(model.get_tool_calls_from_response(response))

    def test_a_call_can_be_read_while_it_grows(self, model: Any) -> None:
        """At each response of a stream, with as much of the arguments as has come."""
        self._skip_without_tools()
        ids: set[str] = set()
        for response in model.stream_chat_with_tools([tool()], user_msg=WEATHER):
            found = model.get_tool_calls_from_response(response, error_on_no_tool_call=False)
            assert len(found) == len(response.message.additional_kwargs.get("tool_calls", ()))
            ids |= {selection.tool_id for selection in found}
            assert all("Paris".startswith(s.tool_kwargs.get("city") or "") for s in found)
        assert len(ids) == 1

    def test_several_calls_come_only_where_they_are_allowed(self, model: Any) -> None:
        """LlamaIndex's default is one."""
        self._skip_without_tools()
        both = model.chat_with_tools([tool()], user_msg=TWICE, allow_parallel_tool_calls=True)
        assert len(model.get_tool_calls_from_response(both)) == 2
        assert len({block.tool_call_id for block in called(both.message)}) == 2
        one = model.chat_with_tools([tool()], user_msg=TWICE)
        assert len(model.get_tool_calls_from_response(one)) == 1
        assert len(one.message.additional_kwargs["tool_calls"]) == 1

    def test_a_required_tool_is_called(self, model: Any) -> None:
        """Whatever the prompt says."""
        self._skip_without_tools()
        response = model.chat_with_tools([tool()], user_msg="Hello", tool_required=True)
        assert model.get_tool_calls_from_response(response)[0].tool_name == "get_weather"

    def test_no_call_is_an_error_unless_that_is_fine(self, model: Any) -> None:
        """A ``ValueError``, as LlamaIndex's own classes raise."""
        response = model.chat(asked())
        assert model.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
        with pytest.raises(ValueError, match="tool"):
            model.get_tool_calls_from_response(response)

    def test_the_history_is_not_changed(self, model: Any) -> None:
        """The list that was passed stays as long as it was."""
        self._skip_without_tools()
        history = asked("Hi")
        model.chat_with_tools([tool()], user_msg=WEATHER, chat_history=history)
        assert len(history) == 1

    def test_results_go_back_to_the_model(self, model: Any) -> None:
        """For one call and for two at once."""
        self._skip_without_tools()
        for prompt in (WEATHER, TWICE):
            message = model.chat_with_tools(
                [tool()], user_msg=prompt, allow_parallel_tool_calls=True
            ).message
            results = [
                ChatMessage(
                    role="tool",
                    content="18 degrees in Paris.",
                    additional_kwargs={"tool_call_id": block.tool_call_id},
                )
                for block in called(message)
            ]
            answer = model.chat_with_tools([tool()], chat_history=[*asked(prompt), message, *results])
            assert "18 degrees" in answer.message.content

    def test_predict_and_call_runs_the_tool(self, model: Any) -> None:
        """Sync and async."""
        self._skip_without_tools()
        for found in (
            model.predict_and_call([tool()], user_msg=WEATHER),
            asyncio.run(model.apredict_and_call([tool()], user_msg=WEATHER)),
        ):
            assert found.response == "18 degrees in Paris."

    @_FRAMEWORK_WARNS
    @pytest.mark.parametrize("streaming", [True, False])
    async def test_a_function_agent_calls_its_tool_and_answers(
        self, model: Any, streaming: bool
    ) -> None:
        """From the tool's result."""
        self._skip_without_tools()
        agent = FunctionAgent(tools=[tool()], llm=model, streaming=streaming, timeout=60)
        run = agent.run(WEATHER, memory=ChatMemoryBuffer.from_defaults())
        pieces = [event.delta async for event in run.stream_events() if isinstance(event, AgentStream)]
        found: Any = await run
        assert "18 degrees" in str(found)
        assert [call.tool_name for call in found.tool_calls] == ["get_weather"]
        if streaming:
            assert "18 degrees" in "".join(pieces)

    @_FRAMEWORK_WARNS
    async def test_a_react_agent_runs(self, model: Any) -> None:
        """It asks in text; an answer in no form of its own is taken as the answer."""
        agent = ReActAgent(tools=[tool()], llm=model, timeout=60)
        assert str(await agent.run("Say hello", memory=ChatMemoryBuffer.from_defaults()))

    @pytest.mark.parametrize("how", ["tools", "schema", "text"])
    async def test_structured_output_is_an_object(self, how: str) -> None:
        """By a tool call, by JSON schema and by text, sync and async."""
        model = self._by(how)
        for found in (
            model.structured_predict(City, _ABOUT, people=2100000),
            await model.astructured_predict(City, _ABOUT, people=2100000),
        ):
            assert isinstance(found, City)
            if how != "text":
                self._is_paris(found)

    @pytest.mark.parametrize("how", ["tools", "schema", "text"])
    async def test_structured_output_streams(self, how: str) -> None:
        """Objects that grow; the last one is whole."""
        if how == "text" and "stream_call" not in vars(LLMTextCompletionProgram):
            pytest.skip("this LlamaIndex streams no objects by text")
        model = self._by(how)
        stream = model.astream_structured_predict(City, _ABOUT, people=2100000)
        for found in (
            list(model.stream_structured_predict(City, _ABOUT, people=2100000)),
            await gathered(stream),
        ):
            assert isinstance(found[-1], City)
            if how != "text":
                self._is_paris(found[-1])

    @pytest.mark.filterwarnings("ignore:The `json` method is deprecated")
    @pytest.mark.parametrize("how", ["tools", "schema"])
    async def test_a_structured_llm_answers_in_json(self, how: str) -> None:
        """Chat, completion and stream of ``as_structured_llm``."""
        model = self._by(how).as_structured_llm(City)
        prompt = _ABOUT.format(people=2100000)
        self._is_paris(model.chat(asked(prompt)).raw)
        self._is_paris(City.model_validate_json(model.complete(prompt).text))
        self._is_paris((await model.achat(asked(prompt))).raw)
        self._is_paris(list(model.stream_chat(asked(prompt)))[-1].raw)

    @pytest.mark.parametrize("how", ["tools", "schema"])
    def test_events_of_structured_output_are_reported_once(self, how: str) -> None:
        """One start and one end, whole and streamed."""
        model, kinds = self._by(how), (LLMStructuredPredictStartEvent, LLMStructuredPredictEndEvent)
        with watched(*kinds) as events:
            model.structured_predict(City, _ABOUT, people=1)
            asyncio.run(model.astructured_predict(City, _ABOUT, people=1))
            list(model.stream_structured_predict(City, _ABOUT, people=1))
            assert [type(event) for event in events] == [*kinds] * 3

    def test_a_query_engine_answers_from_an_index(self, model: Any) -> None:
        """Whole and streamed."""
        nodes = [TextNode(text="Paris has 18 degrees."), TextNode(text="Rome is old.")]
        index = VectorStoreIndex(nodes, embed_model=MockEmbedding(embed_dim=8))
        whole = index.as_query_engine(llm=model, similarity_top_k=1).query("How warm is Paris?")
        assert str(whole)
        streamed = index.as_query_engine(llm=model, streaming=True, similarity_top_k=1)
        assert str(streamed.query("How warm is Paris?")) == str(whole)

    def test_images_are_taken(self, model: Any) -> None:
        """As bytes beside text."""
        if not self.supports_images:
            pytest.skip("the model takes no images")
        picture = ImageBlock(image=_PIXEL, image_mimetype="image/png")
        message = ChatMessage(role="user", content="What is this?")
        message.blocks.append(picture)
        assert model.chat([message]).message.content

    def _skip_without_tools(self) -> None:
        if not self.supports_tools:
            pytest.skip("the model calls no tools")
