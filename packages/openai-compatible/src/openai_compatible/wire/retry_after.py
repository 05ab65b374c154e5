"""How long a server asks to wait: the many spellings of one number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from openai_compatible.patterns import LazyPattern
from openai_compatible.wire.error_limits import HEADER, MESSAGE, cut_text

__all__ = ["retry_after", "seconds"]

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_PART = LazyPattern(rf"({_NUMBER})(ms|s|m|h|d)")
_WORDS = LazyPattern(rf"({_NUMBER}) ?(seconds?|secs?|minutes?)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_AGAIN = LazyPattern(
    r"(?:try again|retry|wait)[\w ]{0,20}? (?:in|after|for)? ?"
    rf"((?:{_NUMBER}(?:ms|h|m|s)){{1,4}}|{_NUMBER} ?(?:seconds?|secs?|minutes?))"
)


def retry_after(
    headers: Mapping[str, str],
    message: str = "",
    info: str | None = None,
    now: float | Callable[[], float] | None = None,
) -> float | None:
    """Seconds to wait before the next try, ``>= 0``; ``None`` when the server does not say.

    In this order: ``retry-after-ms``, ``retry-after`` (seconds or HTTP date), Google's RetryInfo,
    "try again in 7.66s" in the message, ``x-ratelimit-reset-*`` of a limit that is used up.

    Args:
        headers: With lower-case names.
        message: The server's error message.
        info: RetryInfo's ``retryDelay``.
        now: Time of the epoch in seconds, for dates. Without it the answer's ``date`` header serves.

    >>> retry_after({"retry-after": "2"}), retry_after({}, "Please try again in 1m2.5s.")
    (2.0, 62.5)
    """
    message = cut_text(message, MESSAGE)
    milliseconds = _number(cut_text(headers.get("retry-after-ms", ""), HEADER))
    if milliseconds is not None:
        return milliseconds / 1000
    header = cut_text(headers.get("retry-after", "").strip(), HEADER)
    wait = _number(header)
    if wait is not None:
        return wait
    at = _date(header)
    if at is not None:
        sent = cut_text(headers.get("date", ""), HEADER)
        base = _date(sent) if now is None else now() if callable(now) else now
        return None if base is None else max(at - base, 0.0)
    if info is not None and (wait := seconds(info)) is not None:
        return wait
    said = _AGAIN.search(message)
    if said and (wait := seconds(said.group(1))) is not None:
        return wait
    return _reset(headers)


def seconds(text: str) -> float | None:
    """A duration as servers write it.

    >>> [seconds(t) for t in ("1m26.4s", "120ms", "34s", "12", "20 seconds", "soon")]
    [86.4, 0.12, 34.0, 12.0, 20.0, None]
    """
    text = cut_text(text.strip(), HEADER).lower()
    plain = _number(text)
    if plain is not None:
        return plain
    words = _WORDS.fullmatch(text)
    if words is not None:
        return float(words[1]) * _UNITS[words[2][0]]
    pieces = [part.groups() for part in _PART.finditer(text)]
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in pieces)


def _reset(headers: Mapping[str, str]) -> float | None:
    """The longest reset among the limits that have nothing left."""
    waits = [
        wait
        for kind in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{kind}") == "0"
        and (wait := seconds(headers.get(f"x-ratelimit-reset-{kind}", ""))) is not None
        and wait < 86_400
    ]
    return max(waits) if waits else None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return max(value, 0.0) if math.isfinite(value) else None


def _date(text: str) -> float | None:
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # costs 15 ms, and dates are rare

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
