"""``Client`` and ``AsyncClient``: chat, streams, embeddings and model lists, without a framework.

>>> client = Client(base_url="http://127.0.0.1:8000/v1", model="qwen3")
>>> client
Client('qwen3' at 'http://127.0.0.1:8000/v1')

Building one opens nothing. One object serves several threads and several event loops, one after
the other or at once. Pickled, it leaves secrets behind: key sources are looked up anew.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import reduce
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from openai_compatible.asked import Asked, chat_request, embeddings_request
from openai_compatible.config.concealed import sealed
from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError, MalformedResponseError
from openai_compatible.events import AsyncEvents, Events
from openai_compatible.explanation import Explanation
from openai_compatible.plan.routing import Target
from openai_compatible.secret_mapping import conceal
from openai_compatible.targeting import targets
from openai_compatible.transport.loading import is_loaded, load_async_transport
from openai_compatible.types import (
    ChatRequest,
    Completion,
    Embeddings,
    EmbeddingsRequest,
    Event,
    ModelInfo,
)
from openai_compatible.urls import base_url

if TYPE_CHECKING:
    from openai_compatible.profiles.profile import Profile
    from openai_compatible.transport.clients import AsyncClients, Clients
    from openai_compatible.transport.job import Job
    from openai_compatible.transport.place import Place

__all__ = ["AsyncClient", "Client"]


class _Base:
    """What both clients share: targets, and the jobs made of requests."""

    @sealed
    def __init__(
        self,
        target: Sequence[Target] | Provider | str | None = None,
        *,
        model: str | None = None,
        http_client: Any = None,
        **fields: Any,
    ) -> None:
        """Say where requests go.

        Args:
            target: Targets, a provider, or a model reference; nothing when ``fields`` say it.
            model: Wire id or alias at that provider.
            http_client: An ``httpx.Client`` of your own (async: ``httpx.AsyncClient``; httpx2 with
                openai 3). It stays yours to close; a process that is forked needs one of its own.
            fields: As in :func:`targets`.
        """
        if isinstance(target, str):
            found = targets(target if model is None else f"{target}/{model}", **fields)
        elif isinstance(target, Provider):
            found = targets(model, provider=target, **fields)
        elif target is None:
            found = targets(model, **fields)
        else:
            found = tuple(target)
            if fields or model is not None:
                raise ConfigError(
                    "targets say everything, and more arguments stand beside them",
                    hint="Give these to targets(...), or a model reference instead of targets.",
                )
        if not found:
            raise ConfigError("no target was given", hint="Pass at least one provider.")
        self.targets: tuple[Target, ...] = found
        self._http_client = http_client
        self._places: list[Place] | None = None
        self._lengths: dict[Any, int] = {}

    def __repr__(self) -> str:
        first = self.targets[0]
        return f"{type(self).__name__}({first.model!r} at {first.provider.base_url!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {"targets": self.targets}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.targets = state["targets"]
        self._http_client = None
        self._places = None
        self._lengths = {}

    def _ready(self) -> list[Place]:
        """The targets with profile, base URL and key source; looked up at the first use."""
        if self._places is None:
            from openai_compatible.profiles.registry import names
            from openai_compatible.transport.place import Place

            if any((target.provider.profile or "generic") not in names() for target in self.targets):
                from openai_compatible.plugins import load

                load()  # only a plugin can know that profile
            self._places = [Place.of(target) for target in self.targets]
        return self._places

    def dialect(self, model: str = "") -> Profile:
        """The first target's dialect with what its refusals have taught so far."""
        from openai_compatible.profiles.profile import with_facts
        from openai_compatible.transport import memory

        place = self._ready()[0]
        return with_facts(place.profile, memory.known(place.memory_key(model or place.target.model)))

    def learn(self, facts: Mapping[str, Any], text: str, *, model: str = "") -> None:
        """Remember facts of the first target's dialect for this process, and warn of them once."""
        from openai_compatible.transport import memory

        place = self._ready()[0]
        key = place.memory_key(model or place.target.model)
        memory.learn(key, facts)
        memory.warn_once(key, f"{place.target.provider.name}: {text}", about=text)

    def _asked(self) -> Place:
        """The place whose server is asked about its models; plugins may know paths of its own."""
        from openai_compatible.plugins import load

        load()
        return self._ready()[0]

    def _key(self, model: str) -> tuple[Target, tuple[str, str, str]]:
        """The first target with that model, and what it is remembered under; needs no key."""
        target = Target.at(self.targets[0].provider, model) if model else self.targets[0]
        address = base_url(target.facts.base_url or target.provider.base_url).url
        return target, (target.provider.name, address, target.model)

    def known_info(self, model: str = "") -> ModelInfo | None:
        """What the server said when it was last asked, in this process; never asks."""
        from openai_compatible.transport import memory
        from openai_compatible.wire.native import filled

        said = memory.said(self._key(model)[1])
        return reduce(filled, said) if said else None

    def facts(self, model: str = "") -> ModelInfo:
        """What is known of a model: written by hand, else :meth:`known_info`, else its server's family.

        Never asks, so it costs nothing; what nobody said is ``None``.
        """
        from openai_compatible.plan.facts import family, known_facts
        from openai_compatible.profiles.profile import with_facts
        from openai_compatible.transport import memory

        target, key = self._key(model)
        dialect = with_facts(family(target), memory.known(key))
        return known_facts(target, self.known_info(model), dialect)

    def _same_length(self, found: Embeddings, job: Job[Embeddings]) -> Embeddings:
        """The vectors, if they are as long as those this client saw before of the same model."""
        sent = job.asked
        key = (sent.get("model"), sent.get("dimensions"))
        length = len(found.vectors[0])
        known = self._lengths.setdefault(key, length)
        if length != known:
            raise MalformedResponseError(
                f"the vectors have {length} dimensions, and had {known} before",
                provider=self.targets[0].provider.name,
                model=self.targets[0].model,
                hint="The server's model changed: embed all texts anew, with a new client.",
            )
        return found

    def explain(
        self,
        request: Asked | EmbeddingsRequest,
        *,
        stream: bool = False,
        **params: Any,
    ) -> Explanation:
        """What :meth:`chat`, :meth:`stream` or :meth:`embed` would send first, without sending it."""
        from openai_compatible.transport.explained import explained
        from openai_compatible.transport.kinds import chat_job, embeddings_jobs

        params = conceal(params)
        if isinstance(request, EmbeddingsRequest):
            return explained(embeddings_jobs(self._ready(), request)[0])
        return explained(chat_job(self._ready(), chat_request(request, params), streamed=stream))


class Client(_Base):
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

        target, key = self._key(model)
        fresh, info = memory.told(key, max_age)
        if fresh:
            return info
        return memory.keep(key, ask(self._transport(), asking(self._asked(), target.model)))

    def models(self, *, details: bool = True, max_age: float = 0.0) -> list[ModelInfo]:
        """The models that the first target's server lists.

        Args:
            details: Ask the server's own paths too, where its family has some. They never fail it.
            max_age: Seconds for which an earlier answer will do.
        """
        from openai_compatible.transport import memory
        from openai_compatible.transport.native import ask, listing

        kept = memory.listed(*self._key("")[1][:2], max_age)
        if kept is None:
            kept = ask(self._transport(), listing(self._asked(), details=details))
        return list(kept)

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


class AsyncClient(_Base):
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

        target, key = self._key(model)
        fresh, info = memory.told(key, max_age)
        if fresh:
            return info
        return memory.keep(key, await aask(self._transport(), asking(self._asked(), target.model)))

    async def models(self, *, details: bool = True, max_age: float = 0.0) -> list[ModelInfo]:
        """The models that the first target's server lists, as :meth:`Client.models`."""
        await load_async_transport()
        from openai_compatible.transport import memory
        from openai_compatible.transport.native import aask, listing

        kept = memory.listed(*self._key("")[1][:2], max_age)
        if kept is None:
            kept = await aask(self._transport(), listing(self._asked(), details=details))
        return list(kept)

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
