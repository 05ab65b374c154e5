"""The kinds of request there are, as jobs: chat (whole or streamed), embeddings, the model list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from openai_compatible.config.provider import ResponseLimits
from openai_compatible.errors import (
    ConfigError,
    ContextLengthExceededError,
    MalformedResponseError,
    OpenAICompatibleError,
)
from openai_compatible.plan.batches import describe_texts, divide_batch
from openai_compatible.plan.fingerprint import EndpointKey
from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.secret_mapping import reveal, reveal_pairs
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
    return _batches(place, request, request.texts, max(1, size), request.first)


def _known(place: Place, request: EmbeddingsRequest) -> Mapping[str, Any]:
    return memory.known(_memory_key(place, request))


def _memory_key(place: Place, request: EmbeddingsRequest) -> EndpointKey:
    headers = reveal_pairs(request.headers, "headers")
    return place.memory_key(request.model, headers, reveal_pairs(request.query, "query"))


def _batches(
    place: Place, request: EmbeddingsRequest, texts: Sequence[str], size: int, first: int = 0
) -> list[Job[Embeddings]]:
    """One job for each ``size`` texts. ``first``: place of the first text among all of the request."""
    return [
        _batch(place, request, texts[at : at + size], first + at) for at in range(0, len(texts), size)
    ]


def _batch(
    place: Place, request: EmbeddingsRequest, texts: Sequence[str], first: int
) -> Job[Embeddings]:
    def read(body: bytes, kind: str | None, facts: Profile, limits: ResponseLimits) -> Embeddings:
        found = read_embeddings(
            body, len(texts), first=first, content_type=kind, depth=limits.json_depth
        )
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
        divide=partial(_divide, place, request, texts, first),
    )


def _divide(
    place: Place,
    request: EmbeddingsRequest,
    texts: Sequence[str],
    first: int,
    error: OpenAICompatibleError,
) -> list[Job[Embeddings]]:
    """Return smaller batches if the server refused this one for its size.

    A number of texts that the server names is remembered. An error that is not about the size gets a
    hint that says which of all texts the request held.
    """
    division = None
    if place.target.provider.adapt != "off":
        division = divide_batch(error, len(texts))
    if division is None:
        held = describe_texts(error, first, len(texts), request.total or len(request.texts))
        error.hint = " ".join(part for part in (held, error.hint) if part) or None
        return []
    size, lasting = division
    _warn_of_division(place, request, len(texts), size, error, lasting=lasting)
    return _batches(place, request, texts, size, first)


def _warn_of_division(
    place: Place,
    request: EmbeddingsRequest,
    sent: int,
    size: int,
    error: OpenAICompatibleError,
    *,
    lasting: bool,
) -> None:
    """Remember a size that holds for every request, and warn once of either kind of division."""
    if isinstance(error, ContextLengthExceededError):
        return  # maybe one text is too long, and then it is named: nothing was sent in another form
    if lasting:
        memory.learn(_memory_key(place, request), {"embeddings_batch": size})
        fix = f'Set dialect={{"embeddings_batch": {size}}}.'
    else:
        fix = "Set a smaller batch size to save the refused requests."
    text = (
        f"{place.target.provider.name}: {sent} texts are too many for one request "
        f"({error.message[:120]}); {size} are sent at once. {fix}"
    )
    memory.warn_once(place.memory_key(request.model), text, about="embeddings_batch")


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
    """JSON schemas by name of the functions that may be called, as far as the dicts have them.

    None with ``tool_choice`` ``none``, only its own with one that names functions: a call of another
    that stands in the text is text.
    """
    functions = (tool.get("function") for tool in request.tools if isinstance(tool, Mapping))
    offered = {
        function["name"]: function.get("parameters")
        for function in functions
        if isinstance(function, Mapping) and isinstance(function.get("name"), str)
    }
    choice = request.extra_body.get("tool_choice", request.tool_choice)
    if choice == "none":
        return {}
    names = _named_tools(choice)
    if not names and not (isinstance(choice, str) and choice in offered):
        return offered
    return {name: offered[name] for name in names or [choice] if name in offered}


def _named_tools(choice: Any) -> list[str]:
    """The names in a ``tool_choice``: one function's, a custom tool's, or those of ``allowed_tools``."""
    if not isinstance(choice, Mapping):
        return []
    allowed = choice.get("allowed_tools")
    tools = allowed.get("tools") if isinstance(allowed, Mapping) else choice.get("tools")
    entries = tools if isinstance(tools, list) else [choice]
    names = []
    for entry in entries:
        if isinstance(entry, Mapping):
            inner = entry.get("function") or entry.get("custom")
            name = inner.get("name") if isinstance(inner, Mapping) else inner or entry.get("name")
            if isinstance(name, str):
                names.append(name)
    return names


def _chat_body(request: ChatRequest, streamed: bool, place: Place, learned: Mapping[str, Any]) -> Spoken:
    facts = place.target.facts
    asked = request if request.model else replace(request, model=_model(place))
    return written(
        asked,
        place.profile,
        learned=learned,
        origin=origin(place.base.url),
        provider_extra=_extra_body(place),
        stream=streamed and facts.streaming is not False,
    )


def _embeddings_body(
    request: EmbeddingsRequest, texts: Sequence[str], place: Place, learned: Mapping[str, Any]
) -> Spoken:
    asked = replace(request, texts=texts, model=request.model or _model(place))
    body = embeddings_body(asked, with_facts(place.profile, learned))
    extra = _extra_body(place)
    return Spoken({**extra, **body} if extra else body, {})


def _extra_body(place: Place) -> dict[str, Any]:
    """What the provider's settings, then the model's, add to each body."""
    target = place.target
    own = reveal(target.facts.extra_body, "extra_body")
    return {**reveal(target.provider.extra_body, "extra_body"), **own}


def _model(place: Place) -> str:
    if not place.target.model:
        raise ConfigError(
            "no model was named",
            provider=place.target.provider.name,
            hint="Pass model=..., or set default_model for the provider.",
        )
    return place.target.model
