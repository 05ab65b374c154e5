"""aiohttp sessions that note what a :class:`~openai_compatible.transport.delivery.Delivery` holds.

It is imported only where the openai SDK sends over aiohttp. Two private attributes, ``_factory`` and
``_close`` of connectors, stable from aiohttp 3.10 to 3.14; without the first a closed connection is an
error as with bare aiohttp.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler

from openai_compatible.forks import track_socket
from openai_compatible.transport.delivery import ConnectionUse, Delivery

__all__ = ["QuietConnector", "abort_connections", "build_session", "watch_connector"]

LONGEST_HEADER = 100 * 1024
"""Bytes of one response header that aiohttp reads; httpx reads as many. aiohttp's own limit is 8,190."""


class _WatchedConnection(ResponseHandler):
    """A connection of aiohttp that notes who uses it and whether an answer begins."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._use = ConnectionUse()
        self._delivery: Delivery | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        track_socket(transport.get_extra_info("socket"))

    def set_response_params(self, **params: Any) -> None:  # aiohttp calls this before each request
        self._delivery = self._use.note_use()
        super().set_response_params(**params)

    def data_received(self, data: bytes, *more: Any) -> None:
        if self._delivery is not None:
            self._delivery.is_answered = True
            self._delivery = None
        super().data_received(data, *more)

    def is_connected(self) -> bool:
        return not self._use.is_refused() and super().is_connected()


class _AbruptConnection(_WatchedConnection):
    """A connection that is closed without waiting for its server.

    aiohttp 3.14 waits up to 30 s for the end of TLS, and without a limit until the server has taken
    what was sent. A connection is closed only when nothing more is read from it, so nothing is lost.
    """

    def close(self) -> None:
        self.abort()


class QuietConnector(aiohttp.TCPConnector):
    """A connector that closes its connections without a message when it is collected."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.handlers: WeakSet[ResponseHandler] = WeakSet()

    def __del__(self, _warnings: Any = None) -> None:
        with contextlib.suppress(Exception):
            abort_connections(self)


def build_session(transport: Any) -> aiohttp.ClientSession:
    """Build the session of one of the SDK's aiohttp transports; call it inside the event loop."""
    limits = transport.limits
    connector = QuietConnector(
        ssl=transport.ssl_context,
        keepalive_timeout=limits.keepalive_expiry,
        # 0 is "no limit" to aiohttp.
        limit=0 if limits.max_connections is None else limits.max_connections,
    )
    watch_connector(connector)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
    )


def watch_connector(connector: Any) -> None:
    """Let a connector's future connections note what happens to requests."""
    factory = getattr(connector, "_factory", None)
    if isinstance(factory, partial) and factory.func is ResponseHandler:
        connector._factory = partial(_open_handler, connector, connector._loop)


def _open_handler(connector: Any, loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    if not isinstance(connector, QuietConnector):
        return _WatchedConnection(loop)
    handler = _AbruptConnection(loop)
    connector.handlers.add(handler)
    return handler


def abort_connections(connector: Any) -> None:
    """Close a connector without waiting; its sockets are closed by the loop's next steps, if it runs."""
    if connector.closed:
        return
    if not connector._loop.is_closed():
        for handler in list(getattr(connector, "handlers", ())):
            if handler.transport is not None:
                handler.transport.abort()
    close = getattr(connector, "_close", None) or connector._close_immediately
    close()
