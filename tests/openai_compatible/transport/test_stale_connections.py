"""A kept connection that the server closed costs nobody a call: it is replaced once, uncounted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from openai_compatible import AsyncClient, Client, ConnectionFailedError

from .conftest import HELLO

ANSWER = b'{"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
WHOLE = HEAD % len(ANSWER) + ANSWER


class Keeper:
    """A server that announces keep-alive. ``act(connection, request)`` numbers both from 1.

    It returns what to send, or ``None`` for closing the connection without an answer.
    """

    def __init__(self, act: Callable[[int, int], bytes | None], *, reset: bool = False) -> None:
        self.act = act
        self.reset = reset
        self.requests: list[tuple[int, int]] = []
        self.bodies: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock: socket.socket, connection: int) -> None:
        with sock, sock.makefile("rb") as file, contextlib.suppress(OSError):
            for request in range(1, 1000):
                size, line = 0, b"start"
                while line.strip():
                    line = file.readline()
                    if not line:
                        return
                    if line.lower().startswith(b"content-length:"):
                        size = int(line.split(b":")[1])
                self.bodies.append(file.read(size))
                self.requests.append((connection, request))
                answer = self.act(connection, request)
                if answer is None or not answer.endswith(ANSWER):
                    if answer:
                        sock.sendall(answer)
                    if self.reset:
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                sock.sendall(answer)

    def close(self) -> None:
        self._listener.close()


@contextlib.contextmanager
def keeper(act: Callable[[int, int], bytes | None], **options: Any) -> Iterator[Keeper]:
    server = Keeper(act, **options)
    try:
        yield server
    finally:
        server.close()


def once(connection: int, request: int) -> bytes | None:
    """Answer the first request of each connection, and close when a second comes."""
    return WHOLE if request == 1 else None


def all_at_once(count: int) -> Callable[[int, int], bytes | None]:
    """As :func:`once`, but answer the first connections when all of them have asked."""
    gate = threading.Barrier(count, timeout=20)

    def act(connection: int, request: int) -> bytes | None:
        if request == 1 and connection <= count:
            gate.wait()
        return once(connection, request)

    return act


@pytest.mark.parametrize("reset", [False, True])
def test_a_reused_connection_that_dies_is_replaced_without_a_retry(
    way: Any, reset: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "openai_compatible")
    with keeper(once, reset=reset) as server:

        def act(ask: Any) -> None:
            for _ in range(4):
                answer = ask("chat", HELLO)
                assert answer.text == "hi"
                assert answer.record.attempts == 1

        way.use(act, base_url=server.base_url, max_retries=0)
    assert server.requests[:5] == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)]
    assert len(set(server.bodies)) == 1, "the same bytes are sent again"
    texts = [record.getMessage() for record in caplog.records if record.name == "openai_compatible"]
    assert len([text for text in texts if "closed a reused connection" in text]) == 3


def test_a_new_connection_that_dies_is_an_error(way: Any) -> None:
    with keeper(lambda connection, request: None) as server:
        with pytest.raises(ConnectionFailedError):
            way.chat(base_url=server.base_url, max_retries=0)
    assert server.requests == [(1, 1)]


def test_the_replacement_is_not_replaced(way: Any) -> None:
    with keeper(lambda *number: WHOLE if number == (1, 1) else None) as server:

        def act(ask: Any) -> None:
            ask("chat", HELLO)
            with pytest.raises(ConnectionFailedError):
                ask("chat", HELLO)

        way.use(act, base_url=server.base_url, max_retries=0)
    assert server.requests == [(1, 1), (1, 2), (2, 1)]


@pytest.mark.parametrize("start", [WHOLE[:1], WHOLE[:12], WHOLE[:40], WHOLE[:-5]])
def test_nothing_is_sent_again_after_one_byte_of_the_answer(way: Any, start: bytes) -> None:
    with keeper(lambda connection, request: WHOLE if request == 1 else start) as server:

        def act(ask: Any) -> None:
            ask("chat", HELLO)
            with pytest.raises(ConnectionFailedError):
                ask("chat", HELLO)

        way.use(act, base_url=server.base_url, max_retries=0)
    assert server.requests == [(1, 1), (1, 2)]


def test_the_replacement_is_new_although_other_kept_connections_are_there() -> None:
    with keeper(all_at_once(4)) as server:
        with Client(base_url=server.base_url, model="m", max_retries=0) as client:
            open_all(client, 4)
            assert client.chat(HELLO).text == "hi"
    used = [connection for connection, request in server.requests if request == 2]
    assert len(used) == 1, "one kept connection was tried, the next was new"


async def test_the_replacement_of_an_async_call_is_new(http: Any) -> None:
    with keeper(all_at_once(4)) as server:
        async with contextlib.AsyncExitStack() as stack:
            fields = {"http_client": await stack.enter_async_context(http())} if http else {}
            client = AsyncClient(base_url=server.base_url, model="m", max_retries=0, **fields)
            await asyncio.gather(*(client.chat(HELLO) for _ in range(4)))
            assert (await client.chat(HELLO)).text == "hi"
            await client.aclose()
    assert len([1 for connection, request in server.requests if request == 2]) == 1


@pytest.fixture(params=["ours", "httpx"])
def http(request: pytest.FixtureRequest) -> Any:
    return None if request.param == "ours" else openai.DefaultAsyncHttpxClient


def open_all(client: Client, count: int) -> None:
    """Leave so many kept connections in the pool."""
    threads = [threading.Thread(target=client.chat, args=(HELLO,)) for _ in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
