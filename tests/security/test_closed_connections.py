"""A connection that a time limit ended is closed at once: servers cannot keep it."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import openai
import pytest
import trustme

from openai_compatible import AsyncClient, Provider, RequestTimeoutError, Timeouts
from openai_compatible.errors import ConnectTimeoutError

from .raw_server import HELLO

LIMIT = 0.3
CALLS = 3


@contextmanager
def held_open(context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[socket.socket]]]:
    """Accept connections, shake hands if there is a context, and do nothing more with them."""
    socks: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                sock = listener.accept()[0]
                if context is not None:
                    sock.settimeout(2)
                    sock = context.wrap_socket(sock, server_side=True)
                socks.append(sock)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1], socks
        socket.socket.shutdown(listener, socket.SHUT_RDWR)
        thread.join(5)
        for sock in socks:
            sock.close()


def is_closed(sock: socket.socket) -> bool:
    """Whether the client has closed a connection; what it sent before is thrown away."""
    sock.settimeout(0.5)
    try:
        while (
            socket.socket.recv(sock, 1 << 20)
            if not isinstance(sock, ssl.SSLSocket)
            else sock.recv(1 << 20)
        ):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # of aiohttp
@pytest.mark.parametrize("given", [False, True], ids=["own", "given"])
@pytest.mark.parametrize("kind", ["unread upload", "no handshake", "silent after the handshake"])
async def test_servers_do_not_keep_connections_whose_time_is_up(
    kind: str, given: bool, tmp_path: Path
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    fields: dict[str, Any] = {"tls": {"ca_bundle": str(tmp_path / "ca.pem")}}
    http = None
    if given:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        http = openai.DefaultAsyncHttpxClient(verify=trusting)
    if kind == "unread upload":
        fields = {"extra_body": {"x": "y" * 6_000_000}}
    scheme = "http" if kind == "unread upload" else "https"
    limits = Timeouts(connect=LIMIT, call=LIMIT)
    with held_open(context if kind.startswith("silent") else None) as (port, socks):
        provider = Provider(
            name="p", base_url=f"{scheme}://127.0.0.1:{port}", timeout=limits, max_retries=0, **fields
        )
        async with AsyncClient(provider, model="m", http_client=http) as client:

            async def ask() -> None:
                with pytest.raises((RequestTimeoutError, ConnectTimeoutError)):
                    await client.chat(HELLO)

            await asyncio.gather(*(ask() for _ in range(CALLS)))
            closed = await asyncio.gather(*(asyncio.to_thread(is_closed, sock) for sock in socks))
        assert closed
        assert all(closed)
    if http is not None:
        await http.aclose()
    gc.collect()  # a connection that was left to it would warn
