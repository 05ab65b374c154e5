"""The mock server: one process, asyncio at the level of its protocol, standard library only.

Answers are bytes made before (``answers.py``), so that what is measured is the client. Prints its
port, and stops when its standard input is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import json
import re
import socket
import sys
from collections.abc import Iterator

from benchmarks import answers

_MODEL = re.compile(rb'"model"\s*:\s*"([^"]*)"')
_STREAMED = re.compile(rb'"stream"\s*:\s*true')
_USAGE = re.compile(rb'"include_usage"\s*:\s*true')
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:\s*chunked", re.IGNORECASE)
_NOT_FOUND = answers.http(b'{"error":{"message":"no such path"}}', "404 Not Found")


class Named:
    """What the name of a model asks for."""

    def __init__(self, name: str) -> None:
        words = name.split(".")
        self.kind = words[0]
        self.count = next((int(word) for word in words if word.isdigit()), 0)
        self.paced = "paced" in words
        delays = [int(word[5:]) for word in words if word.startswith("delay")]
        self.delay = delays[0] / 1000 if delays else 0.0


@functools.lru_cache(maxsize=256)
def named(name: str) -> Named:
    return Named(name)


class Server(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=1 << 28)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[: end + 2])
            if _CHUNKED.search(head):
                stop = self.buffer.find(b"\r\n0\r\n\r\n", end + 2)
                if stop < 0:
                    return
                body, size = _joined(bytes(self.buffer[end + 4 : stop + 2])), stop + 7
            else:
                length = _LENGTH.search(head)
                size = end + 4 + (int(length[1]) if length else 0)
                if len(self.buffer) < size:
                    return
                body = bytes(self.buffer[end + 4 : size])
            del self.buffer[:size]
            self.handle(head.split(b" ", 2)[1], body)

    def handle(self, path: bytes, body: bytes) -> None:
        model = _MODEL.search(body)
        name = model[1].decode() if model else ""
        wanted = named(name)
        if path.endswith(b"/embeddings"):
            request = json.loads(body)
            packed = request.get("encoding_format") == "base64"
            self.transport.write(answers.embeddings(len(request["input"]), wanted.count, packed))
        elif not path.endswith(b"/chat/completions"):
            self.transport.write(_NOT_FOUND)
        elif wanted.delay:
            loop = asyncio.get_running_loop()
            loop.call_later(wanted.delay, self.chat, name, wanted, body)
        else:
            self.chat(name, wanted, body)

    def chat(self, name: str, wanted: Named, body: bytes) -> None:
        if not _STREAMED.search(body):
            self.transport.write(answers.answer(name))
            return
        key = (name, wanted.kind, wanted.count, bool(_USAGE.search(body)))
        if wanted.paced:
            self.transport.write(answers.STREAM_HEAD)
            self.one_by_one(iter(answers.events(*key)))
        else:
            self.transport.write(answers.whole_stream(*key))

    def one_by_one(self, events: Iterator[bytes]) -> None:
        event = next(events, None)
        if event is not None and not self.transport.is_closing():
            self.transport.write(event)
            asyncio.get_running_loop().call_later(0.001, self.one_by_one, events)


def _joined(body: bytes) -> bytes:
    """A chunked body without its framing."""
    out, at = [], 0
    while at < len(body):
        line = body.index(b"\r\n", at)
        size = int(body[at:line].split(b";")[0], 16)
        out.append(body[line + 2 : line + 2 + size])
        at = line + 4 + size
    return b"".join(out)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    gc.freeze()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    with contextlib.suppress(ImportError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(serve())
