"""The part of the LlamaIndex suite about answers: the eight methods, streams, events, metadata."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ThinkingBlock,
)
from llama_index.core.callbacks import CallbackManager, CBEventType, TokenCountingHandler
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.instrumentation.events.llm import (
    LLMChatEndEvent,
    LLMChatInProgressEvent,
    LLMChatStartEvent,
    LLMCompletionEndEvent,
    LLMCompletionInProgressEvent,
    LLMCompletionStartEvent,
)
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.prompts import PromptTemplate

from openai_compatible.testing.llama_index_subject import LLMSubject
from openai_compatible.testing.llama_index_watch import Callbacks, Limiter, watched

__all__ = ["LLMCallsConformance"]

ASKED = "Say hello to everyone"
_CHAT = (LLMChatStartEvent, LLMChatInProgressEvent, LLMChatEndEvent)
_COMPLETION = (LLMCompletionStartEvent, LLMCompletionInProgressEvent, LLMCompletionEndEvent)


def asked(text: str = ASKED) -> list[ChatMessage]:
    """A user's message, alone."""
    return [ChatMessage(role="user", content=text)]


async def gathered(coroutine: Any) -> list[Any]:
    """All responses of an async stream: a coroutine that returns an async generator."""
    return [response async for response in await coroutine]


def thinking(response: ChatResponse) -> str:
    """The reasoning in an answer."""
    blocks = (block for block in response.message.blocks if isinstance(block, ThinkingBlock))
    return "".join(block.content or "" for block in blocks)


class LLMCallsConformance(LLMSubject):
    """Tests of chat, completion, their streams and what is reported about them."""

    def test_chat_answers_as_the_assistant(self, model: Any) -> None:
        """With text, and with what the server sent as a dict."""
        response = model.chat(asked())
        assert isinstance(response, ChatResponse)
        assert response.message.role == MessageRole.ASSISTANT
        assert response.message.content
        assert isinstance(response.raw, dict)

    def test_a_stream_grows_to_the_answer_of_chat(self, model: Any) -> None:
        """``delta`` is the new text, ``message`` all of it so far."""
        stream = model.stream_chat(asked())
        assert isinstance(stream, Generator)
        responses, so_far = list(stream), ""
        for response in responses:
            so_far += response.delta or ""
            assert (response.message.content or "") == so_far
            assert response.message.role == MessageRole.ASSISTANT
        assert so_far == model.chat(asked()).message.content
        assert sum(1 for response in responses if response.delta) > 1

    def test_a_response_of_a_stream_stays_as_it_is(self, model: Any) -> None:
        """Later ones do not change what was given out: consumers keep them."""
        kept = []
        for response in model.stream_chat(asked()):
            kept.append((response, response.message.content, list(response.message.blocks)))
        for response, content, blocks in kept:
            assert response.message.content == content
            assert response.message.blocks == blocks

    def test_completion_is_chat_with_one_message(self, model: Any) -> None:
        """The text of both is the same."""
        response = model.complete(ASKED)
        assert isinstance(response, CompletionResponse)
        assert response.text == model.chat(asked()).message.content
        assert isinstance(response.raw, dict)

    def test_a_completion_stream_grows_to_the_completion(self, model: Any) -> None:
        """``delta`` is the new text, ``text`` all of it so far."""
        stream, so_far = model.stream_complete(ASKED), ""
        assert isinstance(stream, Generator)
        for response in stream:
            so_far += response.delta or ""
            assert response.text == so_far
        assert so_far == model.complete(ASKED).text

    async def test_async_methods_give_what_the_sync_ones_give(self, model: Any) -> None:
        """Chat, completion and both streams."""
        text = model.chat(asked()).message.content
        assert (await model.achat(asked())).message.content == text
        assert (await model.acomplete(ASKED)).text == text
        chat, completion = await model.astream_chat(asked()), await model.astream_complete(ASKED)
        assert isinstance(chat, AsyncGenerator)
        assert isinstance(completion, AsyncGenerator)
        assert "".join([response.delta or "" async for response in chat]) == text
        assert [response async for response in completion][-1].text == text

    def test_predict_and_stream_take_a_template(self, model: Any) -> None:
        """As LlamaIndex's own components ask."""
        template = PromptTemplate("Say hello to {whom}")
        text = model.predict(template, whom="everyone")
        assert text == model.chat(asked()).message.content
        assert "".join(model.stream(template, whom="everyone")) == text
        assert asyncio.run(model.apredict(template, whom="everyone")) == text

    def test_messages_are_not_changed(self, model: Any) -> None:
        """What the caller passed is the caller's."""
        messages = [
            ChatMessage(role="system", content="Be brief."),
            ChatMessage(role="user", blocks=[TextBlock(text="Hi"), TextBlock(text="there")]),
            ChatMessage(role="assistant", content="Hello"),
            ChatMessage(role="user", content="How are you?"),
        ]
        before = [message.model_dump() for message in messages]
        assert model.chat(messages).message.content
        assert [message.model_dump() for message in messages] == before

    def test_an_answer_goes_back_into_the_conversation(self, model: Any) -> None:
        """With whatever blocks it has."""
        first = model.chat(asked()).message
        assert model.chat([*asked(), first, *asked("And again")]).message.content

    def test_a_chat_engine_keeps_a_conversation(self, model: Any) -> None:
        """Two turns, the second one streamed."""
        engine = SimpleChatEngine.from_defaults(llm=model, memory=ChatMemoryBuffer.from_defaults())
        assert engine.chat(ASKED).response
        assert "".join(engine.stream_chat(ASKED).response_gen)
        assert len(engine.chat_history) == 4

    def test_token_counts_are_the_servers(self, model: Any) -> None:
        """In ``raw["usage"]``, in ``additional_kwargs``, and in LlamaIndex's own counter."""
        for responses in ([model.chat(asked())], list(model.stream_chat(asked()))):
            counts = responses[-1].additional_kwargs
            assert counts["prompt_tokens"] > 0
            assert counts["completion_tokens"] > 0
            assert counts["total_tokens"] == counts["prompt_tokens"] + counts["completion_tokens"]
            assert responses[-1].raw["usage"]["prompt_tokens"] == counts["prompt_tokens"]
            assert all("total_tokens" not in r.additional_kwargs for r in responses[:-1])
        counter = TokenCountingHandler(tokenizer=lambda text: [])
        counted = self.make(callback_manager=CallbackManager([counter]))
        list(counted.stream_chat(asked()))
        counted.complete(ASKED)
        assert counter.prompt_llm_token_count == 2 * counts["prompt_tokens"]
        assert counter.completion_llm_token_count == 2 * counts["completion_tokens"]

    def test_reasoning_is_apart_from_the_answer(self) -> None:
        """As a block of its own, and piece by piece as ``thinking_delta``."""
        if self.reasoning is None:
            pytest.skip("no model that reasons")
        params, prompt = self.reasoning
        model = self.make(**params)
        whole = model.chat(asked(prompt))
        assert thinking(whole)
        assert thinking(whole) not in whole.message.content
        responses = list(model.stream_chat(asked(prompt)))
        pieces = [r.additional_kwargs.get("thinking_delta") or "" for r in responses]
        assert "".join(pieces) == thinking(responses[-1]) == thinking(whole)
        assert "".join(r.delta or "" for r in responses) == whole.message.content
        assert model.chat([*asked(prompt), whole.message, *asked(ASKED)]).message.content

    def test_a_call_may_override_settings(self, model: Any) -> None:
        """For that call only."""
        short = model.chat(asked(), max_tokens=1)
        assert short.additional_kwargs["completion_tokens"] == 1
        assert len(model.chat(asked()).message.content) > len(short.message.content)

    def test_one_object_serves_two_event_loops(self, model: Any) -> None:
        """One after the other, as two ``asyncio.run`` calls make them."""
        texts = {asyncio.run(model.achat(asked())).message.content for _ in range(2)}
        texts |= {asyncio.run(gathered(model.astream_chat(asked())))[-1].message.content}
        assert len(texts) == 1

    def test_one_object_serves_several_threads(self, model: Any) -> None:
        """At once, streams among them."""

        def both(_: int) -> tuple[Any, Any]:
            whole = model.chat(asked()).message.content
            return whole, "".join(r.delta or "" for r in model.stream_chat(asked()))

        with ThreadPoolExecutor(4) as pool:
            assert len({text for pair in pool.map(both, range(8)) for text in pair}) == 1

    def test_a_stream_can_be_left(self, model: Any) -> None:
        """And the object used again afterwards, sync and async."""
        stream = model.stream_chat(asked())
        next(stream)
        stream.close()

        async def leave() -> str:
            responses = await model.astream_chat(asked())
            await anext(responses)
            await responses.aclose()
            return str((await model.achat(asked())).message.content)

        assert asyncio.run(leave()) == model.chat(asked()).message.content

    def test_events_of_chat_are_reported_once(self, model: Any) -> None:
        """One start and one end; in a stream one more for each response."""
        with watched(*_CHAT, *_COMPLETION) as events:
            model.chat(asked())
            asyncio.run(model.achat(asked()))
            assert [type(event) for event in events] == [LLMChatStartEvent, LLMChatEndEvent] * 2
            assert self.secret not in repr(events)
            for take in (
                lambda: list(model.stream_chat(asked())),
                lambda: asyncio.run(gathered(model.astream_chat(asked()))),
            ):
                events.clear()
                count = len(take())  # type: ignore[no-untyped-call]
                between = [LLMChatInProgressEvent] * count
                found = [type(event) for event in events]
                assert found == [LLMChatStartEvent, *between, LLMChatEndEvent]

    def test_events_of_completion_are_reported_once(self, model: Any) -> None:
        """And none of chat beside them."""
        with watched(*_CHAT, *_COMPLETION) as events:
            model.complete(ASKED)
            asyncio.run(model.acomplete(ASKED))
            kinds = [type(event) for event in events]
            assert kinds == [LLMCompletionStartEvent, LLMCompletionEndEvent] * 2
            events.clear()
            count = len(list(model.stream_complete(ASKED)))
            between = [LLMCompletionInProgressEvent] * count
            kinds = [type(event) for event in events]
            assert kinds == [LLMCompletionStartEvent, *between, LLMCompletionEndEvent]

    def test_callbacks_and_rate_limiter_are_called_once_per_call(self) -> None:
        """Through each of the eight methods."""
        callbacks, limiter = Callbacks(CBEventType.LLM), Limiter()
        model = self.make(callback_manager=CallbackManager([callbacks]), rate_limiter=limiter)
        calls = (
            lambda: model.chat(asked()),
            lambda: model.complete(ASKED),
            lambda: list(model.stream_chat(asked())),
            lambda: list(model.stream_complete(ASKED)),
            lambda: asyncio.run(model.achat(asked())),
            lambda: asyncio.run(model.acomplete(ASKED)),
            lambda: asyncio.run(gathered(model.astream_chat(asked()))),
            lambda: asyncio.run(gathered(model.astream_complete(ASKED))),
        )
        for number, call in enumerate(calls, 1):
            call()  # type: ignore[no-untyped-call]
            assert len(callbacks.starts) == len(callbacks.ends) == limiter.count == number
        assert self.secret not in repr(callbacks.starts)

    def test_metadata_say_what_the_model_is(self, model: Any) -> None:
        """Components ask them which way to use it, and how much fits."""
        found = model.metadata
        assert isinstance(found, LLMMetadata)
        assert found.is_chat_model
        assert found.is_function_calling_model == self.supports_tools
        assert found.context_window > 0
        assert found.model_name not in {"", "unknown"}
