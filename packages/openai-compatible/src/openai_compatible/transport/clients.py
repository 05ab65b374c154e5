"""Builds the openai SDK's clients, bare of everything the SDK takes from the environment.

``OPENAI_API_KEY``, ``OPENAI_ORG_ID``, ``OPENAI_PROJECT_ID``, ``OPENAI_CUSTOM_HEADERS`` and
``OPENAI_BASE_URL`` belong to OpenAI's own service; here they would travel to whatever server is
configured (openai 2.54 and 3.52, seen 2026-11-20). Credentials are given to each request instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncGenerator, Callable
from http.cookiejar import DefaultCookiePolicy
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import openai

from openai_compatible.config.concealed import hidden, sealed
from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError
from openai_compatible.forks import ForkSafeLock, Process, current_process
from openai_compatible.transport.delivery import Delivery
from openai_compatible.transport.proxies import http_options, is_socks
from openai_compatible.transport.watched_async_network import abort_streams, watch_async_connections
from openai_compatible.transport.watched_network import is_overdue, watch_connections
from openai_compatible.urls import origin
from openai_compatible.wire.body_decoder import ACCEPTED_ENCODINGS

__all__ = [
    "AsyncClients",
    "AsyncRawStream",
    "Clients",
    "RawStream",
    "create_client",
    "http_library",
    "own_headers",
]

PLACEHOLDER = "no-key"
"""The SDK insists on a key; ours never leaves this process, see :func:`own_headers`."""

_STAINLESS = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")


def _version() -> str:
    from openai_compatible import __version__

    return __version__


def own_headers() -> dict[str, Any]:
    """Default headers of every client: our name, and none of the SDK's own or the environment's."""
    omit = openai.Omit()
    return {
        "User-Agent": f"openai-compatible/{_version()}",
        "OpenAI-Organization": omit,
        "OpenAI-Project": omit,
        **{f"X-Stainless-{name}": omit for name in _STAINLESS},
        "Accept-Encoding": ACCEPTED_ENCODINGS,
    }


class RawStream(openai.Stream[object]):
    """Takes the open answer from the SDK and leaves its body unread."""

    def __init__(self, *, response: Any, **_: Any) -> None:
        self.response = response


class AsyncRawStream(openai.AsyncStream[object]):
    """Takes the open answer from the SDK and leaves its body unread."""

    def __init__(self, *, response: Any, **_: Any) -> None:
        self.response = response


def _key(provider: Provider, url: str) -> tuple[Any, ...]:
    return (provider.name, origin(url), provider.tls, hidden(provider.proxy))


def _shared_arguments() -> dict[str, Any]:
    return {
        "api_key": PLACEHOLDER,
        "base_url": "http://base-url.invalid/v1",  # every request brings its whole URL
        "max_retries": 0,
        "default_headers": own_headers(),
    }


def _bare(client: Any, http: Any) -> Any:
    """Drop what OPENAI_CUSTOM_HEADERS added, and leave the bodies of errors unread.

    Two private attributes, stable from 2.45 to 3.52.
    """
    client._custom_headers = own_headers()
    client._client = http
    return client


class _SentOnce:
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
        with Delivery(needs_new=True):
            return _without_status_check(self._http.send(*args, **options))


class _AsyncSentOnce(_SentOnce):
    """As :class:`_SentOnce`; also a client that can be closed without waiting."""

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
        with Delivery(needs_new=True):
            return _without_status_check(await self._http.send(*args, **options))

    def abort(self) -> None:
        """Close all connections without waiting, from whatever thread."""
        if self.is_aborted:
            return
        self.is_aborted = True
        abort_streams(self._http)
        for transport in _transports(self._http):
            session: Any = getattr(transport, "client", None)
            if type(transport).__name__ == "AiohttpTransport" and hasattr(session, "detach"):
                connector = session.connector
                session.detach()
                if connector is not None:
                    _watched_aiohttp().abort_connections(connector)


def _without_status_check(response: Any) -> Any:
    response.raise_for_status = lambda: response
    return response


def _transports(http: Any) -> list[Any]:
    return [getattr(http, "_transport", None), *getattr(http, "_mounts", {}).values()]


def _watched_aiohttp() -> Any:
    return import_module("openai_compatible.transport.watched_aiohttp")  # needs aiohttp


_inherited: list[Any] = []
"""What a parent process connected. It is kept: to collect it could say something to the servers."""


class Clients:
    """The SDK clients of one :class:`~openai_compatible.client.Client`, made when first needed.

    A forked child makes its own.
    """

    unread: ClassVar[dict[str, Any]] = {"stream": True, "stream_cls": RawStream}

    def __init__(self, http_client: Any = None) -> None:
        self._given = http_client
        self._lock = ForkSafeLock()
        self._process = current_process()
        self._made: dict[tuple[Any, ...], Any] = {}

    def get(self, provider: Provider, url: str) -> Any:
        """The ``openai.OpenAI`` for that provider's TLS and proxy settings, and requests to that URL."""
        self._forget_inherited()
        key = _key(provider, url)
        client = self._made.get(key)
        if client is None:
            with self._lock:
                client = self._made.get(key)
                if client is None:
                    client = self._made[key] = self._make(provider, url)
        return client

    def _forget_inherited(self) -> None:
        """Start anew in a forked child."""
        if self._process is not current_process():
            with self._lock:
                if self._process is not current_process():
                    _inherited.append(self._made)
                    self._made = {}
                    self._process = current_process()

    def _make(self, provider: Provider, url: str) -> Any:
        http = self._given
        if http is None:
            http = _build(openai.DefaultHttpxClient, provider, url)
            # Not a __del__ of the HTTP client: the SDK's clients are in reference cycles, and when
            # those are collected the sockets may be finalised, with a ResourceWarning, before it.
            weakref.finalize(self, _close_own, http, current_process())
        try:
            client = openai.OpenAI(http_client=http, **_shared_arguments())
        except (TypeError, AttributeError) as error:  # the SDK looks at attributes before it checks
            raise _wrong_client(error) from error
        watch_connections(http)
        return _bare(client, _SentOnce(http))

    def close(self) -> None:
        """Close the connections, not those of an HTTP client that the user gave."""
        self._forget_inherited()
        with self._lock:
            made, self._made = self._made, {}
        if self._given is None:
            for client in made.values():
                client.close()


def _close_own(http: Any, process: Process) -> None:
    if process is current_process():
        http.close()
    else:
        _inherited.append(http)


class AsyncClients:
    """Like :class:`Clients`, one set per event loop: connections belong to the loop that made them.

    An async generator waits beside each client: ``asyncio.run`` closes all generators of its loop before
    it ends, and so the connections, while they can still be closed. Where no loop does that, they are
    closed when this object is dropped. Neither waits: a loop may have stopped for good.
    """

    unread: ClassVar[dict[str, Any]] = {"stream": True, "stream_cls": AsyncRawStream}

    def __init__(self, http_client: Any = None) -> None:
        self._given = http_client
        self._lock = ForkSafeLock()
        self._start()

    def _start(self) -> None:
        self._process = current_process()
        self._made: dict[tuple[Any, ...], _OfLoop] = {}
        self._finalizer = weakref.finalize(self, _abort_own, self._made, self._process)

    async def get(self, provider: Provider, url: str) -> Any:
        """The ``openai.AsyncOpenAI`` of this loop; else as :meth:`Clients.get`."""
        if self._process is not current_process():
            self._forget_inherited()
        loop = asyncio.get_running_loop()
        key = (loop, *_key(provider, url))
        found = self._made.get(key)
        if found is not None and (self._given is not None or not found.client.is_closed()):
            return found.client
        http = self._given
        if http is None and url.startswith("https"):  # the trust store is read in a thread
            http = await asyncio.to_thread(_build, _create_async_client, provider, url)
            found = self._made.get(key)
            if found is not None and not found.client.is_closed():
                return found.client  # another task was faster; nothing was opened
        elif http is None:
            http = _build(_create_async_client, provider, url)
        made = self._wrap(http, loop)
        if made.closer is not None:
            await anext(made.closer)
        with self._lock:
            for old in [k for k in self._made if k[0].is_closed()]:
                del self._made[old]
            self._made[key] = made
        return made.client

    def _forget_inherited(self) -> None:
        with self._lock:
            if self._process is not current_process():
                self._finalizer.detach()
                _inherited.append(self._made)
                self._start()

    def _wrap(self, http: Any, loop: asyncio.AbstractEventLoop) -> _OfLoop:
        try:
            client = openai.AsyncOpenAI(http_client=http, **_shared_arguments())
        except (TypeError, AttributeError) as error:  # the SDK looks at attributes before it checks
            raise _wrong_client(error) from error
        watch_async_connections(http)
        for transport in _transports(http):
            if type(transport).__name__ == "AiohttpTransport":
                _watch_aiohttp(transport, is_ours=self._given is None)
        wrapped = _AsyncSentOnce(http)
        closer = _closing(wrapped, current_process()) if self._given is None else None
        return _OfLoop(_bare(client, wrapped), wrapped, loop, closer)

    async def close(self) -> None:
        """Close this loop's connections, not those of an HTTP client that the user gave."""
        if self._process is not current_process():
            self._forget_inherited()
        loop = asyncio.get_running_loop()
        with self._lock:
            mine = [self._made.pop(key) for key in list(self._made) if key[0] is loop]
        for one in mine:
            if one.closer is not None:
                await one.client.close()
                await one.closer.aclose()


class _OfLoop(NamedTuple):
    """An SDK client, its HTTP client, their event loop, and the generator that closes them with it."""

    client: Any
    http: _AsyncSentOnce
    loop: asyncio.AbstractEventLoop
    closer: AsyncGenerator[None, None] | None


async def _closing(http: _AsyncSentOnce, process: Process) -> AsyncGenerator[None, None]:
    # No await at the end: a generator that is collected outside of a loop's care cannot wait.
    try:
        yield
    finally:
        if process is current_process():
            http.abort()


def _abort_own(made: dict[tuple[Any, ...], _OfLoop], process: Process) -> None:
    """Close the connections of an object that is dropped, in whatever thread that happens."""
    if process is not current_process():
        _inherited.append(made)
        return
    for one in list(made.values()):
        if one.closer is None:
            continue
        if one.loop.is_running() and one.loop is not asyncio._get_running_loop():
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                one.loop.call_soon_threadsafe(one.http.abort)
        else:
            one.http.abort()


def _watch_aiohttp(transport: Any, *, is_ours: bool) -> None:
    """Note what happens to aiohttp's connections; keep no cookies in sessions of ours."""
    if is_ours:  # sessions have cookies of their own, beside those of the client
        transport.client = _watched_aiohttp().build_session(transport)
        return
    if not hasattr(transport.client, "connector"):
        transport.client = transport.get_client()
    _watched_aiohttp().watch_connector(transport.client.connector)


@sealed
def _build(make: Callable[..., Any], provider: Provider, url: str) -> Any:
    """Build an HTTP client with the provider's TLS and proxy.

    Raises:
        ConfigError: The TLS files or the proxy cannot be used; the proxy is not shown.
    """
    options = http_options(provider, url)
    try:
        return _without_cookies(create_client(make, **options))
    except Exception as error:  # noqa: BLE001 - httpx or httpx2: neither is imported by name
        failed = error
    if isinstance(failed, ImportError):
        raise ConfigError(
            f"the proxy needs a package that is not installed: {failed}",
            provider=provider.name,
            hint="For a SOCKS proxy run: pip install socksio. Or use an http:// proxy, or name the "
            "server's host in NO_PROXY.",
        )
    raise ConfigError(
        f"the HTTP client cannot be made with these settings: {type(failed).__name__}",
        provider=provider.name,
        hint="Write proxy, or the variables HTTP_PROXY and HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT.",
    )


def create_client(make: Callable[..., Any], **options: Any) -> Any:
    """Create an HTTP client. ``verify=True`` is the library's trust store, or ``SSL_CERT_FILE``."""
    if isinstance(options["verify"], bool):
        options["verify"] = http_library().create_ssl_context(verify=options["verify"])
    return make(**options)


def http_library() -> Any:
    """Return the package the SDK's own client is made of: httpx, or httpx2 since openai 3."""
    roots = (one.__module__.partition(".")[0] for one in openai.DefaultHttpxClient.__mro__)
    return import_module(next(root for root in roots if root != "openai"))


def _without_cookies(http: Any) -> Any:
    """Return the same HTTP client, which keeps no cookies.

    Cookies know no ports: a server's would go to its neighbour, and one caller's to the next. A
    private attribute, stable from httpx 0.28 to httpx2 2.16.
    """
    http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return http


def _create_async_client(**options: Any) -> Any:
    """Create the SDK's aiohttp client where aiohttp is installed and can do it, else its httpx client.

    aiohttp knows no SOCKS: it would send the request, key and all, to the proxy as plain HTTP.
    """
    if not is_socks(options.get("proxy")):
        with contextlib.suppress(RuntimeError):  # the SDK's way to say that the extra is not installed
            return openai.DefaultAioHttpClient(**options)
    return openai.DefaultAsyncHttpxClient(**options)


def _wrong_client(error: Exception) -> ConfigError:
    return ConfigError(
        f"the openai SDK does not take this http_client: {str(error)[:200]}",
        hint="Pass an httpx.Client (openai 2.x) or httpx2.Client (openai 3.x) as http_client, and "
        "the Async one as the async client.",
    )
