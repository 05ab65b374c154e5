"""The network of async httpx clients, watched: who uses a connection, and whether an answer begins.

The twin of :mod:`openai_compatible.transport.watched_network` for ``httpx.AsyncClient``, whose deadlines
``asyncio.timeout`` keeps.
"""

from __future__ import annotations

import contextlib
from typing import Any
from weakref import WeakSet

from openai_compatible.transport.watched_network import WatchedStream, network_pools

__all__ = ["abort_streams", "watch_async_connections"]


def watch_async_connections(http: Any) -> None:
    """Let an async httpx or httpx2 client note what happens to the connections it opens from now on."""
    for pool in network_pools(http):
        if not isinstance(pool._network_backend, _WatchedAsyncNetwork):
            pool._network_backend = _WatchedAsyncNetwork(pool._network_backend)


def abort_streams(http: Any) -> None:
    """Close all connections of a client without waiting; the loop's next steps close the sockets."""
    for pool in network_pools(http):
        if isinstance(pool._network_backend, _WatchedAsyncNetwork):
            for stream in list(pool._network_backend.streams):
                stream.abort()


class _WatchedAsyncNetwork:
    """An async network backend of httpcore whose connections are watched."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.streams: WeakSet[_WatchedAsyncStream] = WeakSet()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **options: Any
    ) -> _WatchedAsyncStream:
        """Connect to a host."""
        stream = await self._backend.connect_tcp(host, port, timeout=timeout, **options)
        return _WatchedAsyncStream(stream, self.streams)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, **options: Any
    ) -> _WatchedAsyncStream:
        """Connect to a Unix domain socket."""
        stream = await self._backend.connect_unix_socket(path, timeout=timeout, **options)
        return _WatchedAsyncStream(stream, self.streams)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._backend.sleep(seconds)


class _WatchedAsyncStream(WatchedStream):
    """An async connection of httpcore."""

    def __init__(self, stream: Any, streams: WeakSet[_WatchedAsyncStream]) -> None:
        super().__init__(stream)
        self._streams = streams
        self.aclose = stream.aclose
        streams.add(self)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Receive bytes, none at the end."""
        data: bytes = await self._stream.read(max_bytes, timeout)
        if self._delivery is not None:
            self._note_answer(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._note_use()
        await self._stream.write(buffer, timeout)

    async def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> _WatchedAsyncStream:
        """Shake hands."""
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _WatchedAsyncStream(stream, self._streams)

    def abort(self) -> None:
        """Close the connection without waiting, where it is one of anyio on asyncio."""
        stream: Any = getattr(self._stream, "_stream", None)
        while hasattr(stream, "transport_stream"):
            stream = stream.transport_stream
        transport = getattr(stream, "_transport", None)
        if transport is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and the transport with it
                transport.abort()
