"""``OpenAICompatibleEmbeddings``: LangChain's embeddings on top of ``openai_compatible.Client``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from langchain_core.embeddings import Embeddings
from pydantic import ConfigDict, Field

from langchain_openai_compatible.connection import Connection
from langchain_openai_compatible.errors import translated
from langchain_openai_compatible.parameters import EMBEDDINGS_ALIASES
from openai_compatible.body_settings import split_pairs
from openai_compatible.errors import ConfigError
from openai_compatible.plan.fingerprint import EndpointKey
from openai_compatible.secret_mapping import BodyPart, reveal
from openai_compatible.targeting import prefix_for
from openai_compatible.types import EmbeddingsRequest

__all__ = ["OpenAICompatibleEmbeddings"]


class OpenAICompatibleEmbeddings(Connection, Embeddings):
    """Embeddings of any OpenAI-compatible server.

    Texts are sent as text, never as token ids, and unchanged but for the prefixes. Vectors come
    back in the order of the texts whatever the order of the server's answer.

    Smallest use::

        OpenAICompatibleEmbeddings(model="bge-m3", base_url="http://127.0.0.1:8000/v1")

    Parameter names of ``OpenAIEmbeddings`` are accepted where they mean something here.

    Raises:
        ConfigError: a setting is wrong or missing. Calls raise the other classes of
            ``openai_compatible.errors``, which are LangChain's ``Model*Error`` too.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())

    _aliases: ClassVar[Mapping[str, str]] = EMBEDDINGS_ALIASES

    dimensions: int | None = Field(default=None, gt=0)
    """Asked of the server when set; models that cannot shorten their vectors refuse it."""
    chunk_size: int | None = Field(default=None, gt=0)
    """Texts per request. ``None``: as the server's profile says."""
    query_prefix: str | None = None
    """Put before a query (``"query: "`` for E5). ``None``: as the model's facts say."""
    document_prefix: str | None = None
    """Put before each document. ``None``: as the model's facts say."""
    prefixes: Literal["auto"] | None = None
    """``"auto"``: the prefixes that the model's family is known to want (E5, BGE, Nomic ...), where none
    are set. They change vectors: an index built without them must be built anew."""
    encoding_format: Literal["float", "base64"] | None = None
    """``None``: as the server's profile says. Both are read from every server."""
    extra_body: BodyPart | None = None
    """Merged into every request body, verbatim."""
    query_extra_body: BodyPart | None = None
    """The same for queries only, such as ``{"input_type": "query"}``."""
    document_extra_body: BodyPart | None = None
    model_kwargs: BodyPart = Field(default_factory=dict)
    """Further request parameters under their wire names."""
    check_embedding_ctx_length: Literal[False] = False
    """Only for code written for ``OpenAIEmbeddings``, whose ``True`` sends token ids."""

    def embed_documents(self, texts: list[str], chunk_size: int | None = None) -> list[list[float]]:
        """One vector per text, in order."""
        with translated():
            return self.client.embed(self._request("document", texts, chunk_size)).vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search query."""
        with translated():
            return self.client.embed(self._request("query", [text])).vectors[0]

    async def aembed_documents(
        self, texts: list[str], chunk_size: int | None = None
    ) -> list[list[float]]:
        """One vector per text, in order; a bounded number of requests are under way at a time."""
        with translated():
            return (await self.async_client.embed(self._request("document", texts, chunk_size))).vectors

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a search query."""
        with translated():
            return (await self.async_client.embed(self._request("query", [text]))).vectors[0]

    def _endpoint_keys(self) -> tuple[EndpointKey, ...]:
        return super()._endpoint_keys()[:1]  # vectors of different models do not mix: no fallbacks

    def _fingerprint_additions(self) -> dict[str, Any]:
        return {
            "dimensions": self.dimensions,
            "prefixes": [self._prefix("query"), self._prefix("document")],
            "extra_body": self.extra_body or None,
            "query_extra_body": self.query_extra_body or None,
            "document_extra_body": self.document_extra_body or None,
            "model_kwargs": self.model_kwargs or None,
        }

    def _prefix(self, kind: Literal["query", "document"]) -> str:
        own: str | None = self.query_prefix if kind == "query" else self.document_prefix
        return prefix_for(kind, self.targets[0], auto=bool(self.prefixes)) if own is None else own

    def _request(
        self, kind: Literal["query", "document"], texts: Sequence[str], chunk_size: int | None = None
    ) -> EmbeddingsRequest:
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise ConfigError("what is embedded is text: give str, and for documents a list of str")
        prefix = self._prefix(kind)
        extra, headers, query = split_pairs(reveal(self.model_kwargs, "model_kwargs"))
        for part in ("extra_body", f"{kind}_extra_body"):
            extra.update(reveal(getattr(self, part), part))
        return EmbeddingsRequest(
            model="",
            texts=[prefix + text for text in texts] if prefix else list(texts),
            dimensions=self.dimensions,
            encoding_format=self.encoding_format,
            batch_size=chunk_size or self.chunk_size,
            task=kind,
            extra_body=extra,
            headers=headers,
            query=query,
        )
