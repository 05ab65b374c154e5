"""The embeddings against a loopback server."""

from __future__ import annotations

import asyncio
import base64
import pickle
import struct
import threading

import pytest
from langchain_core import exceptions as framework

from langchain_openai_compatible import OpenAICompatibleEmbeddings
from openai_compatible import errors as ours
from openai_compatible.testing.loopback import json_reply


def vectors(seen):
    """A vector per text that names the text, in reversed order."""
    texts = seen.json["input"]
    rows = [{"index": i, "embedding": [float(len(t)), 1.0]} for i, t in enumerate(texts)]
    return json_reply({"object": "list", "model": "e", "data": rows[::-1], "usage": {}})


@pytest.fixture
def server(server):
    server.app = vectors
    return server


def test_vectors_come_in_the_order_of_the_texts(server, embeddings):
    model = embeddings()
    assert model.embed_documents(["a", "bb", "ccc"]) == [[1.0, 1.0], [2.0, 1.0], [3.0, 1.0]]
    assert model.embed_query("four") == [4.0, 1.0]
    assert server.requests[0].path == "/v1/embeddings"


async def test_the_async_methods_say_the_same(server, embeddings):
    model = embeddings()
    assert await model.aembed_documents(["a", "bb"]) == [[1.0, 1.0], [2.0, 1.0]]
    assert await model.aembed_query("four") == [4.0, 1.0]
    await model.aclose()


def test_texts_are_sent_as_text_and_unchanged(server, embeddings):
    texts = ["line\nbreak", "  spaces ", "", "ünïcode"]
    embeddings().embed_documents(texts)
    assert server.requests[0].json["input"] == texts


def test_base64_is_read(server, embeddings):
    packed = base64.b64encode(struct.pack("<2f", 0.5, -1.0)).decode()
    server.app = lambda _: json_reply({"data": [{"index": 0, "embedding": packed}]})
    assert embeddings(encoding_format="base64").embed_query("x") == [0.5, -1.0]
    assert server.requests[0].json["encoding_format"] == "base64"


@pytest.mark.parametrize("how", ["constructor", "call"])
def test_texts_go_in_requests_of_chunk_size(server, embeddings, how):
    model = embeddings(chunk_size=2) if how == "constructor" else embeddings()
    texts = [str(i) * i for i in range(1, 6)]
    found = model.embed_documents(texts, *([2] if how == "call" else []))
    assert found == [[float(i), 1.0] for i in range(1, 6)]
    sizes = sorted(len(seen.json["input"]) for seen in server.requests)
    assert sizes == [1, 2, 2]


def test_a_larger_chunk_size_than_the_profiles_is_kept(server, embeddings):
    embeddings(chunk_size=500).embed_documents(["x"] * 200)
    assert len(server.requests) == 1


def test_without_chunk_size_the_profile_says_how_many(server, embeddings):
    embeddings().embed_documents(["x"] * 130)
    assert sorted(len(seen.json["input"]) for seen in server.requests) == [2, 64, 64]


async def test_async_requests_are_bounded(server, embeddings):
    lock, under_way, most = threading.Lock(), 0, 0

    def slow(seen):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        threading.Event().wait(0.02)
        with lock:
            under_way -= 1
        return vectors(seen)

    server.app = slow
    model = embeddings(chunk_size=1)
    assert len(await model.aembed_documents(["x"] * 40)) == 40
    await model.aclose()
    assert 1 < most <= 8


def test_nothing_is_sent_for_no_texts(server, embeddings):
    assert embeddings().embed_documents([]) == []
    assert asyncio.run(embeddings().aembed_documents([])) == []
    assert server.requests == []


def test_prefixes_go_before_queries_and_documents(server, embeddings):
    model = embeddings(query_prefix="query: ", document_prefix="passage: ")
    model.embed_query("a")
    model.embed_documents(["b"])
    asyncio.run(model.aembed_query("a"))
    asyncio.run(model.aembed_documents(["b"]))
    sent = [seen.json["input"] for seen in server.requests]
    assert sent == [["query: a"], ["passage: b"]] * 2


def test_prefixes_may_come_from_the_facts_of_the_model(server):
    facts = {"query_prefix": "q: ", "document_prefix": "d: "}
    provider = {"name": "p", "base_url": server.base_url, "models": {"e": facts}}
    model = OpenAICompatibleEmbeddings(model="e", provider=provider)
    model.embed_query("a")
    model.embed_documents(["b"])
    OpenAICompatibleEmbeddings(model="e", provider=provider, query_prefix="").embed_query("a")
    assert [seen.json["input"] for seen in server.requests] == [["q: a"], ["d: b"], ["a"]]


def test_dimensions_are_sent_only_when_set(server, embeddings):
    embeddings().embed_query("a")
    embeddings(dimensions=2).embed_query("a")
    unset, set_ = (seen.json for seen in server.requests)
    assert "dimensions" not in unset
    assert set_["dimensions"] == 2


def test_extra_parameters_differ_for_queries_and_documents(server, embeddings):
    model = embeddings(
        model_kwargs={"user": "u"},
        extra_body={"truncate": "END"},
        query_extra_body={"input_type": "query"},
        document_extra_body={"input_type": "passage"},
    )
    model.embed_query("a")
    model.embed_documents(["b"])
    query, document = (seen.json for seen in server.requests)
    assert query["input_type"] == "query"
    assert document["input_type"] == "passage"
    assert query["truncate"] == document["truncate"] == "END"
    assert query["user"] == "u"


def test_names_of_openaiembeddings_are_taken(server):
    model = OpenAICompatibleEmbeddings(
        model_name="e",
        openai_api_base=server.base_url,
        openai_api_key="sk-1",
        request_timeout=5,
        default_headers={"X-A": "1"},
        check_embedding_ctx_length=False,
    )
    model.embed_query("a")
    assert server.requests[0].headers["authorization"] == "Bearer sk-1"
    assert server.requests[0].headers["x-a"] == "1"


def test_token_ids_are_never_sent(embeddings):
    with pytest.raises(ours.ConfigError, match="check_embedding_ctx_length"):
        embeddings(check_embedding_ctx_length=True)


@pytest.mark.parametrize("texts", ["one text", [1], [["a"]], [None]])
def test_what_is_no_list_of_text_is_an_error(server, embeddings, texts):
    with pytest.raises(ours.ConfigError, match="list of str"):
        embeddings().embed_documents(texts)
    assert server.requests == []


def test_errors_are_ours_and_langchains(server, embeddings):
    server.app = lambda _: json_reply({"error": {"message": "no"}}, status=401)
    with pytest.raises(framework.ModelAuthenticationError) as caught:
        embeddings().embed_query("a")
    assert isinstance(caught.value, ours.AuthenticationError)
    with pytest.raises(framework.ModelAuthenticationError):
        asyncio.run(embeddings().aembed_documents(["a"]))


def test_too_few_vectors_are_an_error(server, embeddings):
    server.app = lambda _: json_reply({"data": [{"index": 0, "embedding": [1.0]}]})
    with pytest.raises(ours.MalformedResponseError):
        embeddings().embed_documents(["a", "b"])


def test_embeddings_pickle_without_their_key(server, embeddings):
    model = embeddings(api_key="sk-secret")
    data = pickle.dumps(model)
    assert b"sk-secret" not in data
    with pytest.raises(ours.MissingKeyError):
        pickle.loads(data).embed_query("a")
    assert pickle.loads(pickle.dumps(embeddings())).embed_query("abc") == [3.0, 1.0]
