"""embeddings-prefix: what model families want before a text."""

from __future__ import annotations

import pytest

from openai_compatible import Model, Provider, targets
from openai_compatible.profiles.embedding_models import family
from openai_compatible.targeting import prefix_for


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("intfloat/e5-base-v2", "e5"),
        ("multilingual-e5-large", "e5"),
        ("intfloat/multilingual-e5-large-instruct", "e5-instruct"),
        ("BAAI/bge-small-en-v1.5", "bge-en"),
        ("BAAI/bge-large-zh", "bge-zh"),
        ("nomic-embed-text:latest", "nomic"),
        ("mxbai-embed-large", "mxbai"),
        ("snowflake-arctic-embed-l-v2.0", "arctic-2"),
        ("snowflake-arctic-embed:335m", "arctic"),
        ("Qwen/Qwen3-Embedding-8B", "qwen3"),
        ("embeddinggemma:300m", "embeddinggemma"),
    ],
)
def test_families_are_known_by_their_ids(model: str, name: str) -> None:
    found = family(model)
    assert found is not None
    assert found.name == name
    assert found.query
    assert found.evidence.source


@pytest.mark.parametrize("model", ["text-embedding-3-small", "bge-m3", "all-minilm", "phi-3.5", ""])
def test_models_without_prefixes_have_no_family(model: str) -> None:
    assert family(model) is None


def test_prefixes_are_put_only_where_they_are_asked_for() -> None:
    (target,) = targets("e5-base-v2", base_url="http://127.0.0.1:1")
    assert prefix_for("query", target, auto=False) == ""
    assert prefix_for("query", target, auto=True) == "query: "
    assert prefix_for("document", target, auto=True) == "passage: "
    (other,) = targets("bge-m3", base_url="http://127.0.0.1:1")
    assert prefix_for("query", other, auto=True) == ""


def test_the_models_own_facts_win() -> None:
    own = {"e5": Model(id="e5-base-v2", query_prefix="q: ")}
    provider = Provider(name="p", base_url="http://127.0.0.1:1", models=own)
    (target,) = targets("e5", provider=provider)
    assert prefix_for("query", target, auto=True) == "q: "
    assert prefix_for("document", target, auto=True) == ""
