"""What families of embedding models want before a query and before a document. Rows only.

No server puts these prefixes there by itself. They change vectors, so an index that was built
without them would no longer fit: rows are used only where ``prefixes="auto"`` asks for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from openai_compatible.profiles.profile import Evidence

__all__ = ["Family", "family"]

_SEARCH = "Represent this sentence for searching relevant passages: "
_CARD = "https://huggingface.co/"
_READ = "2026-11-21"


@dataclass(frozen=True, slots=True)
class Family:
    """Models whose id matches ``pattern`` (searched in lower case)."""

    name: str
    pattern: str
    query: str
    document: str
    evidence: Evidence


def _row(name: str, pattern: str, query: str, document: str, card: str) -> Family:
    return Family(name, pattern, query, document, Evidence(f"{_CARD}{card} (model card)", _READ))


_ROWS = (
    _row(
        "e5-instruct",
        r"e5-.*instruct",
        "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ",
        "",
        "intfloat/multilingual-e5-large-instruct",
    ),
    _row(
        "e5", r"\be5-(?:small|base|large)|multilingual-e5", "query: ", "passage: ", "intfloat/e5-base-v2"
    ),
    _row("bge-en", r"bge-(?:small|base|large)-en", _SEARCH, "", "BAAI/bge-base-en-v1.5"),
    _row(
        "bge-zh",
        r"bge-(?:small|base|large)-zh",
        "为这个句子生成表示以用于检索相关文章：",
        "",
        "BAAI/bge-base-zh-v1.5",
    ),
    _row(
        "nomic",
        r"nomic-embed-text",
        "search_query: ",
        "search_document: ",
        "nomic-ai/nomic-embed-text-v1.5",
    ),
    _row("mxbai", r"mxbai-embed-(?:large|xsmall)", _SEARCH, "", "mixedbread-ai/mxbai-embed-large-v1"),
    _row(
        "arctic-2",
        r"arctic-embed-[ml]-v2|arctic-embed2",
        "query: ",
        "",
        "Snowflake/snowflake-arctic-embed-l-v2.0",
    ),
    _row("arctic", r"arctic-embed", _SEARCH, "", "Snowflake/snowflake-arctic-embed-m"),
    _row(
        "qwen3",
        r"qwen3-embedding",
        "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:",
        "",
        "Qwen/Qwen3-Embedding-0.6B",
    ),
    _row(
        "embeddinggemma",
        r"embedding-?gemma",
        "task: search result | query: ",
        "title: none | text: ",
        "google/embeddinggemma-300m",
    ),
)


def family(model: str) -> Family | None:
    """The family of a model id; ``None`` for those without prefixes, and for unknown ones.

    >>> family("intfloat/multilingual-e5-large").query
    'query: '
    """
    name = model.lower()
    return next((row for row in _ROWS if re.search(row.pattern, name)), None)
