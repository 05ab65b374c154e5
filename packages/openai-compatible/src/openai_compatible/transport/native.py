"""Asking a server about one model: its list, then the path of its own where it has one."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.transport.job import Job
from openai_compatible.transport.place import Place
from openai_compatible.types import ModelInfo
from openai_compatible.urls import BaseURL, origin
from openai_compatible.wire.dialect.steps import Spoken
from openai_compatible.wire.models import read_models
from openai_compatible.wire.native import Reader, filled, read_info, read_props, read_shown

__all__ = ["asking"]

Asked = Job[Any]
Answered = Any | OpenAICompatibleError


def asking(place: Place, model: str) -> Generator[Asked, Answered, ModelInfo | None]:
    """Plan the requests about one model; ``None`` in the end if the server says nothing of it.

    Yields a job and gets its answer, or the error that came instead: a path that is not there is no
    failure.
    """
    model = model or place.target.model
    listed = yield Job([place], "/models", None, lambda body, _kind, _facts: read_models(body))
    entries: Sequence[ModelInfo] = () if isinstance(listed, OpenAICompatibleError) else listed
    found = _of(entries, model)
    path = _PATHS.get(_family(place, found))
    if path is None:
        return found
    told = yield _native(place, model, *path)
    if isinstance(told, OpenAICompatibleError):
        return found
    more = _of(told, model) if isinstance(told, list) else told
    if more is None or found is None:
        return more or found
    return filled(found, more)


def _of(entries: Sequence[ModelInfo], model: str) -> ModelInfo | None:
    """The entry of a model, or the only one: single-model servers take any name."""
    by_id = {entry.id: entry for entry in entries}
    if model in by_id:
        return by_id[model]
    return entries[0] if len(entries) == 1 else by_id.get(f"{model}:latest")


def _family(place: Place, found: ModelInfo | None) -> str:
    """The server's family: its profile, else what its list says."""
    owner = (found.owned_by or "").lower() if found is not None else ""
    return {"llamacpp": "llama_cpp", "library": "ollama"}.get(owner, place.profile.name)


def _models(body: bytes, model: str) -> list[ModelInfo]:
    return read_models(body)


_PATHS: Mapping[str, tuple[str, Reader | Any, bool]] = {
    "ollama": ("/api/show", read_shown, True),
    "llama_cpp": ("/props", read_props, False),
    "lmstudio": ("/api/v0/models", _models, False),
    "tgi": ("/info", read_info, False),
    "litellm": ("/model/info", _models, False),
}
"""Path below the origin, what reads it, and whether the model's name is posted there."""


def _native(place: Place, model: str, path: str, read: Any, post: bool) -> Asked:
    root = replace(place, base=BaseURL(origin(place.base.url), place.base.query, False), only=True)
    body = partial(_named, model) if post else None
    return Job([root], path, body, lambda data, _kind, _facts: read(data, model))


def _named(model: str, place: Place, learned: Mapping[str, Any]) -> Spoken:
    return Spoken({"model": model}, {})
