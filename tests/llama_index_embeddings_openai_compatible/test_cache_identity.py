"""LlamaIndex's caches of transformations serve vectors and texts of the same deployment only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.extractors import TitleExtractor
from llama_index.core.ingestion import IngestionCache, IngestionPipeline
from llama_index.core.ingestion.pipeline import get_transformation_hash
from llama_index.core.schema import TextNode

from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback

NODES = [TextNode(text="hello", id_="one")]
CHAT = {"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}


def vectors(seen: Seen) -> Reply:
    """A vector that names the model, and answers of a chat."""
    if "chat" in seen.path:
        return json_reply(CHAT)
    number = float(sum(seen.json["model"].encode()))
    rows = [{"index": i, "embedding": [number]} for i in range(len(seen.json["input"]))]
    return json_reply({"data": rows, "model": "e", "usage": {}})


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback(vectors) as running:
        yield running


def write(folder: Path, url: str, text: str) -> dict[str, Any]:
    path = folder / "providers.toml"
    path.write_text(f'[[providers]]\nname = "local"\nbase_url = "{url}"\n{text}')
    return {"model": "local/emb", "config": str(path)}


def ingest(model: Any, cache: IngestionCache, *, run_async: bool) -> list[float] | None:
    pipeline = IngestionPipeline(transformations=[model], cache=cache)
    nodes: Any = NODES
    found = asyncio.run(pipeline.arun(nodes=nodes)) if run_async else pipeline.run(nodes=nodes)
    return found[0].embedding


@pytest.mark.parametrize("run_async", [False, True])
@pytest.mark.parametrize("persisted", [False, True])
def test_a_file_whose_model_id_changed_makes_new_vectors(
    server: Loopback, tmp_path: Path, *, run_async: bool, persisted: bool
) -> None:
    cache = IngestionCache()
    for count, wire_id in enumerate(("old", "new", "old"), start=1):
        fields = write(tmp_path, server.base_url, f'models.emb = "{wire_id}"')
        for _ in range(2):
            model = OpenAICompatibleEmbedding(**fields, reuse_client=False)
            assert ingest(model, cache, run_async=run_async) == [float(sum(wire_id.encode()))]
            assert len(server.requests) == min(count, 2), "what was made once is found again"
            if persisted:
                cache.persist(str(tmp_path / "cache.json"))
                cache = IngestionCache.from_persist_path(str(tmp_path / "cache.json"))


WRITTEN = {
    "header": ('headers.X-Deployment = "a"', 'headers.X-Deployment = "b"'),
    "query": ('query.deployment = "a"', 'query.deployment = "b"'),
    "body": ('extra_body.adapter = "a"', 'extra_body.adapter = "b"'),
    "dialect": ("dialect.embeddings_dimensions = false", "dialect.embeddings_dimensions = true"),
    "profile": ('profile = "vllm"', 'profile = "ollama"'),
    "prefix": (
        'models.emb = { document_prefix = "a: " }',
        'models.emb = { document_prefix = "b: " }',
    ),
    "address of the model": (
        'models.emb = { base_url = "http://127.0.0.1:9/v1" }',
        'models.emb = { base_url = "http://127.0.0.1:9/v2" }',
    ),
}


@pytest.mark.parametrize("case", WRITTEN)
@pytest.mark.parametrize("kind", ["embedding", "extractor"])
def test_a_file_that_leads_elsewhere_changes_the_hash(tmp_path: Path, case: str, kind: str) -> None:
    hashes = []
    for text in (*WRITTEN[case], WRITTEN[case][0]):
        fields = write(tmp_path, "http://127.0.0.1:9/v1", text)
        if kind == "embedding":
            made: Any = OpenAICompatibleEmbedding(**fields)
        else:
            made = TitleExtractor(llm=OpenAICompatible(**fields))
        hashes.append(get_transformation_hash(NODES, made))
    assert hashes[0] != hashes[1]
    assert hashes[0] == hashes[2]


OWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "header": ({"headers": {"X-Deployment": "a"}}, {"headers": {"X-Deployment": "b"}}),
    "query": ({"query": {"deployment": "a"}}, {"query": {"deployment": "b"}}),
    "hidden body": ({"additional_kwargs": {"token": "a"}}, {"additional_kwargs": {"token": "b"}}),
}


@pytest.mark.parametrize("case", OWN)
@pytest.mark.parametrize("cls", [OpenAICompatibleEmbedding, OpenAICompatible])
def test_settings_that_are_dumped_nowhere_change_the_hash(cls: Any, case: str) -> None:
    one, other = (cls("m", base_url="http://127.0.0.1:9/v1", **fields) for fields in OWN[case])
    hashes = (
        [get_transformation_hash(NODES, TitleExtractor(llm=each)) for each in (one, other)]
        if (cls is OpenAICompatible)
        else [get_transformation_hash(NODES, each) for each in (one, other)]
    )
    assert hashes[0] != hashes[1]


def test_keys_and_the_order_of_headers_do_not_change_the_hash() -> None:
    hashes = {
        get_transformation_hash(
            NODES, OpenAICompatibleEmbedding("m", base_url="http://127.0.0.1:9/v1", **fields)
        )
        for fields in (
            {"api_key": "one", "headers": {"X-A": "1", "X-B": "2"}},
            {"api_key": "two", "headers": {"x-b": "2", "x-a": "1"}},
            {"headers": {"x-b": "2", "x-a": "1"}, "query": None},
        )
    }
    assert len(hashes) == 1


@pytest.mark.parametrize("cls", [OpenAICompatibleEmbedding, OpenAICompatible])
def test_a_dump_is_read_again_whatever_its_fingerprint(cls: Any) -> None:
    made = cls("m", base_url="http://127.0.0.1:9/v1")
    dumped = made.to_dict()
    assert dumped["endpoint_fingerprint"] == made.fingerprint
    assert made.model_dump()["endpoint_fingerprint"] == made.fingerprint
    again = cls.from_dict({**dumped, "endpoint_fingerprint": "another"})
    assert again.to_dict() == dumped
    dumped.pop("class_name")
    assert cls(**dumped).fingerprint == made.fingerprint
    made.additional_kwargs = {"seed": 1}
    assert made.to_dict()["endpoint_fingerprint"] != again.fingerprint
