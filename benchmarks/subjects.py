"""The classes under test, and how each framework is used. Frameworks are imported when needed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

from benchmarks import questions

KEY = "sk-benchmark"


class LangChain:
    """A LangChain chat model, used as LangChain's users use it."""

    def __init__(self, make: Any) -> None:
        from langchain_core.messages import HumanMessage, convert_to_messages

        self.make = make
        self.question = [HumanMessage(questions.PROMPT)]
        self.convert = convert_to_messages
        self.made: dict[Any, Any] = {}

    def model(self, name: str, tools: int = 0) -> Any:
        if (name, tools) not in self.made:
            model = self.make(name)
            self.made[name, tools] = model.bind_tools(questions.tools(tools)) if tools else model
        return self.made[name, tools]

    def messages(self, count: int) -> Any:
        return self.convert(questions.history(count)) if count else self.question

    def call(self, name: str, messages: Any, tools: int) -> str:
        text: str = self.model(name, tools).invoke(messages).content
        return text

    async def acall(self, name: str) -> str:
        text: str = (await self.model(name).ainvoke(self.question)).content
        return text

    def stream(self, name: str, messages: Any) -> Iterator[str]:
        for chunk in self.model(name).stream(messages):
            yield chunk.content

    async def astream(self, name: str) -> AsyncIterator[str]:
        async for chunk in self.model(name).astream(self.question):
            yield chunk.content

    def arguments(self, name: str) -> str:
        """The arguments of a streamed tool call, joined from its chunks."""
        if ("tool", name) not in self.made:
            self.made["tool", name] = self.make(name).bind_tools([questions.WRITE_FILE])
        chunks = self.made["tool", name].stream(self.question)
        return "".join(call["args"] or "" for chunk in chunks for call in chunk.tool_call_chunks)


class LlamaIndex:
    """A LlamaIndex LLM, used as LlamaIndex' users use it."""

    def __init__(self, make: Any) -> None:
        from llama_index.core.base.llms.types import ToolCallBlock
        from llama_index.core.llms import ChatMessage, TextBlock
        from llama_index.core.tools import FunctionTool

        self.make = make
        self.types = (ChatMessage, TextBlock, ToolCallBlock, FunctionTool)
        self.question = [ChatMessage(role="user", content=questions.PROMPT)]
        self.made: dict[Any, Any] = {}

    def model(self, name: str) -> Any:
        if name not in self.made:
            self.made[name] = self.make(name)
        return self.made[name]

    def messages(self, count: int) -> Any:
        return [self.message(**each) for each in questions.history(count)] if count else self.question

    def message(
        self, role: str, content: str | None, tool_calls: Any = (), tool_call_id: str | None = None
    ) -> Any:
        chat_message, text_block, tool_call_block, _ = self.types
        blocks = [text_block(text=content)] if content else []
        for call in tool_calls:
            function = call["function"]
            blocks.append(
                tool_call_block(
                    tool_call_id=call["id"],
                    tool_name=function["name"],
                    tool_kwargs=function["arguments"],
                )
            )
        more = {"tool_call_id": tool_call_id} if tool_call_id else {}
        return chat_message(role=role, blocks=blocks, additional_kwargs=more)

    def tools(self, count: int) -> Any:
        if ("tools", count) not in self.made:
            make = self.types[3].from_defaults
            names = (each["function"]["name"] for each in questions.tools(count))
            self.made["tools", count] = [make(questions.search, name=name) for name in names]
        return self.made["tools", count]

    def call(self, name: str, messages: Any, tools: int) -> str:
        model = self.model(name)
        if tools:
            answer = model.chat_with_tools(self.tools(tools), chat_history=messages)
        else:
            answer = model.chat(messages)
        text: str = answer.message.content
        return text

    async def acall(self, name: str) -> str:
        text: str = (await self.model(name).achat(self.question)).message.content
        return text

    def stream(self, name: str, messages: Any) -> Iterator[str]:
        for answer in self.model(name).stream_chat(messages):
            yield answer.delta or ""

    async def astream(self, name: str) -> AsyncIterator[str]:
        async for answer in await self.model(name).astream_chat(self.question):
            yield answer.delta or ""

    def arguments(self, name: str) -> str:
        """The arguments of a streamed tool call, from the last of the growing answers."""
        last = None
        for answer in self.model(name).stream_chat(self.question, tools=[questions.WRITE_FILE]):
            last = answer
        assert last is not None
        found = [b.tool_kwargs for b in last.message.blocks if type(b).__name__ == "ToolCallBlock"][-1]
        return found if isinstance(found, str) else json.dumps(found, separators=(",", ":"))


class Subject(NamedTuple):
    """A class under test."""

    environment: str
    """Name in ``environments.py``."""
    module: str
    name: str
    base_url: str = "base_url"
    """What it calls the base URL, and the model."""
    model: str = "model"
    fixed: dict[str, Any] = {}  # noqa: RUF012
    batch: str = ""
    """What an embedding calls the size of a request."""
    framework: type[LangChain] | type[LlamaIndex] = LangChain

    def make(self, base_url: str, model: str, **more: Any) -> Any:
        from importlib import import_module

        cls = getattr(import_module(self.module), self.name)
        return cls(**{self.model: model, self.base_url: base_url, "api_key": KEY}, **self.fixed, **more)


_LIKE = {"is_chat_model": True, "is_function_calling_model": True}
SUBJECTS = {
    subject.name: subject
    for subject in (
        Subject("langchain", "langchain_openai_compatible", "ChatOpenAICompatible"),
        Subject("langchain", "langchain_openai", "ChatOpenAI"),
        Subject(
            "langchain", "langchain_openai_compatible", "OpenAICompatibleEmbeddings", batch="chunk_size"
        ),
        Subject(
            "langchain",
            "langchain_openai",
            "OpenAIEmbeddings",
            batch="chunk_size",
            fixed={"check_embedding_ctx_length": False},
        ),
        Subject(
            "llama-index", "llama_index.llms.openai_compatible", "OpenAICompatible", framework=LlamaIndex
        ),
        Subject(
            "llama-index",
            "llama_index.llms.openai_like",
            "OpenAILike",
            base_url="api_base",
            fixed=_LIKE,
            framework=LlamaIndex,
        ),
        Subject(
            "llama-index",
            "llama_index.embeddings.openai_compatible",
            "OpenAICompatibleEmbedding",
            batch="embed_batch_size",
        ),
        Subject(
            "llama-index",
            "llama_index.embeddings.openai_like",
            "OpenAILikeEmbedding",
            base_url="api_base",
            model="model_name",
            batch="embed_batch_size",
        ),
        Subject("langchain", "openai_compatible", "Client"),
    )
}
