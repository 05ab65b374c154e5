"""``Client`` and ``AsyncClient``: chat, streams, embeddings and model lists, without a framework.

>>> client = Client(base_url="http://127.0.0.1:8000/v1", model="qwen3")
>>> client
Client('qwen3' at 'http://127.0.0.1:8000/v1')

Building one opens nothing. One object serves several threads and several event loops, one after
the other or at once. Pickled, it leaves secrets behind: key sources are looked up anew.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from openai_compatible.asked import Asked, chat_request, embeddings_request
from openai_compatible.client_base import ClientBase
from openai_compatible.events import AsyncEvents, Events
from openai_compatible.secret_mapping import conceal
from openai_compatible.transport.loading import is_loaded, load_async_transport
from openai_compatible.types import (
    ChatRequest,
    Completion,
    Embeddings,
    EmbeddingsRequest,
    Event,
    ModelInfo,
)

if TYPE_CHECKING:
    from openai_compatible.transport.clients import AsyncClients, Clients

__all__ = ["AsyncClient", "Client"]


class Client(ClientBase):
    """Blocking client of one or several OpenAI-compatible servers; arguments as in :func:`targets`."""

    _clients: Clients | None = None

    def _transport(self) -> Clients:
        if self._clients is None:
            from openai_compatible.transport.clients import Clients

            self._clients = Clients(self._http_client)
        return self._clients

    def chat(self, request: Asked, **params: Any) -> Completion:
        """One whole answer, its ``record`` filled.

        Args:
            request: A request, OpenAI chat messages, or one text.
            params: With messages: ``model``, ``tools``, ``temperature`` ... by their OpenAI names.
        """
        from openai_compatible.transport import sync
        from openai_compatible.transport.kinds import chat_job

        params = conceal(params)
        job = chat_job(self._ready(), chat_request(request, params), streamed=False)
        answer, call = sync.answer(self._transport(), job)
        return job.finished(answer, call)

    def stream(self, request: Asked, **params: Any) -> Events:
        """The events of an answer; the request is sent when the first is asked for."""
        from openai_compatible.transport import sync
        from openai_compatible.transport.kinds import chat_job

        params = conceal(params)
        job = chat_job(self._ready(), chat_request(request, params), streamed=True)
        return Events(sync.stream(self._transport(), job))

    def embed(self, request: EmbeddingsRequest | Sequence[str], **params: Any) -> Embeddings:
        """Vectors for texts, in their order, in as many requests as the profile's batch asks for."""
        from openai_compatible.transport import sync
        from openai_compatible.transport.kinds import AT_ONCE, embeddings_jobs, merged

        params = conceal(params)
        jobs = embeddings_jobs(self._ready(), embeddings_request(request, params))
        if not jobs:
            return Embeddings([])
        return self._same_length(merged(sync.answers(self._transport(), jobs, AT_ONCE)), jobs[0])

    def model_info(self, model: str = "", *, max_age: float = 3_600.0) -> ModelInfo | None:
        """What the first target's server says of a model: its list, and its own path where it has one.

        ``None`` if it says nothing; nothing is guessed. An answer of this process that is younger than
        ``max_age`` seconds will do.
        """
        from openai_compatible.transport import memory
        from openai_compatible.transport.native import ask, asking

        place, caller = self._asked(model)
        if memory.has_info(place.identity, max_age):
            fresh, info = memory.told(place.identity, caller.now(), max_age)
            if fresh:
                return info
        return ask(self._transport(), asking(place))

    def models(self, *, details: bool = True, max_age: float = 0.0) -> list[ModelInfo]:
        """The models that the first target's server lists.

        Args:
            details: Ask the server's own paths too, where its family has some. They never fail it.
            max_age: Seconds for which an earlier answer will do.
        """
        from openai_compatible.transport import memory
        from openai_compatible.transport.native import ask, listing

        place, caller = self._asked()
        if memory.has_list(place.identity, max_age):
            kept = memory.listed(place.identity, caller.now(), max_age)
            if kept is not None:
                return list(kept)
        return list(ask(self._transport(), listing(place, details=details)))

    def close(self) -> None:
        """Close the connections. The client can still be used; it then opens new ones."""
        clients, self._clients = self._clients, None
        if clients is not None:
            clients.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClient(ClientBase):
    """Async client of one or several OpenAI-compatible servers; arguments as in :func:`targets`."""

    _clients: AsyncClients | None = None

    def _transport(self) -> AsyncClients:
        if self._clients is None:
            from openai_compatible.transport.clients import AsyncClients

            self._clients = AsyncClients(self._http_client)
        return self._clients

    async def chat(self, request: Asked, **params: Any) -> Completion:
        """One whole answer, its ``record`` filled; as :meth:`Client.chat`."""
        params = conceal(params)
        asked = chat_request(request, params)
        await load_async_transport()
        from openai_compatible.transport import aio
        from openai_compatible.transport.kinds import chat_job

        job = chat_job(self._ready(), asked, streamed=False)
        answer, call = await aio.answer(self._transport(), job)
        return job.finished(answer, call)

    def stream(self, request: Asked, **params: Any) -> AsyncEvents:
        """The events of an answer; the request is sent when the first is asked for."""
        params = conceal(params)
        asked = chat_request(request, params)
        return AsyncEvents(self._events(asked) if is_loaded() else self._first_events(asked))

    def _events(self, asked: ChatRequest) -> AsyncGenerator[Event, None]:
        from openai_compatible.transport import aio
        from openai_compatible.transport.kinds import chat_job

        return aio.stream(self._transport(), chat_job(self._ready(), asked, streamed=True))

    async def _first_events(self, asked: ChatRequest) -> AsyncGenerator[Event, None]:
        await load_async_transport()
        async with aclosing(self._events(asked)) as events:
            async for event in events:
                yield event

    async def embed(self, request: EmbeddingsRequest | Sequence[str], **params: Any) -> Embeddings:
        """Vectors for texts, in their order; up to eight requests are on their way at once."""
        params = conceal(params)
        asked = embeddings_request(request, params)
        await load_async_transport()
        from openai_compatible.transport import aio
        from openai_compatible.transport.kinds import AT_ONCE, embeddings_jobs, merged

        jobs = embeddings_jobs(self._ready(), asked)
        if not jobs:
            return Embeddings([])
        found = await aio.answers(self._transport(), jobs, AT_ONCE)
        return self._same_length(merged(found), jobs[0])

    async def model_info(self, model: str = "", *, max_age: float = 3_600.0) -> ModelInfo | None:
        """What the first target's server says of a model, as :meth:`Client.model_info`."""
        await load_async_transport()
        from openai_compatible.transport import memory
        from openai_compatible.transport.native import aask, asking

        place, caller = self._asked(model)
        if memory.has_info(place.identity, max_age):
            fresh, info = memory.told(place.identity, await caller.anow(), max_age)
            if fresh:
                return info
        return await aask(self._transport(), asking(place))

    async def models(self, *, details: bool = True, max_age: float = 0.0) -> list[ModelInfo]:
        """The models that the first target's server lists, as :meth:`Client.models`."""
        await load_async_transport()
        from openai_compatible.transport import memory
        from openai_compatible.transport.native import aask, listing

        place, caller = self._asked()
        if memory.has_list(place.identity, max_age):
            kept = memory.listed(place.identity, await caller.anow(), max_age)
            if kept is not None:
                return list(kept)
        return list(await aask(self._transport(), listing(place, details=details)))

    async def aclose(self) -> None:
        """Close this event loop's connections. The client can still be used afterwards."""
        if self._clients is not None:
            await self._clients.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()
