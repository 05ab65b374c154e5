"""Our errors as LangChain knows them: one class that is both ours and a ``Model*Error``.

``except RateLimitError`` (ours) and ``except ModelRateLimitError`` (langchain_core) catch the
same object. The classes are made once per pair and pickle by being made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from langchain_core import exceptions as framework
from langchain_core.messages import BaseMessage

from openai_compatible import errors as ours

__all__ = ["ModelRefusedError", "translate", "translated"]

_LANGCHAIN: tuple[tuple[type[ours.OpenAICompatibleError], tuple[str, ...]], ...] = (
    # The first row that fits wins, so leaves stand above their parents.
    (ours.ContextLengthExceededError, ("ContextOverflowError", "ModelInvalidRequestError")),
    (ours.InvalidRequestError, ("ModelInvalidRequestError",)),
    (ours.AuthenticationError, ("ModelAuthenticationError",)),
    (ours.PermissionDeniedError, ("ModelPermissionDeniedError",)),
    (ours.ModelNotFoundError, ("ModelNotFoundError",)),
    (ours.EndpointNotFoundError, ("ModelInvalidRequestError",)),
    (ours.RateLimitError, ("ModelRateLimitError",)),
    (ours.QuotaExceededError, ("ModelRateLimitError",)),
    (ours.ServerError, ("ModelAPIError",)),
    (ours.RequestTimeoutError, ("ModelTimeoutError",)),
    (ours.ConnectionFailedError, ("ModelConnectionError",)),
    (ours.RedirectRefusedError, ("ModelConnectionError",)),
    (ours.ProtocolError, ("ModelAPIError",)),
)
_NEVER_RETRY = (ours.QuotaExceededError, ours.RedirectRefusedError, ours.ResponseTooLargeError)


def translate(error: ours.OpenAICompatibleError) -> ours.OpenAICompatibleError:
    """The same error as an instance of a class that is also LangChain's.

    A :class:`~openai_compatible.errors.ConfigError` has no counterpart and is returned as it
    is, and so is anything already translated.

    >>> error = translate(ours.RateLimitError("slower", status_code=429))
    >>> isinstance(error, framework.ModelRateLimitError), error.is_retryable
    (True, True)
    """
    if isinstance(error, ours.ConfigError | framework.ModelError):
        return error
    bases: Any = _counterparts(error)
    if not bases:
        return error
    cls: type[ours.OpenAICompatibleError] = _both(cast("Any", type(error)), bases)
    twin = cls.__new__(cls, *error.args)
    twin.args = error.args
    twin.__dict__.update(error.__dict__)
    if isinstance(error, _NEVER_RETRY):
        twin.__dict__["is_retryable"] = False
    return twin


@contextmanager
def translated() -> Iterator[None]:
    """Raise our errors from the block as LangChain's, with the original traceback and cause."""
    try:
        yield
    except ours.OpenAICompatibleError as error:
        twin = translate(error)
        if twin is error:
            raise
        raise twin.with_traceback(error.__traceback__) from error.__cause__


class ModelRefusedError(
    ours.ContentFilterError,
    getattr(framework, "ModelRefusalError", framework.ModelError),  # type: ignore[misc]
):
    """The model refused to give the structured output it was asked for.

    Also a ``langchain_core.exceptions.ModelRefusalError`` from langchain-core 1.7.5 on.
    ``raw_message`` is the model's message.
    """

    def __init__(self, message: str, *, raw_message: BaseMessage | None = None, **fields: Any) -> None:
        ours.OpenAICompatibleError.__init__(self, message, **fields)
        self.raw_message = raw_message


def _counterparts(error: ours.OpenAICompatibleError) -> tuple[type[Exception], ...]:
    if isinstance(error, ours.AllProvidersFailedError):
        kinds = {_counterparts(each) for each in error.errors}
        return kinds.pop() if len(kinds) == 1 else (framework.ModelAPIError,)
    for kind, names in _LANGCHAIN:
        if isinstance(error, kind):
            return _named(names)
    if isinstance(error, ours.APIStatusError):
        return _by_status(error.status_code)
    return (framework.ModelError,)


def _by_status(status: int | None) -> tuple[type[Exception], ...]:
    if status == 408:
        return _named(("ModelTimeoutError",))
    if status is None or status >= 500 or status < 400:
        return _named(("ModelAPIError",))
    return _named(("ModelInvalidRequestError",))


def _named(names: tuple[str, ...]) -> tuple[type[Exception], ...]:
    return tuple(getattr(framework, name) for name in names if hasattr(framework, name))


@cache
def _both(cls: Any, bases: tuple[Any, ...]) -> Any:
    """A class of both kinds, named and documented like ours."""

    def reduce(self: ours.OpenAICompatibleError) -> tuple[Any, ...]:
        return _again, (cls, self.args, self.__dict__)

    body = {"__doc__": cls.__doc__, "__module__": cls.__module__, "__reduce__": reduce}
    return type(cls.__name__, (cls, *bases), body)


def _again(
    cls: type[ours.OpenAICompatibleError], args: tuple[Any, ...], state: dict[str, Any]
) -> ours.OpenAICompatibleError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return translate(error)
