"""The requests of a connection test, each with how it ended. Few, and none is repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openai_compatible.client import Client
from openai_compatible.errors import (
    AuthenticationError,
    OpenAICompatibleError,
    PermissionDeniedError,
)
from openai_compatible.probe.subject import PATIENCE, Subject
from openai_compatible.transport.reach import Head, now
from openai_compatible.types import Completion, ModelInfo
from openai_compatible.urls import is_private_host

__all__ = ["GREETING", "Answers", "Requests", "buffered"]

GREETING = ({"role": "user", "content": "Say hello."},)
"""The messages of the first chat; model and messages are all that is sent."""

_COUNTING = ({"role": "user", "content": "Count from 1 to 20."},)
_ENOUGH = 40
"""Pieces of a stream after which no more are read."""
_LONGEST = 5.0
"""Seconds of a stream after its first piece; then it is left."""


@dataclass(slots=True)
class Answers:
    """What the server said to each request; errors are answers, too."""

    models: tuple[ModelInfo, ...] | None = None
    """``None``: the list was not had."""
    models_error: OpenAICompatibleError | None = None
    models_seconds: float = 0.0
    without_key: bool | None = None
    """Whether the list comes without the key as well; ``None``: not tried."""
    model: str = ""
    """Wire id of the model that was chatted with; empty: none was."""
    chat: Completion | None = None
    chat_error: OpenAICompatibleError | None = None
    chat_seconds: float = 0.0
    stream_times: tuple[float, ...] = ()
    """When each piece of the second, streamed chat came, in seconds after it was asked for."""
    stream_error: OpenAICompatibleError | None = None
    stream_type: str = ""
    """Media type of the streamed answer; empty: no stream was asked for."""
    dimensions: int = 0
    """Length of a vector, where the model embeds instead of chatting."""
    heads: list[Head] = field(default_factory=list)
    """Of every answer so far."""

    @property
    def head(self) -> Head:
        """Of the last answer."""
        return self.heads[-1] if self.heads else Head(0, {})


class Requests:
    """Asks one server, and keeps its answers."""

    def __init__(self, subject: Subject, http_client: Any, heads: list[Head]) -> None:
        self._subject = subject
        self._http_client = http_client
        self.answers = Answers(heads=heads)

    def _client(self, model: str | None = None, *, patience: float = 1.0, key: bool = True) -> Client:
        target = self._subject.prepared(model, patience=patience, key=key)
        return Client([target], http_client=self._http_client)

    def list_models(self) -> None:
        """Ask for the list; on private hosts once more without the key, if it came with one."""
        answers, began = self.answers, now()
        try:
            answers.models = tuple(self._client().models())
        except OpenAICompatibleError as error:
            answers.models_error = error
        answers.models_seconds = now() - began
        if (
            answers.models is not None
            and self._subject.sends_key
            and is_private_host(self._subject.host)
        ):
            try:
                self._client(key=False).models()
                answers.without_key = True
            except OpenAICompatibleError as error:
                refused = isinstance(error, AuthenticationError | PermissionDeniedError)
                answers.without_key = False if refused else None

    def chat(self, model: str) -> None:
        """The smallest chat; where there is no chat, an embedding; where it works, a stream."""
        answers, began = self.answers, now()
        answers.model = model
        client = self._client(model, patience=PATIENCE)
        try:
            answers.chat = client.chat(GREETING)
        except OpenAICompatibleError as error:
            answers.chat_error = error
        answers.chat_seconds = now() - began
        if answers.chat is not None and self._subject.target.facts.streaming is not False:
            self._stream(client)

    def embed(self, model: str) -> None:
        """One short text to the embeddings of that model."""
        answers, began = self.answers, now()
        answers.model = model
        try:
            found = self._client(model, patience=PATIENCE).embed(["hello"])
        except OpenAICompatibleError as error:
            answers.chat_error = answers.chat_error or error
            return
        answers.dimensions = len(found.vectors[0]) if found.vectors else 0
        answers.chat_seconds = now() - began

    def _stream(self, client: Client) -> None:
        answers, began = self.answers, now()
        times: list[float] = []
        try:
            with client.stream(_COUNTING) as events:
                for event in events:
                    if isinstance(event, Completion):
                        break
                    times.append(now() - began)
                    if len(times) >= _ENOUGH or times[-1] - times[0] > _LONGEST:
                        break
        except OpenAICompatibleError as error:
            answers.stream_error = error
        answers.stream_times = tuple(times)
        answers.stream_type = answers.head.headers.get("content-type", "").partition(";")[0].strip()


_FEWEST = 8
_SHORTEST_WAIT = 0.5
_FASTEST = 0.0005
"""Seconds for each piece: no server writes 2,000 of them in a second."""


def buffered(times: Sequence[float]) -> bool:
    """Whether the pieces of a stream were held back on their way and came all at once.

    Args:
        times: When each came, in seconds after the request.

    >>> buffered([2.0 + 0.0001 * n for n in range(20)]), buffered([0.1 * n for n in range(20)])
    (True, False)
    """
    if len(times) < _FEWEST or times[0] < _SHORTEST_WAIT:
        return False
    span = times[-1] - times[0]
    return span < _FASTEST * len(times) and span < 0.02 * times[0]
