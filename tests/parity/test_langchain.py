"""Every recording through LangChain: invoke, ainvoke, stream, astream, of both output versions."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from openai_compatible.profiles.registry import GENERIC
from openai_compatible.testing.loopback import Loopback
from openai_compatible.wire.chat import fold

pytestmark = pytest.mark.filterwarnings("ignore::openai_compatible.OpenAICompatibleWarning")


def make(replaying: Loopback, version: str) -> ChatOpenAICompatible:
    return ChatOpenAICompatible(
        model="m", base_url=replaying.base_url, max_retries=0, timeout=10, output_version=version
    )


@pytest.fixture(scope="session", params=["v0", "v1"])
def model(request: Any, replaying: Loopback) -> ChatOpenAICompatible:
    return make(replaying, request.param)


@pytest.fixture(scope="session")
def plain_model(replaying: Loopback) -> ChatOpenAICompatible:
    return make(replaying, "v0")


def of_message(answer: Any, message: AIMessage) -> Any:
    usage = message.usage_metadata
    blocks = message.content_blocks
    shown = "".join(str(b.get("reasoning", "")) for b in blocks if b["type"] == "reasoning")
    reasoning = message.additional_kwargs.get("reasoning_content", "")
    assert shown == reasoning, "content blocks and additional_kwargs tell the same"
    assert not message.invalid_tool_calls
    return answer(
        text=message.text,
        reasoning=reasoning,
        calls=[(call["name"], call["args"]) for call in message.tool_calls],
        finish_reason=message.response_metadata.get("finish_reason"),
        usage=None if usage is None else (usage["input_tokens"], usage["output_tokens"]),
    )


def of_chunks(answer: Any, chunks: list[Any]) -> Any:
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    told = [chunk for chunk in chunks if chunk.usage_metadata]
    assert len(told) <= 1, "usage comes once"
    finished = [chunk for chunk in chunks if chunk.response_metadata.get("finish_reason")]
    assert len(finished) <= 1, "the finish reason comes once"
    return of_message(answer, reduce(add, chunks))


@pytest.mark.recordings("chat", "stream", "error:chat")
async def test_four_ways_of_asking_read_what_the_recording_says(
    recording: Any, model: ChatOpenAICompatible, answer: Any, failed: Any, check: Any
) -> None:
    more = {"headers": recording.headers(), **recording.asked}
    try:
        got = of_message(answer, model.invoke("Say hello", **more))
    except Exception as error:
        got = failed(error)
    check(recording, "invoke", got)
    try:
        got = of_message(answer, await model.ainvoke("Say hello", **more))
    except Exception as error:
        got = failed(error)
    check(recording, "ainvoke", got)
    try:
        got = of_chunks(answer, list(model.stream("Say hello", **more)))
    except Exception as error:
        got = failed(error)
    check(recording, "stream", got)
    try:
        got = of_chunks(answer, [chunk async for chunk in model.astream("Say hello", **more)])
    except Exception as error:
        got = failed(error)
    check(recording, "astream", got)


@pytest.mark.recordings("embeddings", "error:embeddings")
async def test_embeddings_are_read(
    recording: Any, replaying: Loopback, failed: Any, check: Any, numbers: Any
) -> None:
    model = OpenAICompatibleEmbeddings(
        model="m", base_url=replaying.base_url, headers=recording.headers(), max_retries=0, timeout=10
    )
    texts = ["hello"] * recording.expected.get("count", 1)
    for mode, asking in (("embed", model.embed_documents), ("aembed", model.aembed_documents)):
        try:
            found = asking(texts)
            vectors = found if isinstance(found, list) else await found
        except Exception as error:
            check(recording, mode, failed(error))
        else:
            numbers(recording, vectors)


@pytest.mark.recordings("chat", "stream")
def test_what_has_no_field_in_langchain_is_in_the_message(
    recording: Any, plain_model: ChatOpenAICompatible
) -> None:
    if "error" in recording.expected:
        return
    more = {"headers": recording.headers(), **recording.asked}
    first = fold(recording.body, GENERIC)
    for message in (
        plain_model.invoke("Say hello", **more),
        reduce(add, plain_model.stream("Say hello", **more)),
    ):
        metadata = message.response_metadata
        fields = {**metadata, **metadata.get("server_fields", {})}
        assert {key: fields[key] for key in first.extra} == first.extra
        kept = message.additional_kwargs
        fields = {**kept, **kept.get("server_fields", {})}
        assert {key: fields[key] for key in first.choices[0].extra} == first.choices[0].extra
        assert metadata["model_name"] == recording.expected["model"]
        assert metadata["openai_compatible"]["attempts"] == 1
        others = [other["text"] for other in metadata.get("choices", ())]
        assert others == recording.expected.get("other_texts", [])
        logprobs = (metadata.get("logprobs") or {}).get("content") or ()
        assert len(logprobs) == recording.expected.get("logprobs", 0)
