"""LlamaIndex: an index over three documents, and questions to it."""

from __future__ import annotations

from pathlib import Path

from openai_compatible.demo.screen import Screen

__all__ = ["show"]

CODE = """\
Settings.llm = OpenAICompatible(model="local/tiny")
Settings.embed_model = OpenAICompatibleEmbedding(model="local/tiny")
index = VectorStoreIndex.from_documents(documents)
index.as_query_engine(similarity_top_k=1).query("How warm is Paris?")
"""

TEXTS = (
    "Paris is 18 degrees warm today.",
    "Rome was not built in a day.",
    "The library opens at nine.",
)


def show(screen: Screen, config: Path) -> None:
    """Build an index, ask it, and stream a chat with the same model."""
    from llama_index.core import Document, Settings, VectorStoreIndex

    from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
    from llama_index.llms.openai_compatible import OpenAICompatible

    screen.part("LlamaIndex: an index over three documents")
    screen.code(CODE)
    Settings.llm = OpenAICompatible(model="local/tiny", config=config, temperature=0)
    Settings.embed_model = OpenAICompatibleEmbedding(model="local/tiny", config=config)
    index = VectorStoreIndex.from_documents([Document(text=text) for text in TEXTS])
    response = index.as_query_engine(similarity_top_k=1).query("How warm is Paris?")
    for found in response.source_nodes:
        screen.result("found", f"{found.node.get_content()} (score {found.score:.2f})")
    screen.result("query", response)
    screen.pieces("stream", (part.delta or "" for part in Settings.llm.stream_complete("Say hello.")))
