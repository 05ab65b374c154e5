"""Secrets where people look that must not see them: values of frames, and the frames themselves.

Error reporters save the local variables of a traceback's frames, as ``repr`` gives them. A key is
therefore held as :class:`Secret`; frames of other people's code, and those that were given a key as a
plain argument, are taken off an error before it leaves.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from openai_compatible.errors import OpenAICompatibleError

__all__ = ["Secret", "bare", "sealed", "secret", "without_context"]

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=BaseException)


class Secret(str):
    """Text that its own repr does not show. What str methods make of it is plain text again."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def secret(key: str | None) -> Secret | None:
    """A key in the form that repr does not show."""
    return None if key is None else Secret(key)


def bare(error: E) -> E:
    """The same exception; it, its causes and what they were raised during lose their tracebacks."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = None
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
    return error


def without_context(error: E) -> E:
    """The same exception; what it was raised during is forgotten where it hides that anyway."""
    if error.__suppress_context__ and error.__cause__ is None:
        error.__context__ = None
    return error


def sealed(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, whose errors of ours hold none of the frames below: they hold its arguments.

    For what is given keys and only reads settings, where the error's text says all there is to say.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except OpenAICompatibleError as error:
            caught = bare(error)
        del args, kwargs
        raise without_context(caught)

    return call
