"""Keeps secrets out of the log lines of the HTTP libraries and the openai SDK.

httpx and httpx2 log each request's whole URL and the reason phrase of its answer at level INFO, the SDK
at DEBUG. At DEBUG the headers of answers are logged too (httpcore, the SDK): a redirect's ``location``
repeats the query, and a server may repeat a key in any header. Headers of requests nobody logs, but the
SDK (2.x) logs exceptions, whose frames hold them.

Two things are masked: in records that a call of this package causes, values of query parameters in URLs
of origins that were asked with some; in all records, the secrets of requests that are under way, in
whatever spelling. Filters run only for records that a logger's level lets through: with logging off this
costs nothing.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any
from weakref import WeakValueDictionary

from openai_compatible.forks import ForkSafeLock
from openai_compatible.urls import origin
from openai_compatible.wire.redactor import Redactor

__all__ = ["mask_query", "redactor_of"]

_CORES = tuple(
    f"{library}.{part}"
    for library in ("httpcore", "httpcore2")
    for part in ("http11", "http2", "connection", "proxy", "socks")
)
_AIOHTTP = ("aiohttp.client", "aiohttp.internal")
_SDK = ("openai", "openai._base_client", "openai._response", "openai._legacy_response")
_HTTP2 = ("hpack.hpack", "hpack.table")
"""Of clients that users make with ``http2=True``: they log headers of requests, too."""
_LOGGERS = ("asyncio", "httpx", "httpx2", *_SDK, *_AIOHTTP, *_CORES, *_HTTP2)
_CALLING = ("openai_compatible.transport.sync", "openai_compatible.transport.aio")
_masked: dict[str, set[str]] = {}
"""Origin -> names of the query parameters whose values are not shown."""
_redactors: WeakValueDictionary[frozenset[str], Redactor] = WeakValueDictionary()
"""Secrets of the requests under way -> what masks them; kept as long as such a request is."""
_lock = ForkSafeLock()


def redactor_of(secrets: Iterable[str]) -> Redactor:
    """Return what masks these secrets; as long as it is kept, it masks log lines too."""
    key = frozenset(secrets)
    with _lock:
        found = _redactors.get(key)
        if found is None:
            found = _redactors[key] = Redactor(key)
        return found


class _SecretsFilter(logging.Filter):
    """Masks a record's text, arguments and exception; keeps every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        is_ours = _is_ours()
        if is_ours:
            _mask_queries(record)
        for reference in _redactors.valuerefs():  # a list, so that threads may add meanwhile
            redactor = reference()
            if redactor is not None:
                _redact(record, redactor, is_ours)
        return True


def _mask_queries(record: logging.LogRecord) -> None:
    """Mask values of query parameters, short ones too, in a record that a call of ours causes."""
    if isinstance(record.args, tuple):
        record.args = tuple(_shown(arg) for arg in record.args)
    if record.name.startswith("httpcore") and isinstance(record.msg, str) and "?" in record.msg:
        record.msg = _text(record.msg, anywhere=True)
    if record.exc_info and record.exc_info[0] is not None:
        # As text: the exception holds the request, and its frames hold the headers.
        record.exc_text = _text(logging.Formatter().formatException(record.exc_info))
        record.exc_info = None


def _redact(record: logging.LogRecord, redactor: Redactor, is_ours: bool) -> None:
    """Mask secrets in a record; parts of them only in one that a call of this package causes."""
    try:
        text = record.getMessage()
        seen = f"{text}\n{record.args!r}\n{record.exc_text or ''}"
    except Exception:  # noqa: BLE001 - a wrong format: its handler reports it
        return
    if not (is_ours or redactor.is_in(seen)):
        return
    masked = redactor.text(text)
    if masked != text or redactor.text(seen) != seen:
        record.msg, record.args = masked, ()
    if record.exc_text:
        record.exc_text = redactor.text(record.exc_text)


def _is_ours() -> bool:
    """Whether what is logged now happens in a call of this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") not in _CALLING:
        frame = frame.f_back
    return frame is not None


_filter = _SecretsFilter()
for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(_filter)


def mask_query(url: str, names: Iterable[str]) -> None:
    """From now on, do not show what these parameters hold in our requests to that origin."""
    known = _masked.setdefault(origin(url), set())
    if not known.issuperset(names):
        known.update(names)


def _shown(arg: Any) -> Any:
    """A log argument, masked if it is text or a URL that needs it."""
    headers = type(arg).__name__ == "Headers"
    if type(arg).__name__ != "URL" and not isinstance(arg, str) and not headers:
        return arg
    text = str(arg)
    masked = _text(text, anywhere=headers)
    return arg if masked == text else masked


def _text(text: str, *, anywhere: bool = False) -> str:
    """A text, masked in URLs of the origins that need it, or anywhere: ``location`` may name no host."""
    for host, names in list(_masked.items()):
        if anywhere or host in text:
            for name in names:
                text = re.sub(rf"([?&]{re.escape(name)}=)[^&#\s'\"]*", r"\1***", text)
    return text
