"""What the answers tell of the models and of the chat. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openai_compatible.errors import (
    ConfigError,
    ContextLengthExceededError,
    EndpointNotFoundError,
    InvalidRequestError,
    MalformedResponseError,
    ModelNotFoundError,
    OpenAICompatibleError,
    ProtocolError,
    QuotaExceededError,
    RateLimitError,
    RequestTimeoutError,
    UnsupportedParameterError,
)
from openai_compatible.probe.key_verdict import refused
from openai_compatible.probe.outcomes import stage
from openai_compatible.probe.requests import Answers, buffered
from openai_compatible.probe.servers import FILLED_BY
from openai_compatible.probe.stages import Stage
from openai_compatible.probe.subject import PATIENCE, Subject
from openai_compatible.types import ModelInfo
from openai_compatible.wire.near_models import near_models
from openai_compatible.wire.plain import one_line, quoted

__all__ = ["chat", "choose", "listing", "may_embed", "only_embeds"]

_MOST_NAMED = 5
_NO_CHAT_KINDS = ("embedding", "rerank", "audio", "image")


def named(ids: Sequence[str]) -> str:
    """Some of the ids.

    >>> named([f"m{n}" for n in range(7)])
    'm0, m1, m2, m3, m4 and 2 more'
    """
    shown = ", ".join(one_line(id, 60) for id in ids[:_MOST_NAMED])
    more = len(ids) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def near(model: str, ids: Sequence[str]) -> list[str]:
    """The ids that are most like a model's name, whatever their case or the part before a slash."""
    low = {id.lower(): id for id in ids}
    found = near_models(model.lower(), list(low))
    inside = [id for id in low if model.lower() in id or id in model.lower()]
    return [low[id] for id in dict.fromkeys((*inside, *found))][:3]


def choose(models: Sequence[ModelInfo]) -> str:
    """The only model that can be meant for a chat; empty where there are several, or none.

    >>> choose([ModelInfo("chat"), ModelInfo("embed", kind="embedding")])
    'chat'
    """
    fitting = [info.id for info in models if info.kind not in _NO_CHAT_KINDS]
    if not fitting and len(models) == 1:
        return models[0].id
    return fitting[0] if len(fitting) == 1 else ""


def entry(model: str, models: Sequence[ModelInfo] | None) -> ModelInfo | None:
    """The entry of a model in the list; Ollama's ``:latest`` may be left out."""
    known = {info.id: info for info in models or ()}
    return known.get(model) or known.get(f"{model}:latest")


def only_embeds(model: str, subject: Subject, answers: Answers) -> bool:
    """Whether the list says so of the model, or the preset of its server."""
    found, row = entry(model, answers.models), subject.row
    if found is not None and found.kind is not None:
        return found.kind == "embedding"
    return row is not None and row.name == subject.provider.preset and not row.chat


def may_embed(error: OpenAICompatibleError | None) -> bool:
    """Whether a chat was refused in a way that an embeddings model or server would refuse it."""
    if isinstance(error, ContextLengthExceededError | UnsupportedParameterError | ModelNotFoundError):
        return False
    return isinstance(error, EndpointNotFoundError | InvalidRequestError) or (
        error is not None and error.status_code == 501
    )


def listing(subject: Subject, answers: Answers) -> Stage:
    """The stage of the list of models."""
    seconds, model = answers.models_seconds, answers.model or subject.target.model
    if answers.models is None:
        return _no_list(answers)
    ids = [info.id for info in answers.models]
    number = f"{len(ids)} model" if len(ids) == 1 else f"{len(ids)} models"
    if not ids:
        return stage("models", "empty", seconds, load_hint=_load_hint(subject))
    if not model:
        return stage("models", "ok", seconds, number=number, some=named(ids))
    shown = one_line(model, 80)
    found = entry(model, answers.models)
    if found is not None:
        id = "no_tools" if found.tools is False and found.kind != "embedding" else "listed"
        return stage("models", id, seconds, model=shown, number=number)
    if answers.chat is not None or answers.dimensions:
        return stage("models", "answers_anyway", seconds, model=shown, number=number)
    like = near(model, ids)
    nearest = f"; nearest: {named(like)}" if like else ""
    return stage(
        "models", "not_listed", seconds, model=shown, number=number, near=nearest, ids=named(like or ids)
    )


def _no_list(answers: Answers) -> Stage:
    error, seconds = answers.models_error, answers.models_seconds
    assert error is not None
    if isinstance(error, EndpointNotFoundError):
        return stage("models", "no_list", seconds)
    if refused(error) and (answers.chat is not None or answers.dimensions):
        return stage("models", "list_refused", seconds, status=error.status_code)
    return stage("models", "failed", seconds, said=_told(error))


def _load_hint(subject: Subject) -> str:
    command = FILLED_BY.get(subject.row.name) if subject.row is not None else None
    if command:
        return f"Give it a model: {command}"
    return "Load a model there, or name one if the server does not list what it has."


def chat(subject: Subject, answers: Answers) -> Stage:
    """The stage of the smallest chat, once one was tried."""
    model, seconds = one_line(answers.model, 80), answers.chat_seconds
    if answers.dimensions:
        return stage("chat", "embeddings", seconds, model=model, dimensions=answers.dimensions)
    if answers.chat_error is not None:
        return _failed(answers.chat_error, model, subject, answers)
    assert answers.chat is not None
    said = answers.chat
    facts: dict[str, Any] = {"model": model, "took": f"{seconds:.2g}"}
    if not said.text.strip():
        id = "only_reasoning" if said.reasoning.strip() else "empty"
        return stage("chat", id, seconds, **facts, words=_words(said.reasoning))
    id, why = _streaming(answers)
    wait = f"{answers.stream_times[0]:.2g}" if answers.stream_times else ""
    return stage("chat", id, seconds, **facts, words=_words(said.text), said=why, wait=wait)


def _streaming(answers: Answers) -> tuple[str, str]:
    """The outcome of a chat by its stream, and why that is no stream."""
    if answers.stream_error is not None:
        return "no_stream", quoted(answers.stream_error.message, 120)
    if answers.stream_type == "application/json":
        return "no_stream", "one whole answer comes"
    return "buffered" if buffered(answers.stream_times) else "ok", ""


def _words(text: str) -> str:
    return f"'{quoted(text.strip(), 50)}'"


def _told(error: OpenAICompatibleError) -> str:
    status = f"HTTP {error.status_code}: " if error.status_code is not None else ""
    return quoted(f"{status}{error.message}")


def _failed(error: OpenAICompatibleError, model: str, subject: Subject, answers: Answers) -> Stage:
    """The stage of a chat that was refused or broke."""
    seconds, said = answers.chat_seconds, _told(error)
    hint = quoted(error.hint or "") or "Look at the server's log."
    if isinstance(error, RequestTimeoutError):
        return stage("chat", "slow", seconds, model=model, limit=f"{subject.timeout * PATIENCE:g}")
    if error.status_code in (502, 504):
        return stage("chat", "gateway", seconds, status=error.status_code)
    if isinstance(error, ModelNotFoundError):
        model_hint = _model_hint(answers)
        return stage("chat", "model_not_found", seconds, model=model, said=said, model_hint=model_hint)
    for kind, id in _BY_KIND:
        if isinstance(error, kind):
            return stage(
                "chat", id, seconds, model=model, said=said, hint=hint, base_url=subject.working
            )
    return stage("chat", "server_error", seconds, said=said)


_BY_KIND: tuple[tuple[type[OpenAICompatibleError], str], ...] = (
    (EndpointNotFoundError, "no_chat"),
    (ContextLengthExceededError, "context"),
    (UnsupportedParameterError, "parameter"),
    (InvalidRequestError, "refused"),
    (QuotaExceededError, "quota"),
    (RateLimitError, "rate_limited"),
    (MalformedResponseError, "malformed"),
    (ProtocolError, "malformed"),
    (ConfigError, "settings"),
)


def _model_hint(answers: Answers) -> str:
    ids = [info.id for info in answers.models or ()]
    if ids:
        like = near(answers.model, ids) or ids
        return f"Write the id exactly as the server has it: {named(like)}."
    return (
        "Write the id exactly as the service does: org/model, model:free, model@version, a file name; "
        "for vLLM what it was started with."
    )
