"""The one exception tree. Leaves say who must act.

::

    OpenAICompatibleError
    ├── ConfigError (also ValueError)      you: settings
    │   ├── MissingKeyError                   a key was named and is not there
    │   ├── UnknownProviderError              no such provider
    │   └── UnknownModelReferenceError        no such model reference
    ├── ConnectionFailedError              the server cannot be reached
    ├── RequestTimeoutError (also TimeoutError)
    │   ├── ConnectTimeoutError               no connection in time
    │   ├── FirstEventTimeoutError            connected, but nothing useful came in time
    │   ├── IdleTimeoutError                  a stream stopped bringing useful events
    │   └── TotalTimeoutError                 the whole call took too long
    ├── APIStatusError                     the server said no
    │   ├── InvalidRequestError               400/422: the request
    │   │   ├── ContextLengthExceededError    too many tokens
    │   │   ├── UnsupportedParameterError     a parameter this server does not take
    │   │   └── ContentFilterError            refused by a content filter
    │   ├── AuthenticationError               401: the key
    │   ├── PermissionDeniedError             403: what the key may do
    │   ├── ModelNotFoundError                the model id
    │   ├── EndpointNotFoundError             the base URL
    │   ├── RateLimitError                    429: slower
    │   ├── QuotaExceededError                money or quota
    │   └── ServerError                       5xx
    │       └── OverloadedError               503/529: later
    ├── RedirectRefusedError               a redirect to another origin was not followed
    ├── ProtocolError                      the server answered, but not in the protocol
    │   ├── MalformedResponseError            unreadable body
    │   │   └── ResponseTooLargeError         larger than ``response_limits`` allow
    │   └── StreamInterruptedError            a stream ended before its end; ``partial`` holds what came
    └── AllProvidersFailedError            every provider of a route failed; ``errors`` holds each

    OpenAICompatibleWarning                something is other than asked; said once
    └── AdaptationWarning                  a request went out in another form than asked

No message, attribute, repr or pickle of these contains a key: ``body`` is cut and redacted
before it gets here. ``str()``, ``repr()`` and the text of a warning show control characters, line breaks
and invisible characters escaped, because a server may have written them; ``body`` has them as they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from openai_compatible.terminal_text import escape_controls

if TYPE_CHECKING:
    from openai_compatible.types import Completion

__all__ = [
    "APIStatusError",
    "AdaptationWarning",
    "AllProvidersFailedError",
    "AuthenticationError",
    "ConfigError",
    "ConnectTimeoutError",
    "ConnectionFailedError",
    "ContentFilterError",
    "ContextLengthExceededError",
    "EndpointNotFoundError",
    "FirstEventTimeoutError",
    "IdleTimeoutError",
    "InvalidRequestError",
    "MalformedResponseError",
    "MissingKeyError",
    "ModelNotFoundError",
    "OpenAICompatibleError",
    "OpenAICompatibleWarning",
    "OverloadedError",
    "PermissionDeniedError",
    "ProtocolError",
    "QuotaExceededError",
    "RateLimitError",
    "RedirectRefusedError",
    "RequestTimeoutError",
    "ResponseTooLargeError",
    "ServerError",
    "StreamInterruptedError",
    "TotalTimeoutError",
    "UnknownModelReferenceError",
    "UnknownProviderError",
    "UnsupportedParameterError",
]


class OpenAICompatibleWarning(UserWarning):
    r"""Base of every warning this project gives: something is other than asked, and was said once.

    Its text is one line, with control characters escaped: it may quote a server.

    >>> str(OpenAICompatibleWarning("refused (\x1b[2J)"))
    'refused (\\x1b[2J)'
    """

    def __init__(self, *texts: object) -> None:
        super().__init__(*(escape_controls(text) if isinstance(text, str) else text for text in texts))


class AdaptationWarning(OpenAICompatibleWarning):
    """A request was sent in another form than asked, because the server refused or ignored that one."""


class OpenAICompatibleError(Exception):
    """Base of every error this project raises.

    Args:
        message: What happened, short.
        provider: Name of the provider, if one was chosen.
        model: Wire id of the model, if one was chosen.
        status_code: HTTP status, if there was an answer.
        code: The server's own error code, as text.
        param: The request parameter the server blamed.
        retry_after: Seconds the server asked to wait.
        request_id: The server's id of the request.
        body: The answer's body, redacted and cut to 2,000 characters.
        hint: What to change, one sentence.

    >>> str(OpenAICompatibleError("no answer", provider="vllm", hint="Start the server."))
    'vllm: no answer. Start the server.'
    """

    def __init__(  # noqa: PLR0913 - all but the message are optional facts
        self,
        message: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        body: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.model = model
        self.status_code = status_code
        self.code = code
        self.param = param
        self.retry_after = retry_after
        self.request_id = request_id
        self.body = body
        self.hint = hint

    def __str__(self) -> str:
        return escape_controls(self._sentence())

    def _sentence(self) -> str:
        text = self.message if self.provider is None else f"{self.provider}: {self.message}"
        if self.status_code is not None and f"{self.status_code}" not in self.message:
            text = f"{text} (HTTP {self.status_code})"
        if not self.hint:
            return text
        return f"{text}{'' if text.endswith(('.', '!', '?')) else '.'} {self.hint}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)

    def escape_texts(self) -> Self:
        """Escape control characters in every text but ``body``; returns itself.

        Line breaks and tabs of the message stay: what reads it later looks for them.
        """
        self.message = escape_controls(self.message, keep="\n\t")
        for name in ("code", "param", "request_id", "hint"):
            text = getattr(self, name)
            if isinstance(text, str):
                setattr(self, name, escape_controls(text))
        self.args = (self.message,)
        return self

    def with_context(self, *, provider: str | None = None, model: str | None = None) -> Self:
        """Fill in provider and model where they are not set yet; returns itself."""
        self.provider = self.provider or provider
        self.model = self.model or model
        return self


def _rebuild(
    cls: type[OpenAICompatibleError], args: tuple[Any, ...], state: dict[str, Any]
) -> OpenAICompatibleError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigError(OpenAICompatibleError, ValueError):
    """A setting is wrong or missing; nothing was sent."""


class MissingKeyError(ConfigError):
    """A key source was named and holds no key."""


class UnknownProviderError(ConfigError):
    """No provider or preset has that name."""


class UnknownModelReferenceError(ConfigError):
    """A model reference fits no alias, route or provider."""


class ConnectionFailedError(OpenAICompatibleError):
    """The server could not be reached, or the connection broke before an answer."""


class RequestTimeoutError(OpenAICompatibleError, TimeoutError):
    """A time limit passed; the leaf says which."""


class ConnectTimeoutError(RequestTimeoutError):
    """No connection within ``timeout.connect`` seconds."""


class FirstEventTimeoutError(RequestTimeoutError):
    """Nothing useful arrived within ``timeout.first_event`` seconds."""


class IdleTimeoutError(RequestTimeoutError):
    """A stream brought no useful event for ``timeout.idle`` seconds."""

    partial: Completion | None = None


class TotalTimeoutError(RequestTimeoutError):
    """The call took longer than ``timeout.total`` seconds."""

    partial: Completion | None = None


class APIStatusError(OpenAICompatibleError):
    """The server refused the request; also an error object inside a 200.

    ``partial`` holds what had arrived when the error came inside an answer. ``should_retry`` is what
    the server says of that in its header ``x-should-retry``; ``None`` where it says nothing.
    """

    partial: Completion | None = None
    should_retry: bool | None = None


class InvalidRequestError(APIStatusError):
    """The server does not accept the request."""


class ContextLengthExceededError(InvalidRequestError):
    """Prompt and answer do not fit into the model's context window."""


class UnsupportedParameterError(InvalidRequestError):
    """The server does not take a parameter; ``param`` names it."""


class ContentFilterError(InvalidRequestError):
    """A content filter refused the prompt or the answer."""


class AuthenticationError(APIStatusError):
    """The key is missing or wrong."""


class PermissionDeniedError(APIStatusError):
    """The key may not do this."""


class ModelNotFoundError(APIStatusError):
    """The server has no such model."""


class EndpointNotFoundError(APIStatusError):
    """The server has no such path: the base URL is wrong."""


class RateLimitError(APIStatusError):
    """Too many requests; ``retry_after`` says how long to wait, if the server did."""


class QuotaExceededError(APIStatusError):
    """Credit or quota is used up; waiting does not help."""


class ServerError(APIStatusError):
    """The server failed."""


class OverloadedError(ServerError):
    """The server is loading or overloaded; later it may work."""


class RedirectRefusedError(OpenAICompatibleError):
    """The server redirected to another origin; nothing was sent there."""


class ProtocolError(OpenAICompatibleError):
    """The server answered something that is not the protocol; ``partial`` holds what was readable."""

    partial: Completion | None = None


class MalformedResponseError(ProtocolError):
    """The body cannot be read as what was asked for."""


class ResponseTooLargeError(MalformedResponseError):
    """An answer exceeded one of ``response_limits``; ``param`` is the name of that limit.

    ``partial`` holds what a stream had brought. The request is not sent again.
    """


class StreamInterruptedError(ProtocolError):
    """A stream ended without a finish reason and without ``[DONE]``.

    ``partial`` holds what had arrived; ``clean_end`` tells an orderly end of the body from a
    broken connection.
    """

    def __init__(
        self,
        message: str,
        *,
        partial: Completion | None = None,
        clean_end: bool = True,
        **fields: Any,
    ) -> None:
        super().__init__(message, **fields)
        self.partial = partial
        self.clean_end = clean_end


class AllProvidersFailedError(OpenAICompatibleError):
    """Every provider that could serve the request failed."""

    def __init__(
        self, message: str, *, errors: Sequence[OpenAICompatibleError] = (), **fields: Any
    ) -> None:
        super().__init__(message, **fields)
        self.errors = tuple(errors)
