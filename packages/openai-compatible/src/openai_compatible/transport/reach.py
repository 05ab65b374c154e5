"""Names, connections and TLS by hand, each within a time limit: what a connection test does before HTTP.

Nothing here sends a key. Faults are told as :class:`ReachError`, whose ``kind`` is one word.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import openai

from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError
from openai_compatible.transport.clients import create_client, http_library
from openai_compatible.transport.errors import lower_headers
from openai_compatible.transport.proxies import (
    find_proxy,
    http_options,
    is_loopback,
    tls_verification,
)

__all__ = [
    "Head",
    "Reach",
    "ReachError",
    "Way",
    "fault_of",
    "is_loopback",
    "now",
    "tls_context",
    "watched",
    "way",
]

Address = tuple[int, Any]
"""Family and address, as sockets take them."""


class ReachError(Exception):
    """What kept a server from being reached.

    ``kind``: of a name ``unknown_host``, ``no_resolver``, ``slow``; of a connection ``refused``,
    ``timeout``, ``unreachable``, ``blocked``, ``failed``; of TLS ``untrusted``, ``expired``,
    ``not_yet_valid``, ``wrong_host``, ``client_certificate``, ``not_tls``, ``closed``, ``timeout``,
    ``failed``; of HTTP ``closed``, ``not_http``; of a proxy ``proxy``.
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


class Way(NamedTuple):
    """Where the TCP connection goes: to the server, or to a proxy."""

    host: str
    port: int
    proxied: bool

    @property
    def shown(self) -> str:
        """``HOST:PORT``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Head(NamedTuple):
    """Status and headers (lower-case names) of one answer."""

    status: int
    headers: dict[str, str]


def now() -> float:
    """The monotonic clock, in seconds."""
    return time.monotonic()


def way(provider: Provider, url: str) -> Way:
    """Where a request for that URL connects to, by the provider's proxy or the environment's.

    Raises:
        ConfigError: The proxy is none.
    """
    parts, proxy = urlsplit(url), find_proxy(provider, url)
    if not proxy:
        return Way(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), False)
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 1080)
    except ValueError:
        parts, port = urlsplit(""), 0
    if not parts.hostname:  # the text is not repeated: it may hold a password
        raise ConfigError("its address has no host, or a port that is no number", provider=provider.name)
    return Way(parts.hostname, port, True)


def tls_context(provider: Provider) -> ssl.SSLContext:
    """What requests to an ``https`` address of that provider check certificates with.

    Raises:
        ConfigError: A file of its TLS settings cannot be read.
    """
    context: ssl.SSLContext = http_library().create_ssl_context(verify=tls_verification(provider))
    return context


@contextlib.contextmanager
def watched(provider: Provider, url: str) -> Iterator[tuple[Any, list[Head]]]:
    """An HTTP client as requests to that URL of a provider use it, and the head of each answer it gets.

    Raises:
        ConfigError: A file of its TLS settings cannot be read, or its proxy is none.
    """
    heads: list[Head] = []

    def note(response: Any) -> None:
        heads.append(Head(response.status_code, lower_headers(response.headers)))

    options = http_options(provider, url)
    try:
        client = create_client(openai.DefaultHttpxClient, **options, event_hooks={"response": [note]})
    except Exception as error:  # noqa: BLE001 - a proxy that is none; SOCKS without its package
        told = type(error).__name__ if "@" in (provider.proxy or "") else str(error)
        raise ConfigError(
            f"the HTTP client cannot be made: {told}",
            provider=provider.name,
            hint="Check proxy; one of socks5:// needs the package socksio.",
        ) from None
    try:
        yield client, heads
    finally:
        client.close()


class Reach:
    """The network. A test gives one of its own where a real one cannot be had."""

    @property
    def in_container(self) -> bool:
        """Whether this process runs in a container, as far as Docker and Podman tell."""
        return os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv")

    def resolve(self, host: str, port: int, seconds: float) -> list[Address]:
        """The addresses of a host. The system's resolver knows no time limit, so it has a thread.

        Raises:
            ReachError: There are none, or none in time.
        """
        answer: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()
        asking = threading.Thread(target=_look_up, args=(host, port, answer.put), daemon=True)
        asking.start()
        try:
            found = answer.get(timeout=seconds)
        except queue.Empty:
            raise ReachError("slow") from None
        if isinstance(found, OSError):
            again = isinstance(found, socket.gaierror) and found.errno == socket.EAI_AGAIN
            raise ReachError("no_resolver" if again else "unknown_host", str(found))
        return found

    def connect(self, addresses: list[Address], seconds: float) -> socket.socket:
        """A connection to the first address that takes one; all together have that many seconds.

        Raises:
            ReachError: None does; told is what says most.
        """
        until = now() + seconds
        faults: list[ReachError] = []
        for family, address in addresses:
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(max(0.05, until - now()))
                sock.connect(address)
            except OSError as error:
                sock.close()
                faults.append(_connect_fault(error))
                continue
            return sock
        order = ("refused", "timeout", "blocked", "unreachable", "failed")
        raise min(faults, key=lambda fault: order.index(fault.kind), default=ReachError("failed"))

    def listens(self, host: str, port: int, seconds: float) -> bool:
        """Whether something takes connections there."""
        try:
            self.connect(self.resolve(host, port, seconds), seconds).close()
        except ReachError:
            return False
        return True

    def handshake(self, sock: socket.socket, host: str, context: ssl.SSLContext, seconds: float) -> str:
        """Shake hands over a connection, close it, and name the version of TLS that was agreed on.

        Raises:
            ReachError: That failed.
        """
        try:
            sock.settimeout(seconds)
            with context.wrap_socket(sock, server_hostname=host) as secure:
                return secure.version() or "TLS"
        except (OSError, ValueError) as error:  # ValueError: a host name no certificate can have
            raise fault_of(error) or ReachError("failed", str(error)) from None
        finally:
            sock.close()

    def speaks_tls(self, host: str, port: int, seconds: float) -> bool:
        """Whether a server shakes hands, whoever it is."""
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname = False
        anybody.verify_mode = ssl.CERT_NONE
        try:
            sock = self.connect(self.resolve(host, port, seconds), seconds)
            self.handshake(sock, host, anybody, seconds)
        except ReachError as fault:
            return fault.kind == "client_certificate"
        return True

    def speaks_http(self, host: str, port: int, seconds: float) -> bool:
        """Whether a server answers plain HTTP. Asks for nothing but its root, and says nothing."""
        try:
            sock = self.connect(self.resolve(host, port, seconds), seconds)
        except ReachError:
            return False
        try:
            with sock:
                sock.settimeout(seconds)
                name = f"[{host}]" if ":" in host else host
                sock.sendall(
                    f"GET / HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n".encode()
                )
                return sock.recv(5) == b"HTTP/"
        except (OSError, UnicodeError):
            return False


def _look_up(host: str, port: int, tell: Callable[[Any], None]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        tell([(int(family), address) for family, _, _, _, address in found])
    except OSError as error:
        tell(error)
    except UnicodeError as error:  # a label that is empty or too long
        tell(OSError(str(error)))


_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)


def _connect_fault(error: OSError) -> ReachError:
    detail = error.strerror or str(error)
    if isinstance(error, ConnectionRefusedError):
        return ReachError("refused", detail)
    if isinstance(error, TimeoutError):
        return ReachError("timeout", detail)
    if error.errno in _UNREACHABLE:
        return ReachError("unreachable", detail)
    return ReachError("blocked" if isinstance(error, PermissionError) else "failed", detail)


_VERIFY_CODES = {9: "not_yet_valid", 10: "expired", 62: "wrong_host", 64: "wrong_host"}
"""X509_V_ERR codes of OpenSSL; all others mean that nobody who is trusted vouches."""
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")


def fault_of(error: BaseException) -> ReachError | None:
    """What of TLS, of a connection or of a proxy is behind an error; ``None`` if nothing of these."""
    seen: BaseException | None = error
    for _ in range(20):
        if seen is None:
            return None
        found = _fault(seen)
        if found is not None:
            return found
        seen = seen.__cause__ or seen.__context__
    return None


def _fault(error: BaseException) -> ReachError | None:
    detail = getattr(error, "strerror", None) or str(error)
    if isinstance(error, ssl.SSLError):
        return _tls_fault(error)
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return ReachError("closed", detail)
    if isinstance(error, ConnectionRefusedError | TimeoutError):
        return _connect_fault(error)
    name = type(error).__name__
    if name == "RemoteProtocolError" and error.__cause__ is None:
        return ReachError("closed" if "disconnected" in detail.lower() else "not_http", detail)
    return ReachError("proxy", detail) if name == "ProxyError" else None


def _tls_fault(error: ssl.SSLError) -> ReachError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ReachError(_VERIFY_CODES.get(error.verify_code, "untrusted"), error.verify_message)
    reason = str(error.reason or error)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ReachError("closed", reason)
    if "CERTIFICATE_REQUIRED" in reason:
        return ReachError("client_certificate", reason)
    return ReachError("not_tls" if reason in _NOT_TLS else "failed", reason)
