"""For all tests: nothing reaches beyond loopback."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest

RESERVED = (".invalid", ".test", ".example")
"""Names that never resolve (RFC 2606): a test may try them, and fails to resolve them."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "recordings(*kinds): one test for each recording of these kinds in tests/fixtures"
    )


class BlockedError(OSError):
    """A test tried to leave this machine."""


def _is_loopback(host: Any) -> bool:
    if host in (None, "", "localhost", b"localhost") or str(host).endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host if isinstance(host, str) else host.decode()).is_loopback
    except (ValueError, AttributeError):
        return False


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(own: socket.socket, address: Any) -> None:
        if own.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise BlockedError(f"tests may not connect to {address[0]!r}, only to loopback")

    def checked_connect(own: socket.socket, address: Any) -> None:
        check(own, address)
        connect(own, address)

    def checked_connect_ex(own: socket.socket, address: Any) -> int:
        check(own, address)
        return connect_ex(own, address)

    def checked_resolve(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name.rstrip(".").endswith(RESERVED):
            raise socket.gaierror(socket.EAI_NONAME, f"{name} never resolves")
        if not _is_loopback(host) and not name.replace(".", "").isdigit() and ":" not in name:
            raise BlockedError(f"tests may not look up {name!r}")
        return resolve(host, *rest, **more)

    socket.socket.connect = checked_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = checked_connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = checked_resolve
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = resolve
