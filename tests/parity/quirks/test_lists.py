"""Quirks of model lists and embeddings, in every way of asking."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from langchain_openai_compatible import OpenAICompatibleEmbeddings
from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from openai_compatible import AsyncClient, Client, OpenAICompatibleError, Provider, targets
from openai_compatible.testing.loopback import loopback


def _client(kind: type[Any], case: Any, url: str) -> Any:
    return kind(targets("m", provider=Provider(name="server", **case.provider(url))))


def _fails(case: Any, error: Exception) -> None:
    assert isinstance(error, OpenAICompatibleError), repr(error)
    assert case.expect.get("error") in [cls.__name__ for cls in type(error).__mro__], repr(error)
    for part in case.expect.get("message", ()):
        assert part in str(error)


@pytest.mark.quirks("models")
async def test_model_list(case: Any, serve: Any) -> None:
    with loopback(serve(case)) as server:
        for way in ("sync", "async"):
            try:
                if way == "sync":
                    with _client(Client, case, server.url) as client:
                        listed = client.models()
                else:
                    async with _client(AsyncClient, case, server.url) as client:
                        listed = await client.models()
            except Exception as error:
                _fails(case, error)
                continue
            assert "error" not in case.expect
            assert [one.id for one in listed] == case.expect["ids"]
            windows = {one.id: one.context_window for one in listed if one.context_window}
            assert windows == case.expect.get("context_windows", {})


async def _embed(case: Any, url: str) -> list[Any]:
    """The vectors of each way, or its error."""
    provider = Provider(name="server", **case.provider(url))
    texts = list(case.ask.get("texts", ["a", "b"]))
    chain = OpenAICompatibleEmbeddings(model="m", provider=provider)
    index = OpenAICompatibleEmbedding(model_name="m", provider=provider)
    core, acore = _client(Client, case, url), _client(AsyncClient, case, url)
    ways = [
        lambda: core.embed(texts),
        lambda: acore.embed(texts),
        lambda: chain.embed_documents(texts),
        lambda: chain.aembed_documents(texts),
        lambda: index.get_text_embedding_batch(texts),
        lambda: index.aget_text_embedding_batch(texts),
    ]
    found: list[Any] = []
    for way in ways:
        try:
            got: Any = way()
            got = await got if hasattr(got, "__await__") else got
            found.append(getattr(got, "vectors", got))
        except Exception as error:
            found.append(error)
    for each in (core, chain, index):
        each.close()
    for other in (acore, chain, index):
        await other.aclose()
    return found


@pytest.mark.quirks("embeddings")
async def test_embeddings(case: Any, serve: Any, found: Any) -> None:
    expect = case.expect
    with loopback(serve(case)) as server, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        answers = await _embed(case, server.url)
    for got in answers:
        if isinstance(got, Exception):
            _fails(case, got)
            continue
        assert "error" not in expect, got
        assert [pytest.approx(vector) for vector in expect["vectors"]] == got
    for path, value in expect.get("sent", {}).items():
        for seen in server.requests[-1:]:
            assert value in found(seen.json, path), seen.json
    for path in expect.get("absent", ()):
        assert not found(server.requests[-1].json, path)
    for part in expect.get("warns", ()):
        assert any(part in str(one.message) for one in warned)
