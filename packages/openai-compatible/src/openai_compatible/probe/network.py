"""The stages before HTTP: name, connection, TLS."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from openai_compatible.errors import ConfigError
from openai_compatible.probe.outcomes import stage
from openai_compatible.probe.servers import other_ports, start
from openai_compatible.probe.stages import Stage
from openai_compatible.probe.subject import Subject
from openai_compatible.transport.reach import Reach, ReachError, Way, is_loopback, now, tls_context
from openai_compatible.urls import origin
from openai_compatible.wire.plain import quoted

__all__ = ["Network", "with_scheme"]


_BIND = " If it runs, it may listen on its own 127.0.0.1 alone: start it with --host 0.0.0.0."


class Network:
    """The way to one server, walked as far as TLS."""

    def __init__(self, subject: Subject, reach: Reach, way: Way) -> None:
        self._subject = subject
        self.reach = reach
        self.way = way
        self._addresses: list[Any] = []
        self._sock: Any = None

    def name(self) -> Stage:
        """Resolve the host, or the proxy's."""
        subject, way, began = self._subject, self.way, now()
        try:
            self._addresses = self.reach.resolve(way.host, way.port, subject.timeout)
        except ReachError as fault:
            took = now() - began
            return stage("name", fault.kind, took, host=way.host, limit=f"{subject.timeout:g}")
        took = now() - began
        if way.proxied:
            return stage("name", "proxy", took, address=way.shown)
        found = list(dict.fromkeys(str(address[0]) for _, address in self._addresses))
        if way.host in found:
            return stage("name", "address", took, host=way.host)
        return stage("name", "ok", took, host=way.host, address=", ".join(found[:3]))

    def connection(self) -> Stage:
        """Connect to the server, or to the proxy."""
        subject, way, began = self._subject, self.way, now()
        try:
            self._sock = self.reach.connect(self._addresses, subject.timeout)
        except ReachError as fault:
            return self._no_connection(fault, now() - began)
        return stage("connection", "ok", now() - began, address=way.shown)

    def _no_connection(self, fault: ReachError, took: float) -> Stage:
        subject, way = self._subject, self.way
        detail = quoted(fault.detail, 80) or fault.kind
        if way.proxied:
            return stage("connection", "proxy", took, address=way.shown, detail=detail)
        if fault.kind != "refused":
            limit = f"{subject.timeout:g}"
            return stage("connection", fault.kind, took, address=way.shown, limit=limit, detail=detail)
        loopback = is_loopback(way.host)
        for port in other_ports(subject.row, subject.url) if loopback else ():
            if self.reach.listens(way.host, port, subject.timeout):
                assert subject.row is not None
                return stage(
                    "connection",
                    "other_port",
                    took,
                    address=way.shown,
                    port=port,
                    service=subject.row.display_name,
                    base_url=_with_port(subject.url, port),
                )
        inside = loopback and self.reach.in_container
        return stage(
            "connection",
            "refused_in_container" if inside else "refused",
            took,
            address=way.shown,
            host=way.host,
            start=start(subject.row, subject.url),
            bind="" if loopback else _BIND,
        )

    def tls(self) -> Stage:
        """Shake hands over the connection, for an ``https`` base URL without a proxy."""
        subject, way, began = self._subject, self.way, now()
        try:
            context = tls_context(subject.provider)
        except ConfigError as error:
            return stage("tls", "files", said=quoted(error.message), hint=error.hint or "")
        sock, self._sock = self._sock, None
        try:
            version = self.reach.handshake(sock, way.host, context, subject.timeout)
        except ReachError as fault:
            return self._no_tls(fault, now() - began)
        id = "ok" if subject.provider.tls.verify else "unchecked"
        return stage("tls", id, now() - began, version=version, host=way.host)

    def _no_tls(self, fault: ReachError, took: float) -> Stage:
        subject, way = self._subject, self.way
        if fault.kind in ("not_tls", "closed", "failed", "timeout") and self.reach.speaks_http(
            way.host, way.port, subject.timeout
        ):
            base_url = with_scheme("http", subject.url)
            return stage("tls", "plain_http", took, address=way.shown, base_url=base_url)
        kind = "failed" if fault.kind in ("not_tls", "closed", "timeout") else fault.kind
        detail = quoted(fault.detail, 100) or fault.kind
        return stage("tls", kind, took, host=way.host, detail=detail, address=way.shown)

    def wants_tls(self) -> Stage | None:
        """The TLS stage of a server that was asked in clear and wants TLS; ``None``: it does not."""
        subject, way, began = self._subject, self.way, now()
        if not self.reach.speaks_tls(way.host, way.port, subject.timeout):
            return None
        base_url = with_scheme("https", subject.url)
        return stage("tls", "wanted", now() - began, address=way.shown, base_url=base_url)

    def close(self) -> None:
        """Close the connection that was opened."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None


def with_scheme(scheme: str, url: str) -> str:
    """The same server and path with another scheme; its port stays what it was.

    >>> with_scheme("http", "https://127.0.0.1:8000/v1"), with_scheme("https", "http://host/v1")
    ('http://127.0.0.1:8000/v1', 'https://host:80/v1')
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return _with_port(f"{scheme}://{url.partition('://')[2]}", port)


def _with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{origin(f'{parts.scheme}://{host}:{port}')}{parts.path}"
