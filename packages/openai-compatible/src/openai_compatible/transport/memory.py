"""What servers taught of their dialects and said of their models, and what was warned about.

For the whole process: shared by threads and event loops. A key is the fingerprint of an endpoint
(``plan/fingerprint.py``). What a server said of its models is kept for each caller (``callers.py``).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from openai_compatible.errors import AdaptationWarning, OpenAICompatibleWarning
from openai_compatible.forks import ForkSafeLock
from openai_compatible.plan.fingerprint import EndpointKey
from openai_compatible.plan.rate_limit import Window
from openai_compatible.types import ModelInfo

__all__ = [
    "LimitKey",
    "base_url",
    "forget",
    "has_info",
    "has_list",
    "keep",
    "keep_list",
    "known",
    "learn",
    "learn_base_url",
    "listed",
    "said",
    "told",
    "wait",
    "warn_once",
]

LimitKey = tuple[str, str, str]
"""Provider name, base URL and model: what requests are counted for, whatever headers they have."""

T = TypeVar("T")

_NOTHING: Mapping[str, Any] = {}
_LONG_AGO = float("-inf")
_MOST_CALLERS = 1_000
"""Callers of one server whose answers are kept."""
_lock = ForkSafeLock()
_MOST = 10_000
"""Endpoints whose facts are kept. Calls may bring headers of their own, any number of them."""
_facts: dict[EndpointKey, Mapping[str, Any]] = {}
_said: set[tuple[EndpointKey, str]] = set()
_infos: dict[tuple[str, str], dict[str, tuple[float, ModelInfo | None]]] = {}
"""By server and model, then by caller."""
_lists: dict[str, dict[str, tuple[float, tuple[ModelInfo, ...]]]] = {}
"""By server, then by caller."""
_base_urls: dict[str, str] = {}
_windows: dict[tuple[LimitKey, int], Window] = {}


def base_url(server: str) -> str | None:
    """The spelling of a base URL that was answered, if it was another than the configured one."""
    return _base_urls.get(server)


def learn_base_url(server: str, worked: str) -> None:
    """Remember a spelling. One assignment: needs no lock."""
    _base_urls[server] = worked


def known(key: EndpointKey) -> Mapping[str, Any]:
    """Facts learned so far; never changed in place."""
    return _facts.get(key, _NOTHING)


def learn(key: EndpointKey, facts: Mapping[str, Any]) -> None:
    """Add facts; of two threads that learned the same at once both are right."""
    with _lock:
        _facts[key] = {**_facts.get(key, _NOTHING), **facts}
        while len(_facts) > _MOST:
            del _facts[next(iter(_facts))]


def has_info(key: EndpointKey, max_age: float) -> bool:
    """Whether a server told any caller about a model so many seconds ago at most."""
    return _has_fresh(_infos.get((key.server, key.model)), max_age)


def told(key: EndpointKey, caller: str, max_age: float) -> tuple[bool, ModelInfo | None]:
    """Whether a server told this caller about a model so many seconds ago at most, and what it said."""
    since, info = _infos.get((key.server, key.model), {}).get(caller, (_LONG_AGO, None))
    return time.monotonic() - since < max_age, info


def keep(key: EndpointKey, callers: Iterable[str], info: ModelInfo | None) -> None:
    """Keep what a server just said of a model to a caller, under each of its hashes."""
    _keep(_infos.setdefault((key.server, key.model), {}), callers, info)


def has_list(key: EndpointKey, max_age: float) -> bool:
    """Whether a server sent any caller its model list so many seconds ago at most."""
    return _has_fresh(_lists.get(key.server), max_age)


def listed(key: EndpointKey, caller: str, max_age: float) -> Sequence[ModelInfo] | None:
    """The model list of a server, if it sent it to this caller so many seconds ago at most."""
    since, found = _lists.get(key.server, {}).get(caller, (_LONG_AGO, ()))
    return found if time.monotonic() - since < max_age else None


def keep_list(key: EndpointKey, callers: Iterable[str], found: Sequence[ModelInfo]) -> None:
    """Keep the model list that a server just sent to a caller, under each of its hashes."""
    _keep(_lists.setdefault(key.server, {}), callers, tuple(found))


def _has_fresh(answers: Mapping[str, tuple[float, object]] | None, max_age: float) -> bool:
    now = time.monotonic()
    return any(now - since < max_age for since, _ in list((answers or {}).values()))


def _keep(answers: dict[str, tuple[float, T]], callers: Iterable[str], answer: T) -> None:
    """Add an answer; of very many callers, as where tokens change often, the oldest are forgotten."""
    with _lock:
        for caller in dict.fromkeys(callers):
            answers.pop(caller, None)
            answers[caller] = (time.monotonic(), answer)
        while len(answers) > _MOST_CALLERS:
            del answers[next(iter(answers))]


def said(key: EndpointKey, caller: str) -> list[ModelInfo]:
    """What a server told a caller of a model, itself and in a list, newest first, of any age."""
    answers = [_infos.get((key.server, key.model), {}).get(caller, (_LONG_AGO, None))]
    since, found = _lists.get(key.server, {}).get(caller, (_LONG_AGO, ()))
    answers.append((since, next((one for one in found if one.id == key.model), None)))
    newest = sorted(answers, key=lambda answer: answer[0], reverse=True)
    return [info for _, info in newest if info is not None]


def wait(limits: Mapping[LimitKey, int], longest: float) -> float:
    """Take the place of one request and say how long to wait for it, in seconds.

    Args:
        limits: Requests in a minute, by what they are counted for.
        longest: Wait that is worth it; no place is taken for a longer one.
    """
    now = time.monotonic()
    with _lock:
        windows = [
            _windows.setdefault((key, requests), Window(requests)) for key, requests in limits.items()
        ]
        pause = max(window.delay(now) for window in windows)
        if pause <= longest:
            for window in windows:
                window.take(now + pause)
        return pause


def warn_once(
    key: EndpointKey,
    text: str,
    *,
    about: str,
    category: type[OpenAICompatibleWarning] = AdaptationWarning,
) -> None:
    """Warn, unless this was said before."""
    with _lock:
        if (key, about) in _said:
            return
        _said.add((key, about))
    warnings.warn(text, category, stacklevel=2)


def forget() -> None:
    """Start anew, as tests do."""
    with _lock:
        _facts.clear()
        _said.clear()
        _base_urls.clear()
        _infos.clear()
        _lists.clear()
        _windows.clear()
