"""Every recording through LlamaIndex: chat, achat, stream_chat, astream_chat."""

from __future__ import annotations

import json
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ThinkingBlock, ToolCallBlock

from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible.testing.loopback import Loopback

ASKED = [ChatMessage(role="user", content="Say hello")]

pytestmark = pytest.mark.filterwarnings("ignore::openai_compatible.OpenAICompatibleWarning")


@pytest.fixture(scope="session")
def make(replaying: Loopback) -> Any:
    def made(recording: Any) -> OpenAICompatible:
        return OpenAICompatible(
            model="m",
            api_base=replaying.base_url,
            default_headers=recording.headers(),
            additional_kwargs=recording.asked,
            max_retries=0,
            timeout=10,
        )

    return made


def arguments(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def of_response(answer: Any, response: ChatResponse) -> Any:
    message = response.message
    thinking = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    calls = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    told = response.additional_kwargs
    usage = None
    if "prompt_tokens" in told:
        usage = (told["prompt_tokens"], told["completion_tokens"])
    return answer(
        text=message.content or "",
        reasoning="".join(block.content or "" for block in thinking),
        calls=[(call.tool_name, arguments(call.tool_kwargs)) for call in calls],
        finish_reason=told.get("finish_reason"),
        usage=usage,
    )


def of_responses(answer: Any, responses: list[ChatResponse]) -> Any:
    last = of_response(answer, responses[-1])
    assert "".join(response.delta or "" for response in responses) == last.text
    thinking = (response.additional_kwargs.get("thinking_delta") or "" for response in responses)
    assert "".join(thinking) == last.reasoning
    return last


@pytest.mark.recordings("chat", "stream", "error:chat")
async def test_four_ways_of_asking_read_what_the_recording_says(
    recording: Any, make: Any, answer: Any, failed: Any, check: Any
) -> None:
    llm = make(recording)
    try:
        got = of_response(answer, llm.chat(ASKED))
    except Exception as error:
        got = failed(error)
    check(recording, "chat", got)
    try:
        got = of_response(answer, await llm.achat(ASKED))
    except Exception as error:
        got = failed(error)
    check(recording, "achat", got)
    try:
        got = of_responses(answer, list(llm.stream_chat(ASKED)))
    except Exception as error:
        got = failed(error)
    check(recording, "stream_chat", got)
    try:
        stream = await llm.astream_chat(ASKED)
        got = of_responses(answer, [response async for response in stream])
    except Exception as error:
        got = failed(error)
    check(recording, "astream_chat", got)


@pytest.mark.recordings("embeddings", "error:embeddings")
async def test_embeddings_are_read(
    recording: Any, replaying: Loopback, failed: Any, check: Any, numbers: Any
) -> None:
    model = OpenAICompatibleEmbedding(
        model_name="m",
        api_base=replaying.base_url,
        default_headers=recording.headers(),
        max_retries=0,
        timeout=10,
    )
    texts = ["hello"] * recording.expected.get("count", 1)
    try:
        vectors = model.get_text_embedding_batch(texts)
    except Exception as error:
        check(recording, "embed", failed(error))
    else:
        numbers(recording, vectors)
    try:
        vectors = await model.aget_text_embedding_batch(texts)
    except Exception as error:
        check(recording, "aembed", failed(error))
    else:
        numbers(recording, vectors)
