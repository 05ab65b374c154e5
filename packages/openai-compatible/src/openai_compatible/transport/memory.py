"""What servers taught of their dialects and said of their models, and what was warned about.

For the whole process: shared by threads and event loops. A key is a provider's name, its base URL and
the model.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from openai_compatible.errors import AdaptationWarning, OpenAICompatibleWarning
from openai_compatible.forks import ForkSafeLock
from openai_compatible.plan.rate_limit import Window
from openai_compatible.types import ModelInfo

__all__ = [
    "Key",
    "base_url",
    "forget",
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

Key = tuple[str, str, str]

_NOTHING: Mapping[str, Any] = {}
_LONG_AGO = float("-inf")
_lock = ForkSafeLock()
_facts: dict[Key, Mapping[str, Any]] = {}
_said: set[tuple[Key, str]] = set()
_infos: dict[Key, tuple[float, ModelInfo | None]] = {}
_lists: dict[tuple[str, str], tuple[float, tuple[ModelInfo, ...]]] = {}
_base_urls: dict[tuple[str, str], str] = {}
_windows: dict[tuple[Key, int], Window] = {}


def base_url(provider: str, configured: str) -> str | None:
    """The spelling of a base URL that was answered, if it was another than the configured one."""
    return _base_urls.get((provider, configured))


def learn_base_url(provider: str, configured: str, worked: str) -> None:
    """Remember a spelling. One assignment: needs no lock."""
    _base_urls[provider, configured] = worked


def known(key: Key) -> Mapping[str, Any]:
    """Facts learned so far; never changed in place."""
    return _facts.get(key, _NOTHING)


def learn(key: Key, facts: Mapping[str, Any]) -> None:
    """Add facts; of two threads that learned the same at once both are right."""
    with _lock:
        _facts[key] = {**_facts.get(key, _NOTHING), **facts}


def told(key: Key, max_age: float) -> tuple[bool, ModelInfo | None]:
    """Whether a server was asked about a model so many seconds ago at most, and what it said."""
    since, info = _infos.get(key, (_LONG_AGO, None))
    return time.monotonic() - since < max_age, info


def keep(key: Key, info: ModelInfo | None) -> ModelInfo | None:
    """Keep what a server just said of a model; returns it."""
    _infos[key] = (time.monotonic(), info)
    return info


def listed(provider: str, url: str, max_age: float) -> Sequence[ModelInfo] | None:
    """The model list of a server, if it was asked for it so many seconds ago at most."""
    since, found = _lists.get((provider, url), (_LONG_AGO, ()))
    return found if time.monotonic() - since < max_age else None


def keep_list(provider: str, url: str, found: Sequence[ModelInfo]) -> None:
    """Keep the model list that a server just sent."""
    _lists[provider, url] = (time.monotonic(), tuple(found))


def said(key: Key) -> list[ModelInfo]:
    """What a server said of a model, itself and in a list, newest first; however long ago."""
    answers = [_infos.get(key, (_LONG_AGO, None))]
    since, found = _lists.get(key[:2], (_LONG_AGO, ()))
    answers.append((since, next((one for one in found if one.id == key[2]), None)))
    newest = sorted(answers, key=lambda answer: answer[0], reverse=True)
    return [info for _, info in newest if info is not None]


def wait(limits: Mapping[Key, int], longest: float) -> float:
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
    key: Key,
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
