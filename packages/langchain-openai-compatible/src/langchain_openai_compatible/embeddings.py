"""``OpenAICompatibleEmbeddings``: LangChain's embeddings on top of ``openai_compatible.Client``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar, Literal

from langchain_core.embeddings import Embeddings
from pydantic import ConfigDict, Field

from langchain_openai_compatible.connection import Connection
from langchain_openai_compatible.errors import translated
from langchain_openai_compatible.parameters import EMBEDDINGS_ALIASES
from openai_compatible.errors import ConfigError
from openai_compatible.profiles.registry import profile as server_profile
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
    max_concurrency: int = Field(default=8, gt=0)
    """Requests of one async call that may be under way at a time."""
    query_prefix: str | None = None
    """Put before a query (``"query: "`` for E5). ``None``: as the model's facts say."""
    document_prefix: str | None = None
    """Put before each document. ``None``: as the model's facts say."""
    encoding_format: Literal["float", "base64"] | None = None
    """``None``: as the server's profile says. Both are read from every server."""
    extra_body: dict[str, Any] | None = None
    """Merged into every request body, verbatim."""
    query_extra_body: dict[str, Any] | None = None
    """The same for queries only, such as ``{"input_type": "query"}``."""
    document_extra_body: dict[str, Any] | None = None
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further request parameters under their wire names."""
    check_embedding_ctx_length: Literal[False] = False
    """Only for code written for ``OpenAIEmbeddings``, whose ``True`` sends token ids."""

    def embed_documents(self, texts: list[str], chunk_size: int | None = None) -> list[list[float]]:
        """One vector per text, in order."""
        requests = self._document_requests(texts, chunk_size)
        with translated():
            return list(chain.from_iterable(self.client.embed(request).vectors for request in requests))

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search query."""
        (request,) = self._requests([text], self._prefix("query"), self.query_extra_body)
        with translated():
            return self.client.embed(request).vectors[0]

    async def aembed_documents(
        self, texts: list[str], chunk_size: int | None = None
    ) -> list[list[float]]:
        """One vector per text, in order; at most ``max_concurrency`` requests at a time."""
        requests = self._document_requests(texts, chunk_size)
        with translated():
            return list(chain.from_iterable(await self._all(requests)))

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a search query."""
        (request,) = self._requests([text], self._prefix("query"), self.query_extra_body)
        with translated():
            return (await self.async_client.embed(request)).vectors[0]

    def _document_requests(
        self, texts: Sequence[str], chunk_size: int | None
    ) -> list[EmbeddingsRequest]:
        return list(
            self._requests(texts, self._prefix("document"), self.document_extra_body, chunk_size)
        )

    def _requests(
        self,
        texts: Sequence[str],
        prefix: str,
        extra: Mapping[str, Any] | None,
        chunk_size: int | None = None,
    ) -> Iterator[EmbeddingsRequest]:
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise ConfigError("texts to embed are a list of str")
        size = chunk_size or self.chunk_size or self._profile_batch()
        body = {**self.model_kwargs, **(self.extra_body or {}), **(extra or {})}
        for start in range(0, len(texts), size):
            yield EmbeddingsRequest(
                model="",
                texts=[prefix + text for text in texts[start : start + size]],
                dimensions=self.dimensions,
                encoding_format=self.encoding_format,
                extra_body=body,
            )

    async def _all(self, requests: Sequence[EmbeddingsRequest]) -> list[list[list[float]]]:
        """Vectors of every request; the first failure cancels the others and is raised."""
        slots = asyncio.Semaphore(self.max_concurrency)

        async def one(request: EmbeddingsRequest) -> list[list[float]]:
            async with slots:
                return (await self.async_client.embed(request)).vectors

        tasks = [asyncio.ensure_future(one(request)) for request in requests]
        try:
            return await asyncio.gather(*tasks)
        finally:
            unfinished = [task for task in tasks if not task.done()]
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    def _prefix(self, kind: Literal["query", "document"]) -> str:
        own: str | None = getattr(self, f"{kind}_prefix")
        facts: str = getattr(self.targets[0].facts, f"{kind}_prefix")
        return facts if own is None else own

    def _profile_batch(self) -> int:
        return server_profile(self.targets[0].provider.profile).embeddings_batch
