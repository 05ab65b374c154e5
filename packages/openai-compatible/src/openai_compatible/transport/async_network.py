"""Closes what async HTTP clients leave open when a time limit ends a request.

Nobody waits for the end of such a connection: not for the rest of a TLS handshake, for a server's
farewell in TLS, or for a server that takes no bytes. It is closed at once, by force.
"""

from __future__ import annotations

import asyncio
from functools import partial
from importlib import import_module
from typing import Any

__all__ = ["abort_on_close", "close_cut_handshakes"]


def close_cut_handshakes(http: Any) -> None:
    """Let an async httpx or httpx2 client close a connection whose TLS handshake is cancelled.

    httpcore 1.0 and httpcore2 2.16 close it after an error alone. A client with a transport of another
    kind is left as it is.
    """
    for transport in (getattr(http, "_transport", None), *getattr(http, "_mounts", {}).values()):
        pool: Any = getattr(transport, "_pool", None)
        backend = getattr(pool, "_network_backend", None)
        if hasattr(backend, "connect_tcp") and not isinstance(backend, _ClosingNetwork):
            pool._network_backend = _ClosingNetwork(backend)


class _ClosingNetwork:
    """An async network backend of httpcore whose connections do not outlive a cut handshake."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.sleep = backend.sleep

    async def connect_tcp(self, *args: Any, **options: Any) -> _ClosingStream:
        """Connect to a host."""
        return _ClosingStream(await self._backend.connect_tcp(*args, **options))

    async def connect_unix_socket(self, *args: Any, **options: Any) -> _ClosingStream:
        """Connect to a Unix domain socket."""
        return _ClosingStream(await self._backend.connect_unix_socket(*args, **options))


class _ClosingStream:
    """An async connection of httpcore that is closed when its TLS handshake is cancelled."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.read = stream.read
        self.write = stream.write
        self.aclose = stream.aclose
        self.get_extra_info = stream.get_extra_info

    async def start_tls(self, *args: Any, **options: Any) -> _ClosingStream:
        """Shake hands."""
        try:
            return _ClosingStream(await self._stream.start_tls(*args, **options))
        except asyncio.CancelledError:
            await self._stream.aclose()
            raise


def abort_on_close(connector: Any) -> None:
    """Let an aiohttp connector close connections without waiting for their servers.

    aiohttp 3.14 waits up to 30 s for the end of TLS, and without a limit until the server has taken
    what was sent. A connection is closed only when nothing more is read from it, so that nothing is
    lost. One private attribute, stable from aiohttp 3.8 to 3.14.
    """
    handler = import_module("aiohttp.client_proto").ResponseHandler
    aborting = type("AbortingHandler", (handler,), {"close": lambda self: self.abort()})
    connector._factory = partial(aborting, loop=asyncio.get_running_loop())
