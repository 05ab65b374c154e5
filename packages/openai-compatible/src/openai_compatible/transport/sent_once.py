"""HTTP clients as the openai SDK gets them: no error for a status, one new connection for a dead one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from openai_compatible.transport.call_log import log_replaced_connection
from openai_compatible.transport.delivery import Delivery
from openai_compatible.transport.watched_async_network import abort_streams
from openai_compatible.transport.watched_network import is_overdue

__all__ = ["AsyncSentOnce", "SentOnce", "transports", "watched_aiohttp"]


class SentOnce:
    """An HTTP client whose answers raise no error for their status, and that replaces dead connections.

    The SDK would read the body of an error to its end, however long that is and takes. It looks at
    the type of its HTTP client, so that this has the type of the one behind it.
    """

    def __init__(self, http: Any) -> None:
        self._http = http

    @property
    def __class__(self) -> Any:
        return type(self._http)

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise TypeError("the type of the HTTP client is not changed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._http, name)

    def send(self, *args: Any, **options: Any) -> Any:
        """Send a request; once more if the server had closed the connection that was taken for it."""
        try:
            with Delivery() as delivery:
                return _without_status_check(self._http.send(*args, **options))
        except Exception as error:
            if is_overdue() or not delivery.may_be_repeated(error):
                raise
            log_replaced_connection(error)
        with Delivery(needs_new=True):
            return _without_status_check(self._http.send(*args, **options))


class AsyncSentOnce(SentOnce):
    """As :class:`SentOnce`; also a client that can be closed without waiting."""

    is_aborted = False

    @property
    def is_closed(self) -> bool:
        """Whether it can send nothing more."""
        return self.is_aborted or bool(self._http.is_closed)

    async def send(self, *args: Any, **options: Any) -> Any:
        """Send a request; once more if the server had closed the connection that was taken for it."""
        try:
            with Delivery() as delivery:
                return _without_status_check(await self._http.send(*args, **options))
        except Exception as error:
            if not delivery.may_be_repeated(error):
                raise
            log_replaced_connection(error)
        with Delivery(needs_new=True):
            return _without_status_check(await self._http.send(*args, **options))

    def abort(self) -> None:
        """Close all connections without waiting, from whatever thread."""
        if self.is_aborted:
            return
        self.is_aborted = True
        abort_streams(self._http)
        for transport in transports(self._http):
            session: Any = getattr(transport, "client", None)
            if type(transport).__name__ == "AiohttpTransport" and hasattr(session, "detach"):
                connector = session.connector
                session.detach()
                if connector is not None:
                    watched_aiohttp().abort_connections(connector)


def _without_status_check(response: Any) -> Any:
    response.raise_for_status = lambda: response
    return response


def transports(http: Any) -> list[Any]:
    """Return the transports of an HTTP client, those for single hosts and proxies too."""
    return [getattr(http, "_transport", None), *getattr(http, "_mounts", {}).values()]


def watched_aiohttp() -> Any:
    """Return the module of that name, which needs aiohttp."""
    return import_module("openai_compatible.transport.watched_aiohttp")
