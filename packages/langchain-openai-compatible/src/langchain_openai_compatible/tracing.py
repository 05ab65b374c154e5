"""What tracers and caches get of a call: the names of its headers and query, not their values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel

__all__ = ["DiscreetChatModel"]

_CONFIDED = ("headers", "query")
_MASK = "***"


class DiscreetChatModel(BaseChatModel):
    """A chat model whose runs and cache keys hold no header or query value that a call was given."""

    def _get_invocation_params(self, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        return super()._get_invocation_params(stop=stop, **_masked(kwargs))

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        given = {name: kwargs[name] for name in _CONFIDED if kwargs.get(name)}
        if not given:
            return super()._get_llm_string(stop=stop, **kwargs)
        # Two callers with different keys share no cached answer, and the cache holds neither key.
        text = json.dumps(given, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{super()._get_llm_string(stop=stop, **_masked(kwargs))}---{digest}"


def _masked(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(kwargs)
    for name in _CONFIDED:
        if isinstance(made.get(name), Mapping):
            made[name] = dict.fromkeys(made[name], _MASK)
    return made
