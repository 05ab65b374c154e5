"""Failures of the openai SDK and its HTTP libraries -> our errors, once.

The causes keep their text and lose their tracebacks: the frames below hold request headers, and a
traceback that shows local variables would show the key in them.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Collection, Iterator
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import openai

from openai_compatible.config.concealed import bare, chain
from openai_compatible.errors import (
    ConnectionFailedError,
    ConnectTimeoutError,
    MalformedResponseError,
    OpenAICompatibleError,
    RedirectRefusedError,
    RequestTimeoutError,
)
from openai_compatible.transport.deadline import Deadline
from openai_compatible.urls import same_origin
from openai_compatible.wire.error_body import error_from_response
from openai_compatible.wire.error_limits import MESSAGE, REQUEST_ID, cut_text

__all__ = [
    "connection_error",
    "is_of_http",
    "iter_causes",
    "lower_headers",
    "read_error",
    "redirected",
    "status_error",
    "without_frames",
]

E = TypeVar("E", bound=BaseException)

_LIBRARIES = ("aiohttp", "h11", "h2", "httpcore", "httpcore2", "httpx", "httpx2")
_PROTOCOL_ERRORS = frozenset(
    {
        # httpx, httpcore
        *("RemoteProtocolError", "LocalProtocolError"),
        # aiohttp
        *("BadHttpMessage", "BadHttpMethod", "BadStatusLine", "InvalidHeader", "InvalidURLError"),
        *("LineTooLong", "ContentEncodingError", "ContentLengthError", "TransferEncodingError"),
        *("ClientResponseError", "ClientPayloadError"),
    }
)
_REPOSTED = (301, 302, 307, 308)


_HOLDING = ("request", "_request", "response", "_response", "request_info", "history", "headers", "body")
"""Attributes of the SDK's and the HTTP libraries' exceptions that hold URL, headers or answer."""


class _Gone:
    """Stands where a request or an answer was: some exceptions look at it to give their text."""

    real_url = "***"

    def __repr__(self) -> str:
        return "***"


_GONE = _Gone()


def without_frames(error: E) -> E:
    """The same exception with its type and text, and without what else of the request it holds.

    It, its causes and what they were raised during lose their tracebacks and the request; arguments
    that are objects (aiohttp's have the proxy and its password in them) become the text.
    """
    for one in chain(bare(error)):
        for name in _HOLDING:
            if one.__dict__.get(name) is not None:
                one.__dict__[name] = _GONE
        if not all(isinstance(arg, str | int | None) for arg in one.args):
            one.args = (str(one),)
    return error


def lower_headers(headers: Any) -> dict[str, str]:
    """Headers of an answer as a dict with lower-case names; the last of equal names wins."""
    return {str(name).lower(): str(value) for name, value in headers.items()}


def status_error(
    response: Any, body: bytes, endpoint: str, url: str, late: RequestTimeoutError | None
) -> OpenAICompatibleError:
    """The leaf for an answer with an error status.

    Args:
        response: What was answered.
        body: What of its body came.
        endpoint: Path below the base URL.
        url: What was asked.
        late: The time limit that passed before the body ended. It is the leaf then, with the status.
    """
    headers = lower_headers(response.headers)
    error = error_from_response(
        response.status_code,
        headers,
        body,
        endpoint=endpoint,
        url=url,
        now=time.time(),
    )
    if late is None:
        error.should_retry = {"true": True, "false": False}.get(
            headers.get("x-should-retry", "").strip().lower()
        )
        return error
    late.message = f"HTTP {error.status_code} came, but not all of its reason: {late.message}"
    late.status_code, late.request_id, late.body = error.status_code, error.request_id, error.body
    return late


def redirected(response: Any, url: str, carried: Collection[str]) -> str | None:
    """Where a redirect leads; ``None`` when the answer is none.

    Args:
        response: What was answered.
        url: What was asked.
        carried: Names of the query parameters that are sent with every request: they are taken out
            of the target, where a server repeats them, key and all.

    Raises:
        RedirectRefusedError: It leads to another origin, where neither key nor prompt may go.
    """
    status, location = response.status_code, response.headers.get("location")
    if not 300 <= status < 400 or not location:
        return None
    try:
        target = urljoin(url, str(location))
        parts = urlsplit(target)
    except ValueError:
        raise _no_url(status) from None
    if same_origin(url, target):
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = urlencode([pair for pair in pairs if pair[0] not in carried])
        # The host as it was asked: HTTP libraries would send credentials that stand before an "@".
        here = urlsplit(url)
        target = urlunsplit((here.scheme, here.netloc, parts.path, query, ""))
        return target if status in _REPOSTED else None
    raise RedirectRefusedError(
        f"the server redirects to another origin, {parts.scheme}://"
        f"{cut_text(parts.netloc.rpartition('@')[2], MESSAGE)}",
        status_code=status,
        request_id=cut_text(response.headers.get("x-request-id") or "", REQUEST_ID) or None,
        hint="If that is the server you mean, set it as base_url.",
    )


def _no_url(status: int | None = None) -> RedirectRefusedError:
    return RedirectRefusedError(
        "the server redirects to something that is no URL",
        status_code=status,
        hint="Set base_url to the address that the server means.",
    )


def is_of_http(error: BaseException) -> bool:
    """Whether an exception is one of the HTTP libraries', or of the system below them.

    The resolver has a ``UnicodeError`` for a host with an empty or too long part.
    """
    return (
        isinstance(error, OSError | UnicodeError)
        or type(error).__module__.partition(".")[0] in _LIBRARIES
    )


def connection_error(error: BaseException, url: str, deadline: Deadline) -> OpenAICompatibleError:
    """The leaf for a request that brought no answer."""
    cause = error.__cause__ or error
    causes = list(iter_causes(cause))
    kind = type(cause).__name__
    # httpx reads the location of a redirect that it must not follow, and fails over a strange one.
    if (kind == "InvalidURL" and cause is not error) or "in location header" in str(cause):
        return _no_url()
    if not isinstance(error, openai.APITimeoutError):
        return _unreachable(causes, url)
    if kind == "PoolTimeout":
        return ConnectionFailedError(
            "no free connection in the pool", hint="Close streams that are no longer read."
        )
    if kind != "ConnectTimeout":
        return deadline.error()
    if not any(isinstance(one, TimeoutError) for one in causes):
        # The SDK's aiohttp client calls a refused or closed connection a timeout, too.
        return _unreachable(causes, url)
    return ConnectTimeoutError(
        f"no connection to {_host(url)} in time",
        hint="Check host and port, and that a firewall lets you through; timeout.connect sets the "
        "limit.",
    )


def iter_causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, what caused it, and so on."""
    seen: BaseException | None = error
    for _ in range(20):
        if seen is None:
            return
        yield seen
        if isinstance(seen, BaseExceptionGroup):
            for member in seen.exceptions:
                yield from iter_causes(member)
        seen = seen.__cause__ or seen.__context__


def _unreachable(causes: list[BaseException], url: str) -> ConnectionFailedError:
    """What kept the request from being answered, and what to check."""
    for one in causes:
        if isinstance(one, ssl.SSLError):
            reason = getattr(one, "reason", None)  # aiohttp's own class is an SSLError without it
            text = f"TLS failed: {reason or one}"
            hint = (
                "Check the server's certificate: set tls.ca_bundle to its CA bundle, or use http:// "
                "if the server has no TLS."
            )
            break
        if isinstance(one, socket.gaierror | UnicodeError):
            text, hint = "the host name is not known", "Check the spelling of base_url."
            break
        if isinstance(one, ConnectionRefusedError):
            text = "connection refused"
            hint = "Check that the server runs and listens on that host and port."
            break
        if isinstance(one, ConnectionResetError | BrokenPipeError) or "disconnected" in str(one).lower():
            text = "it closed the connection without an answer"
            hint = "Check the server's log, and whether it expects https."
            break
        if type(one).__name__ in _PROTOCOL_ERRORS:
            what = str(one) or type(one).__name__
            return ConnectionFailedError(
                f"{_host(url)} answered, but not in proper HTTP: {what[:300]}",
                hint="Check that base_url names the HTTP port of the server (http or https), and the "
                "proxies in between.",
            )
    else:
        text = cut_text(str(causes[0]), MESSAGE) or type(causes[0]).__name__
        hint = "Check that the server runs and listens on that host and port."
    return ConnectionFailedError(f"cannot reach {_host(url)}: {text}", hint=hint)


def read_error(error: Exception, url: str) -> OpenAICompatibleError:
    """The leaf for a body that could not be read to its end."""
    if type(error).__name__ == "DecodingError":
        return MalformedResponseError(
            f"the body of the answer from {_host(url)} is not in its content-encoding: "
            f"{cut_text(str(error), MESSAGE)}",
            hint="A proxy in between may alter compressed bodies.",
        )
    return ConnectionFailedError(
        f"the connection to {_host(url)} broke while the answer was read: "
        f"{cut_text(str(error), MESSAGE) or type(error).__name__}",
        hint="Check the server's log and the proxies in between.",
    )


def _host(url: str) -> str:
    """Host and port of a URL, the port always named."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or "?"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
