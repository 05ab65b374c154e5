"""What the first answers tell of HTTP: is this an API, and is it at this address? Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from openai_compatible.errors import (
    APIStatusError,
    ConnectionFailedError,
    EndpointNotFoundError,
    MalformedResponseError,
    OpenAICompatibleError,
    OverloadedError,
    RedirectRefusedError,
    RequestTimeoutError,
)
from openai_compatible.probe.outcomes import outcome, stage
from openai_compatible.probe.stages import Stage
from openai_compatible.probe.subject import Subject
from openai_compatible.transport.reach import Head, Way, fault_of
from openai_compatible.urls import candidates, origin
from openai_compatible.wire.plain import quoted

__all__ = ["PENDING", "http_fault", "http_fine", "is_airplay", "may_want_tls"]

PENDING = frozenset({"no_route", "web_page", "not_api"})
"""Outcomes of a list of models that a chat at the same address may disprove."""

_HTTPS_WANTED = re.compile(r"https (server|port)|ssl|tls", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]*)", re.IGNORECASE)
_TLS_KINDS = ("untrusted", "expired", "not_yet_valid", "wrong_host", "client_certificate")


def is_airplay(head: Head) -> bool:
    """Whether macOS itself answers: its AirPlay receiver takes the ports 5000 and 7000."""
    return head.headers.get("server", "").startswith("AirTunes")


def http_fine(subject: Subject, seconds: float) -> Stage:
    """The stage of an API that answers, at the address as written or at another spelling."""
    working = subject.working
    bare = subject.place.base.guessed_v1 and working == origin(subject.url)
    if working == subject.url or bare:  # nothing shorter can be written than a bare address
        return stage("http", "ok", seconds, base_url=working)
    return stage("http", "spelling", seconds, base_url=subject.url, working=working)


def http_fault(
    error: OpenAICompatibleError | None, subject: Subject, way: Way, head: Head, seconds: float = 0.0
) -> Stage | None:
    """The stage of an answer that is none of an API; ``None`` where an API answers, if with an error."""
    if error is None:
        return None
    if is_airplay(head):
        return stage("http", "airplay", seconds, address=way.shown)
    if isinstance(error, ConnectionFailedError):
        return _not_connected(error, subject, way, seconds)
    if isinstance(error, MalformedResponseError):
        return _no_api(error, subject, seconds)
    if isinstance(error, APIStatusError) and not isinstance(error, EndpointNotFoundError):
        return _behind(error, way, seconds)
    said, hint = quoted(error.message), quoted(error.hint or "")
    if isinstance(error, RequestTimeoutError):
        id = "no_answer"
    elif isinstance(error, EndpointNotFoundError):
        id = "no_route"
    elif isinstance(error, RedirectRefusedError):
        id, hint = "redirect", _redirect_hint(error, subject)
    else:
        id, hint = "failed", hint or "Correct it in the provider's settings."
    tried = " or ".join((subject.url, *candidates(subject.place.base)))
    limit = f"{subject.timeout:g}"
    return stage("http", id, seconds, said=said, hint=hint, tried=tried, address=way.shown, limit=limit)


def _not_connected(error: ConnectionFailedError, subject: Subject, way: Way, seconds: float) -> Stage:
    fault, said = fault_of(error), quoted(error.message)
    kind = "" if fault is None else fault.kind
    if kind == "closed":
        return stage("http", "closed", seconds, address=way.shown)
    if kind == "proxy":
        assert fault is not None
        return stage("http", "proxy", seconds, address=way.shown, said=quoted(fault.detail))
    if kind == "not_http":
        assert fault is not None
        return stage("http", "not_api", seconds, base_url=subject.url, said=quoted(fault.detail))
    hint = outcome("tls", kind).change if kind in _TLS_KINDS else quoted(error.hint or "")
    return stage("http", "failed", seconds, said=said, hint=hint)


def _redirect_hint(error: RedirectRefusedError, subject: Subject) -> str:
    secure, parts = f"https://{subject.host}", urlsplit(subject.url)
    if parts.scheme == "http" and f"{secure} " in f"{error.message} ":
        return f"Write base_url = '{secure}{parts.path}'."
    return quoted(error.hint or "")


def _no_api(error: MalformedResponseError, subject: Subject, seconds: float) -> Stage:
    body = (error.body or "").lstrip()
    if not body.startswith("<"):
        return stage("http", "not_api", seconds, base_url=subject.url, said=quoted(error.message))
    found = _TITLE.search(body)
    title = f" ('{quoted(found[1], 60)}')" if found and found[1].strip() else ""
    return stage("http", "web_page", seconds, base_url=subject.url, title=title)


def _behind(error: APIStatusError, way: Way, seconds: float) -> Stage | None:
    """A status that a proxy sends in place of its server, or a server that is not ready."""
    said, page = quoted(error.message), (error.body or "").lstrip().startswith("<")
    if error.status_code == 407:
        return stage("http", "proxy", seconds, address=way.shown, said=said)
    if error.status_code in (502, 504) or (page and error.status_code == 503):
        return stage("http", "gateway", seconds, status=error.status_code)
    if error.status_code == 403 and (page or "firewall" in (error.hint or "")):
        return stage("http", "firewall", seconds, status=403, said=said)
    if not isinstance(error, OverloadedError):
        return None
    loads = "load" in said.lower().replace("overload", "")
    return stage("http", "loading" if loads else "overloaded", seconds, said=said)


def may_want_tls(error: OpenAICompatibleError | None, fault: Stage | None) -> bool:
    """Whether an answer in clear looks like one of a server that would have TLS."""
    if fault is not None:
        return fault.outcome in ("closed", "not_api", "failed", "no_answer")
    bad = isinstance(error, APIStatusError) and error.status_code in (400, 426, 497)
    return bad and _HTTPS_WANTED.search(f"{error} {error.body if error else ''}") is not None
