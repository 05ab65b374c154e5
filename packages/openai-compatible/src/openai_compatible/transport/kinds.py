"""The kinds of request there are, as jobs: chat (whole or streamed), embeddings, the model list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from openai_compatible.config.provider import ResponseLimits
from openai_compatible.errors import ConfigError, MalformedResponseError, OpenAICompatibleError
from openai_compatible.plan.batches import smaller
from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.transport import memory
from openai_compatible.transport.job import Job
from openai_compatible.transport.place import Place
from openai_compatible.types import (
    ChatRequest,
    Completion,
    Embeddings,
    EmbeddingsRequest,
    ModelInfo,
    Usage,
)
from openai_compatible.urls import origin
from openai_compatible.wire.chat import ChatStream, fold
from openai_compatible.wire.dialect.steps import Spoken
from openai_compatible.wire.embeddings import read_embeddings, shortened
from openai_compatible.wire.models import read_models
from openai_compatible.wire.request import embeddings_body, written

__all__ = ["AT_ONCE", "chat_job", "embeddings_jobs", "merged", "models_job"]

AT_ONCE = 8
"""Embeddings requests of one call that are on their way together."""


def chat_job(places: Sequence[Place], request: ChatRequest, *, streamed: bool) -> Job[Completion]:
    """A chat completion, in one piece or as a stream."""
    tools = _offered(request)
    asked = request.sampling.get("n")
    choices = asked if isinstance(asked, int) and asked > 0 else 1
    return Job(
        places,
        "/chat/completions",
        partial(_chat_body, request, streamed),
        lambda body, kind, facts, limits: fold(
            body, facts, content_type=kind, tools=tools, limits=limits
        ),
        streamed=streamed,
        choices=choices,
        model=request.model,
        parse=lambda facts, kind, limits: ChatStream(
            facts, content_type=kind, choices=choices, tools=tools, limits=limits
        ),
        headers=request.headers,
        query=request.query,
    )


def embeddings_jobs(places: Sequence[Place], request: EmbeddingsRequest) -> list[Job[Embeddings]]:
    """One job per batch. Only the first place: vectors of different models do not mix."""
    place = places[0]
    facts = with_facts(place.profile, _known(place, request))
    size = request.batch_size or facts.embeddings_batch
    if "embeddings_batch" in _known(place, request):
        size = min(size, facts.embeddings_batch)
    return _batches(place, request, request.texts, max(1, size))


def _known(place: Place, request: EmbeddingsRequest) -> Mapping[str, Any]:
    return memory.known(place.memory_key(request.model or place.target.model))


def _batches(
    place: Place, request: EmbeddingsRequest, texts: Sequence[str], size: int
) -> list[Job[Embeddings]]:
    return [_batch(place, request, texts[at : at + size]) for at in range(0, len(texts), size)]


def _batch(place: Place, request: EmbeddingsRequest, texts: Sequence[str]) -> Job[Embeddings]:
    def read(body: bytes, kind: str | None, facts: Profile, limits: ResponseLimits) -> Embeddings:
        found = read_embeddings(body, len(texts), content_type=kind, depth=limits.json_depth)
        if request.dimensions is None or facts.embeddings_dimensions is not False:
            return found
        return shortened(found, request.dimensions)

    return Job(
        [place],
        "/embeddings",
        partial(_embeddings_body, request, texts),
        read,
        headers=request.headers,
        query=request.query,
        model=request.model,
        divide=partial(_divide, place, request, texts),
    )


def _divide(
    place: Place, request: EmbeddingsRequest, texts: Sequence[str], error: OpenAICompatibleError
) -> list[Job[Embeddings]]:
    """Smaller batches where the server refused the number of texts; the number is remembered."""
    size = smaller(error, len(texts))
    if size is None or place.target.provider.adapt == "off":
        return []
    key = place.memory_key(request.model or place.target.model)
    memory.learn(key, {"embeddings_batch": size})
    text = (
        f"{place.target.provider.name}: {len(texts)} texts are too many for one request "
        f'({error.message[:120]}); {size} are sent at once. Set dialect={{"embeddings_batch": {size}}}.'
    )
    memory.warn_once(key, text, about="embeddings_batch")
    return _batches(place, request, texts, size)


def models_job(places: Sequence[Place]) -> Job[list[ModelInfo]]:
    """The model list of the first place."""
    return Job(
        places[:1],
        "/models",
        None,
        lambda body, _kind, _facts, limits: read_models(body, depth=limits.json_depth),
    )


def merged(parts: Sequence[Embeddings]) -> Embeddings:
    """The vectors of all batches, in order, with the sum of their usage and one record.

    Raises:
        MalformedResponseError: Batches came back with vectors of different lengths.
    """
    if len(parts) == 1:
        return parts[0]
    vectors = [vector for part in parts for vector in part.vectors]
    lengths = sorted({len(vector) for vector in vectors})
    if len(lengths) > 1:
        raise MalformedResponseError(
            f"the server answered vectors of different lengths: {lengths}",
            hint="Several servers behind one address may hold different models.",
        )
    records = [part.record for part in parts if part.record is not None]
    record = replace(
        records[0],
        attempts=sum(one.attempts for one in records),
        retries=sum(one.retries for one in records),
    )
    return Embeddings(vectors, parts[0].model, _sum([part.usage for part in parts]), record)


def _sum(used: Sequence[Usage | None]) -> Usage | None:
    """The sum of what all batches used; ``None`` if one did not say."""
    known = [usage for usage in used if usage is not None]
    if len(known) < len(used):
        return None
    return Usage(
        sum(usage.input_tokens for usage in known),
        sum(usage.output_tokens for usage in known),
        sum(usage.total_tokens for usage in known),
    )


def _offered(request: ChatRequest) -> dict[str, Any]:
    """JSON schemas of the offered functions by name, as far as the dicts have them."""
    functions = (tool.get("function") for tool in request.tools)
    return {
        function["name"]: function.get("parameters")
        for function in functions
        if isinstance(function, Mapping) and isinstance(function.get("name"), str)
    }


def _chat_body(request: ChatRequest, streamed: bool, place: Place, learned: Mapping[str, Any]) -> Spoken:
    facts = place.target.facts
    asked = request if request.model else replace(request, model=_model(place))
    return written(
        asked,
        place.profile,
        learned=learned,
        origin=origin(place.base.url),
        provider_extra={**place.target.provider.extra_body, **facts.extra_body},
        stream=streamed and facts.streaming is not False,
    )


def _embeddings_body(
    request: EmbeddingsRequest, texts: Sequence[str], place: Place, learned: Mapping[str, Any]
) -> Spoken:
    asked = replace(request, texts=texts, model=request.model or _model(place))
    body = embeddings_body(asked, with_facts(place.profile, learned))
    extra = {**place.target.provider.extra_body, **place.target.facts.extra_body}
    return Spoken({**extra, **body} if extra else body, {})


def _model(place: Place) -> str:
    if not place.target.model:
        raise ConfigError(
            "no model was named",
            provider=place.target.provider.name,
            hint="Pass model=..., or set default_model for the provider.",
        )
    return place.target.model
