"""Secrets where people look that must not see them: values of frames, and the frames themselves.

Error reporters save the local variables of a traceback's frames, as ``repr`` gives them. A key is
therefore held as :class:`Secret`; frames of other people's code, and those that were given a key as a
plain argument, are taken off an error before it leaves.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from pydantic import SecretStr

from openai_compatible.errors import OpenAICompatibleError

__all__ = ["Secret", "bare", "chain", "hidden", "sealed", "secret", "without_context"]

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


def hidden(key: str | None) -> SecretStr | None:
    """A key in a form that is no text, for frames from which an error can come."""
    return None if key is None else SecretStr(str(key))


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception, its causes, what they were raised during, and the members of groups."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def bare(error: E) -> E:
    """The same exception; it and all of its :func:`chain` lose their tracebacks."""
    for one in chain(error):
        one.__traceback__ = None
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
