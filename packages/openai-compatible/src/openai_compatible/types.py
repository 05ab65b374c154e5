"""Frozen values that cross room borders: requests, events, answers.

OpenAI chat dicts are the neutral form of messages and tools; there is no third message model.
A stream is a sequence of :data:`Event`: deltas as they arrive, then exactly one
:class:`Completion`, which repeats everything in one piece.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from openai_compatible.secret_mapping import conceal

__all__ = [
    "ChatRequest",
    "Choice",
    "Completion",
    "Embeddings",
    "EmbeddingsRequest",
    "Event",
    "FinishReason",
    "ModelInfo",
    "ReasoningDelta",
    "Record",
    "RefusalDelta",
    "TextDelta",
    "ToolCall",
    "ToolCallDelta",
    "Usage",
]

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "error", "other"]
"""Normalised finish reason. The server's own word stays in ``raw_finish_reason``."""

_NOTHING: Mapping[str, Any] = {}
_CONFIDENTIAL = ("headers", "query", "extra_body")


def _conceal_secrets(request: ChatRequest | EmbeddingsRequest) -> None:
    """Hide what a request carries in confidence from dumps, frames and pickles."""
    if not (request.headers or request.query or request.extra_body):
        return
    given = {name: getattr(request, name) for name in _CONFIDENTIAL}
    for name, value in conceal({name: value for name, value in given.items() if value}).items():
        if value is not given[name]:
            object.__setattr__(request, name, value)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One chat completion, before a provider is known.

    ``messages`` and ``tools`` are OpenAI chat dicts. ``sampling`` holds OpenAI parameter names
    (``temperature``, ``max_tokens``, ``stop``, ``seed``, ``n``, ``logprobs`` ...); a key that is
    absent is not sent, a key with ``None`` is not sent either. ``extra_body`` is merged last and
    sent verbatim. ``headers`` and ``query`` are added to this request only; they are held as a
    :class:`~openai_compatible.secret_mapping.SecretMapping`, which shows no value.
    """

    model: str
    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: Mapping[str, Any] | None = None
    reasoning: bool | str | Mapping[str, Any] | None = None
    """Whether and how much to reason: a bool, an effort (``"low"`` ...), or a mapping with ``effort``,
    ``enabled``, ``budget`` (tokens). Sent as the profile's ``reasoning_switch`` says."""
    sampling: Mapping[str, Any] = field(default_factory=dict)
    stream_usage: bool | None = None
    """Ask for usage in streams. ``None``: as the profile says."""
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        _conceal_secrets(self)


@dataclass(frozen=True, slots=True)
class EmbeddingsRequest:
    """One embeddings request. ``texts`` are sent as text, never as token ids."""

    model: str
    texts: Sequence[str]
    dimensions: int | None = None
    encoding_format: Literal["float", "base64"] | None = None
    batch_size: int | None = None
    """Texts per HTTP request. ``None``: as the profile says."""
    task: Literal["query", "document"] | None = None
    """What the texts are; said to servers whose profile knows how (``embeddings_task_field``)."""
    first: int = 0
    """Place of the first text in the caller's list, if a framework divided that; errors count in it."""
    total: int | None = None
    """Texts in the caller's list. ``None``: these are all."""
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        _conceal_secrets(self)


class TextDelta(NamedTuple):
    """A piece of the answer's text. ``choice`` is the index among ``n`` choices."""

    text: str
    choice: int = 0


class ReasoningDelta(NamedTuple):
    """A piece of the model's reasoning; ``field`` is the wire key it came in."""

    text: str
    choice: int = 0
    field: str = "reasoning_content"


class RefusalDelta(NamedTuple):
    """A piece of a refusal text (OpenAI's ``refusal`` key)."""

    text: str
    choice: int = 0


class ToolCallDelta(NamedTuple):
    """A piece of one tool call.

    ``index`` counts the calls of one choice from 0, whatever the server numbered. ``id`` and
    ``name`` come with the first delta of a call and are ``None`` afterwards; an ``id`` is
    invented when the server sends none. ``arguments`` is a piece of JSON text, maybe empty.
    """

    # Hides tuple.index, which nobody needs here.
    index: int  # type: ignore[assignment]
    id: str | None
    name: str | None
    arguments: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A whole tool call. ``arguments`` is JSON text exactly as the server wrote it."""

    id: str
    name: str
    arguments: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens used. ``None`` means the server did not say; ``raw`` is its own object.

    Wire:
        ``{"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}``
    """

    input_tokens: int
    output_tokens: int
    total_tokens: int
    cached_tokens: int | None = None
    cache_creation_tokens: int | None = None
    reasoning_tokens: int | None = None
    audio_input_tokens: int | None = None
    audio_output_tokens: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer. ``extra`` holds message keys that have no field here, verbatim."""

    index: int = 0
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: FinishReason | None = None
    raw_finish_reason: str | None = None
    logprobs: Mapping[str, Any] | None = None
    reasoning_field: str | None = None
    """Wire key the reasoning came in (``reasoning_content``, ``reasoning`` ...)."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """What happened on the way to an answer; shown to users, never holds a secret."""

    provider: str
    model: str
    url: str
    attempts: int = 1
    retries: int = 0
    fallbacks: tuple[str, ...] = ()
    """Names of the providers that failed before this one, in order."""
    changes: tuple[str, ...] = ()
    """What was sent or read differently than asked, one phrase each."""
    dialect: Mapping[str, Any] = field(default_factory=dict)
    """Profile facts that made the body sent differ from OpenAI's, with their values."""
    adaptations: tuple[str, ...] = ()
    """Facts learned in this call from the server's refusals, as ``fact=value``."""

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON values.

        >>> Record("vllm", "m", "http://127.0.0.1:8000/v1/chat/completions").to_dict()["attempts"]
        1
        """
        return {
            "provider": self.provider,
            "model": self.model,
            "url": self.url,
            "attempts": self.attempts,
            "retries": self.retries,
            "fallbacks": list(self.fallbacks),
            "changes": list(self.changes),
            "dialect": dict(self.dialect),
            "adaptations": list(self.adaptations),
        }


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer, and the last event of every stream."""

    choices: tuple[Choice, ...]
    id: str | None = None
    model: str | None = None
    created: int | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    usage: Usage | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Top-level keys that have no field here (``timings``, ``citations`` ...), verbatim."""
    raw: Mapping[str, Any] | None = field(default=None, repr=False)
    """The whole body of a non-streamed answer; ``None`` for streams."""
    record: Record | None = None

    @property
    def text(self) -> str:
        """Text of the first choice, ``""`` when there is none."""
        return self.choices[0].text if self.choices else ""

    @property
    def reasoning(self) -> str:
        """Reasoning of the first choice, ``""`` when there is none."""
        return self.choices[0].reasoning if self.choices else ""

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Tool calls of the first choice."""
        return self.choices[0].tool_calls if self.choices else ()

    @property
    def finish_reason(self) -> FinishReason | None:
        """Normalised finish reason of the first choice."""
        return self.choices[0].finish_reason if self.choices else None


Event = TextDelta | ReasoningDelta | RefusalDelta | ToolCallDelta | Completion
"""What a stream yields: deltas, then exactly one :class:`Completion`."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors in the order of the texts they were asked for."""

    vectors: list[list[float]]
    model: str | None = None
    usage: Usage | None = None
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One entry of a model list. Unknown stays ``None``; ``raw`` is the server's object."""

    id: str
    context_window: int | None = None
    max_output_tokens: int | None = None
    dimensions: int | None = None
    kind: Literal["chat", "embedding", "rerank", "audio", "image", "other"] | None = None
    tools: bool | None = None
    structured_output: bool | None = None
    reasoning: bool | None = None
    image_inputs: bool | None = None
    audio_inputs: bool | None = None
    input_modalities: tuple[str, ...] | None = None
    """What it takes, in the server's words: ``text``, ``image``, ``audio``, ``file`` ..."""
    output_modalities: tuple[str, ...] | None = None
    input_cost: float | None = None
    """Price of a million input tokens in dollars, as the server publishes it. 0 is free."""
    output_cost: float | None = None
    owned_by: str | None = None
    created: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
