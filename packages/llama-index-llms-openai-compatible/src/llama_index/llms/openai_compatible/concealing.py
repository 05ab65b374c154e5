"""Calls whose secrets reach no event, span, callback or frame of LlamaIndex.

LlamaIndex's decorators report the arguments of a call before the call sees them. So the outermost
function of each public method hides headers, query parameters and keys; the request is made of the real
ones.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from openai_compatible.secret_mapping import conceal

__all__ = ["conceal_arguments_of"]

_CHAT = ("chat", "stream_chat", "complete", "stream_complete")
_TOOLS = ("chat_with_tools", "stream_chat_with_tools", "predict_and_call")
_CALLS = (*_CHAT, *_TOOLS)
"""Methods whose keyword arguments are those of a request."""
_STRUCTURED = ("structured_predict", "stream_structured_predict")
"""Methods whose keyword arguments are values of a prompt, beside ``llm_kwargs``, the third argument."""

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def conceal_arguments_of(cls: type[Any]) -> None:
    """Wrap the methods of a class that make requests, so that they hide secrets first."""
    for names, hide in ((_CALLS, _conceal_call), (_STRUCTURED, _conceal_structured)):
        for name in (*names, *(f"a{name}" for name in names)):
            if hasattr(cls, name):  # not every model takes tools
                setattr(cls, name, _concealing(getattr(cls, name), hide))


def _conceal_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    return args, conceal(kwargs)


def _conceal_structured(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    if len(args) > 3 and isinstance(args[3], Mapping):  # after the object, its class and the prompt
        args = (*args[:3], conceal(args[3]), *args[4:])
    if isinstance(kwargs.get("llm_kwargs"), Mapping):
        kwargs = {**kwargs, "llm_kwargs": conceal(kwargs["llm_kwargs"])}
    return args, kwargs


def _concealing(
    method: Callable[..., Any], hide: Callable[[tuple[Any, ...], dict[str, Any]], Arguments]
) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = hide(args, kwargs)
        return method(*args, **kwargs)

    @functools.wraps(method)
    async def acall(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = hide(args, kwargs)
        return await method(*args, **kwargs)

    return acall if inspect.iscoroutinefunction(method) else call
