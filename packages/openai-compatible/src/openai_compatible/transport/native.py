"""Asking a server about its models: its list, then the paths of its own where its family has some.

Both plans are generators: they yield a request and get its answer, or the error that came instead.
:func:`ask` and :func:`aask` carry them out.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from openai_compatible.config.provider import ResponseLimits, Timeouts
from openai_compatible.errors import APIStatusError, MalformedResponseError, OpenAICompatibleError
from openai_compatible.presets.registry import for_url
from openai_compatible.profiles.profile import Profile
from openai_compatible.transport import memory
from openai_compatible.transport.callers import Caller
from openai_compatible.transport.job import Job
from openai_compatible.transport.kinds import models_job
from openai_compatible.transport.place import Place
from openai_compatible.types import ModelInfo
from openai_compatible.urls import BaseURL
from openai_compatible.wire.dialect.steps import Spoken
from openai_compatible.wire.native import NativePath, merged, native_paths

if TYPE_CHECKING:
    from openai_compatible.transport.clients import AsyncClients, Clients

__all__ = ["aask", "ask", "asking", "listing"]

T = TypeVar("T")
Asked = Job[Any]
Answered = Any | OpenAICompatibleError
Plan = Generator[Asked, Answered, T]

_NOT_THERE = (404, 405, 501)
_CONNECT, _CALL = 5.0, 10.0
"""Seconds for a path that is asked for more than was needed."""


def ask(clients: Clients, plan: Plan[T]) -> T:
    """Carry out a plan, blocking."""
    from openai_compatible.transport import sync

    step = next(plan)
    while True:
        try:
            answer: Any = sync.answer(clients, step)[0]
        except OpenAICompatibleError as error:
            answer = error
        try:
            step = plan.send(answer)
        except StopIteration as end:
            found: T = end.value
            return found


async def aask(clients: AsyncClients, plan: Plan[T]) -> T:
    """Carry out a plan."""
    from openai_compatible.transport import aio

    step = next(plan)
    while True:
        try:
            answer: Any = (await aio.answer(clients, step))[0]
        except OpenAICompatibleError as error:
            answer = error
        try:
            step = plan.send(answer)
        except StopIteration as end:
            found: T = end.value
            return found


def listing(place: Place, *, details: bool = True) -> Plan[list[ModelInfo]]:
    """Plan the requests for all models, with what the server's own paths say of them; it is kept.

    Raises:
        OpenAICompatibleError: The list did not come, and no other path stands in for it.
    """
    job = models_job([place])
    listed = yield job
    found: list[ModelInfo] = [] if isinstance(listed, OpenAICompatibleError) else list(listed)
    for native in _paths(place, found) if details else ():
        if native.about == "one" or (native.about == "only" and len(found) > 1):
            continue
        path, told = yield from _told(place, native, "")
        if not told:
            continue  # the path failed or says nothing: what the list said stays
        if not found and native.about in ("all", "only"):
            found = [info for info in told if info.id]
        elif native.about == "only":
            found = [merged(found[0], told[0], path)]
        else:
            found = [_joined(info, _named(told, info.id), path) for info in found]
    if not found and isinstance(listed, OpenAICompatibleError):
        raise listed
    memory.keep_list(place.identity, _callers(place, job), found)
    return found


def asking(place: Place) -> Plan[ModelInfo | None]:
    """Plan the requests about a place's model; ``None`` in the end if the server says nothing of it.

    What it says is kept.

    Raises:
        OpenAICompatibleError: Nothing was said, and not because there is no list: the server cannot be
            reached, refuses the key, or answers something else.
    """
    model = place.target.model
    job = models_job([place])
    listed = yield job
    entries: Sequence[ModelInfo] = () if isinstance(listed, OpenAICompatibleError) else listed
    found = _named(entries, model) or _only(entries)
    answered = False
    for native in sorted(_paths(place, entries), key=lambda path: _ORDER.index(path.about)):
        if (native.about == "all" and answered) or (native.about == "only" and len(entries) > 1):
            continue
        name = found.id if found else model
        path, told = yield from _told(place, native, name)
        answered = answered or (native.about == "one" and bool(told))
        alone = native.about in ("one", "only") or (native.about == "all" and found is None)
        more = _named(told, name) or (_only(told) if alone else None)
        found = more if found is None else _joined(found, more, path)
    if found is None and isinstance(listed, OpenAICompatibleError) and not _has_no_list(listed):
        raise listed
    memory.keep(place.identity, _callers(place, job), found)
    return found


def _callers(place: Place, job: Asked) -> tuple[str, str]:
    """Return whom the server answered: with the key that was sent, and by where that comes from."""
    caller = Caller.of(place.target, place.key)
    return caller.with_key(job.key_sent_to(0)), caller.at_once()


def _only(entries: Sequence[ModelInfo]) -> ModelInfo | None:
    """The entry of a server that has one model: it takes any name."""
    return entries[0] if len(entries) == 1 else None


def _has_no_list(error: OpenAICompatibleError) -> bool:
    return isinstance(error, APIStatusError) and error.status_code in _NOT_THERE


_ORDER = ("one", "all", "only", "loaded")
"""Paths about one model, in this order: all are left out where the model alone was told of."""


def _joined(info: ModelInfo, more: ModelInfo | None, path: str) -> ModelInfo:
    return info if more is None else merged(info, more, path)


def _named(entries: Sequence[ModelInfo], model: str) -> ModelInfo | None:
    """The entry of a model; Ollama's tag and Gemini's prefix need not be written."""
    by_id = {entry.id: entry for entry in entries}
    spelled = (by_id.get(name) for name in (model, f"{model}:latest", f"models/{model}"))
    return next((entry for entry in spelled if entry is not None), None)


def _paths(place: Place, entries: Sequence[ModelInfo]) -> Sequence[NativePath]:
    """The paths of the server's family: its profile's, else those its list or its address hints at.

    A wrong hint costs a request to the same server that answers nothing.
    """
    found = native_paths(place.profile.name)
    if found:
        return found
    owners = {(entry.owned_by or "").lower() for entry in entries}
    for owner, profile in _OWNERS.items():
        if owner in owners:
            return native_paths(profile)
    preset = for_url(place.base.url) if place.profile.name == "generic" else None
    return native_paths(preset.profile or "") if preset is not None else ()


_OWNERS = {"llamacpp": "llama_cpp", "library": "ollama", "organization_owner": "lmstudio"}
"""Who owns models, as the servers' lists say: tests/fixtures/llama_server; ollama openai/openai.go
@fb307609; lmstudio-bug-tracker#2139 (2026-07-04)."""


def _told(
    place: Place, native: NativePath, model: str
) -> Generator[Asked, Answered, tuple[str, Sequence[ModelInfo]]]:
    """What a path says, and its spelling; nothing if it is not there or fails: it was an extra."""
    for path in (native.path, *native.otherwise):
        answer = yield _job(place, native, path, model)
        if not isinstance(answer, OpenAICompatibleError):
            return path, answer
        if not _is_missing(answer):
            break
    return native.path, ()


def _is_missing(error: OpenAICompatibleError) -> bool:
    """Whether there is no such path, or something else than was looked for; maybe as a 200 or 400."""
    if isinstance(error, APIStatusError):
        return error.status_code in (None, 400, *_NOT_THERE)
    return isinstance(error, MalformedResponseError)


def _job(place: Place, native: NativePath, path: str, model: str) -> Asked:
    target = place.target
    quick = target.provider.changed(max_retries=0, timeout=_quick(target.provider.timeout))
    root = replace(
        place,
        target=target._replace(provider=quick),
        base=BaseURL(_root(place), place.base.query, False),
        only=True,
    )
    body = partial(_posted, model) if native.about == "one" else None
    return Job([root], path, body, partial(_read, native, model))


def _quick(timeout: Timeouts) -> Timeouts:
    limits = {"connect": min(timeout.connect or _CONNECT, _CONNECT)}
    limits["call"] = min(timeout.call or _CALL, _CALL)
    return timeout.model_copy(update=limits)


_VERSION = re.compile(r"/v\d[^/]*$")


def _root(place: Place) -> str:
    """The base URL that is answered, without its version: ``http://host/x`` of ``http://host/x/v1``."""
    known = memory.base_url(place.identity.server)
    return _VERSION.sub("", known or place.base.url)


def _read(
    native: NativePath,
    model: str,
    body: bytes,
    _type: str | None,
    _profile: Profile,
    _limits: ResponseLimits,
) -> Sequence[ModelInfo]:
    """What a reader says, as a list; whatever a plugin's reader raises is an error of ours."""
    try:
        told = native.read(body, model)
        found = [told] if isinstance(told, ModelInfo) else list(told)
        if all(isinstance(one, ModelInfo) for one in found):
            return found
        raise TypeError("its reader answers something else than ModelInfo")
    except OpenAICompatibleError:
        raise
    except Exception as error:
        raise MalformedResponseError(
            f"{native.path} of {native.profile} cannot be read: {type(error).__name__}: {error}"
        ) from error


def _posted(model: str, place: Place, learned: Mapping[str, Any]) -> Spoken:
    return Spoken({"model": model}, {})
