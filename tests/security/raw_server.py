"""A server of raw bytes on loopback, and the ways to call it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import openai

from openai_compatible import AsyncClient, Client, Provider

HELLO = [{"role": "user", "content": "hello"}]
Handler = Callable[["Peer"], None]


class Peer:
    """One connection, whose request has been read."""

    def __init__(self, sock: socket.socket, request: bytes, stopped: threading.Event) -> None:
        self.sock = sock
        self.request = request
        self.stopped = stopped

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.sock.sendall(part)

    def trickle(self, part: bytes = b"x", every: float = 0.02, seconds: float = 4.0) -> None:
        """Send the part again and again: each one would start a read timeout anew."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.stopped.wait(every):
            self.sock.sendall(part)

    def flood(self, part: bytes, most: int) -> None:
        """Send as fast as it is taken."""
        sent = 0
        while sent < most and not self.stopped.is_set():
            self.sock.sendall(part)
            sent += len(part)


def read_request(sock: socket.socket) -> bytes:
    """One request with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.partition(b":")[2]):
                body += sock.recv(65536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def raw_server(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve with that handler; gives the origin. Every request of a connection is handed to it."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopped, threads = threading.Event(), list[threading.Thread]()
    socks: list[socket.socket] = []

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            if tls is not None:
                sock = tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                socks.append(sock)
            with sock:
                if isinstance(sock, ssl.SSLSocket):
                    sock.do_handshake()
                while request := read_request(sock):
                    handler(Peer(sock, request, stopped))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock = listener.accept()[0]
                socks.append(sock)
                threads.append(threading.Thread(target=serve, args=(sock,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        scheme = "http" if tls is None else "https"
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        for sock in (listener, *socks):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            sock.close()
        acceptor.join(5)
        for thread in threads:
            thread.join(5)


def http_libraries() -> list[str]:
    """Names of the ways to call: blocking and async, our own HTTP clients and given ones."""
    return ["sync", "sync_given", "async", "async_given"]


def run(way: str, provider: Provider, call: str = "chat") -> Any:
    """Call once in that way; a stream is read to its end and gives its events."""
    arguments = {"models": (), "embed": (["a"],)}.get(call, (HELLO,))
    if way.startswith("sync"):
        http = openai.DefaultHttpxClient() if way == "sync_given" else None
        with contextlib.closing(http) if http is not None else contextlib.nullcontext():
            with Client(provider, model="m", http_client=http) as client:
                found = getattr(client, call)(*arguments)
                return list(found) if call == "stream" else found
    return asyncio.run(_run_async(way, provider, call, arguments))


async def _run_async(way: str, provider: Provider, call: str, arguments: Any) -> Any:
    async with contextlib.AsyncExitStack() as stack:
        if provider.base_url.startswith("https"):  # aiohttp leaves the end of TLS to the loop
            stack.push_async_callback(asyncio.sleep, 0.1)
        http = None
        if way == "async_given":
            http = await stack.enter_async_context(openai.DefaultAsyncHttpxClient())
        client = await stack.enter_async_context(AsyncClient(provider, model="m", http_client=http))
        if call != "stream":
            return await getattr(client, call)(*arguments)
        return [event async for event in client.stream(*arguments)]
