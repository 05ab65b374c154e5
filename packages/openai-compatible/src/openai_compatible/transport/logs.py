"""Keeps keys that travel in a URL's query out of the log lines of the HTTP libraries and the openai SDK.

httpx and httpx2 log each request's whole URL at level INFO, the SDK at DEBUG. At DEBUG the headers of
answers are logged too (httpcore, the SDK): a redirect's ``location`` repeats the query. Headers of
requests nobody logs, but the SDK (2.x) logs exceptions, whose frames hold them.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

from openai_compatible.urls import origin

__all__ = ["mask_query"]

_CORES = tuple(
    f"{library}.{part}"
    for library in ("httpcore", "httpcore2")
    for part in ("http11", "http2", "connection", "proxy", "socks")
)
_LOGGERS = ("httpx", "httpx2", "openai._base_client", *_CORES)
_CALLING = ("openai_compatible.transport.sync", "openai_compatible.transport.aio")
_masked: dict[str, set[str]] = {}
"""Origin -> names of the query parameters whose values are not shown."""


class _QueryFilter(logging.Filter):
    """Rewrites URLs among a record's arguments; keeps every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_shown(arg) for arg in record.args)
        if record.name.startswith("httpcore") and isinstance(record.msg, str) and "?" in record.msg:
            record.msg = _text(record.msg, anywhere=True)
        if record.exc_info and record.exc_info[0] is not None and _is_ours():
            # As text: the exception holds the request, and its frames hold the headers.
            record.exc_text = _text(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


def _is_ours() -> bool:
    """Whether what is logged now happens in a call of this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") not in _CALLING:
        frame = frame.f_back
    return frame is not None


_filter = _QueryFilter()
for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(_filter)


def mask_query(url: str, names: Iterable[str]) -> None:
    """From now on, do not show what these parameters hold in requests to that origin."""
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
