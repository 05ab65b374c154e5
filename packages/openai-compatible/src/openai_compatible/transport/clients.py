"""Builds the openai SDK's clients, bare of everything the SDK takes from the environment.

``OPENAI_API_KEY``, ``OPENAI_ORG_ID``, ``OPENAI_PROJECT_ID``, ``OPENAI_CUSTOM_HEADERS`` and
``OPENAI_BASE_URL`` belong to OpenAI's own service; here they would travel to whatever server is
configured (openai 2.54 and 3.52, seen 2026-11-20). Credentials are given to each request instead.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import ssl
import threading
import weakref
from collections.abc import AsyncGenerator, Callable
from http.cookiejar import DefaultCookiePolicy
from importlib import import_module
from typing import Any, ClassVar
from urllib.parse import urlsplit

import openai

from openai_compatible.config.concealed import hidden, sealed
from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError
from openai_compatible.transport.async_network import abort_on_close, close_cut_handshakes
from openai_compatible.transport.watched_network import watch_connections
from openai_compatible.urls import origin
from openai_compatible.wire.body_decoder import ACCEPTED_ENCODINGS

__all__ = ["AsyncClients", "AsyncRawStream", "Clients", "RawStream", "own_headers"]

PLACEHOLDER = "no-key"
"""The SDK insists on a key; ours never leaves this process, see :func:`own_headers`."""

LONGEST_HEADER = 100 * 1024
"""Bytes of one response header that aiohttp reads; httpx reads as many. aiohttp's own limit is 8,190."""

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


def _http_options(provider: Provider, url: str) -> dict[str, Any]:
    """Keyword arguments of an httpx client for that URL: TLS, proxy, no redirects."""
    options: dict[str, Any] = {"follow_redirects": False}
    parts = urlsplit(url)
    if parts.scheme != "https" and provider.proxy is None:
        # No trust store is loaded (about 20 ms) where TLS cannot happen. Should it happen through a
        # proxy of the environment, an empty store trusts nobody.
        options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if _is_loopback(parts.hostname or ""):
            options["trust_env"] = False  # a proxy cannot reach this machine's own loopback
    else:
        options["verify"] = _tls(provider)
    if provider.proxy is not None:
        options["proxy"] = provider.proxy
    return options


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _tls(provider: Provider) -> Any:
    """What httpx takes as ``verify``: a bool, or a context for a CA bundle or a client certificate."""
    tls = provider.tls
    if tls.ca_bundle is None and tls.client_cert is None:
        return tls.verify
    try:
        context = ssl.create_default_context(cafile=_path(tls.ca_bundle))
        if not tls.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if tls.client_cert is not None:
            context.load_cert_chain(_path(tls.client_cert) or "", _path(tls.client_key), _refuse_to_ask)
    except ConfigError as error:
        raise error.with_context(provider=provider.name) from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in a path
        raise ConfigError(
            f"cannot read the TLS files: {type(error).__name__}: {error}",
            provider=provider.name,
            hint="Check the paths in tls: ca_bundle, client_cert, client_key (PEM files).",
        ) from error
    return context


def _refuse_to_ask() -> str:
    """Refuse where OpenSSL would ask for a passphrase: it opens the terminal and waits."""
    raise ConfigError(
        "the private key of the client certificate is encrypted, and no passphrase can be given",
        param="tls.client_key",
        hint="Name a key without a passphrase that only you can read as tls.client_key, made with: "
        "openssl pkey -in KEY.pem -out PLAIN.pem && chmod 600 PLAIN.pem.",
    )


def _path(written: str | None) -> str | None:
    return None if written is None else os.path.expanduser(written)


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


class _StatusUnchecked:
    """An HTTP client whose answers raise no error for their status.

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
        """Send a request."""
        return _without_status_check(self._http.send(*args, **options))


class _AsyncStatusUnchecked(_StatusUnchecked):
    """As :class:`_StatusUnchecked`."""

    async def send(self, *args: Any, **options: Any) -> Any:
        """Send a request."""
        return _without_status_check(await self._http.send(*args, **options))


def _without_status_check(response: Any) -> Any:
    response.raise_for_status = lambda: response
    return response


class Clients:
    """The SDK clients of one :class:`~openai_compatible.client.Client`, made when first needed."""

    unread: ClassVar[dict[str, Any]] = {"stream": True, "stream_cls": RawStream}

    def __init__(self, http_client: Any = None) -> None:
        self._given = http_client
        self._made: dict[tuple[Any, ...], Any] = {}
        self._lock = threading.Lock()

    def get(self, provider: Provider, url: str) -> Any:
        """The ``openai.OpenAI`` for that provider's TLS and proxy settings, and requests to that URL."""
        key = _key(provider, url)
        client = self._made.get(key)
        if client is None:
            with self._lock:
                client = self._made.get(key)
                if client is None:
                    client = self._made[key] = self._make(provider, url)
        return client

    def _make(self, provider: Provider, url: str) -> Any:
        http = self._given
        if http is None:
            http = _built(openai.DefaultHttpxClient, provider, url)
            # Not a __del__ of the HTTP client: the SDK's clients are in reference cycles, and when
            # those are collected the sockets may be finalised, with a ResourceWarning, before it.
            weakref.finalize(self, http.close)
        try:
            client = openai.OpenAI(http_client=http, **_shared_arguments())
        except (TypeError, AttributeError) as error:  # the SDK looks at attributes before it checks
            raise _wrong_client(error) from error
        watch_connections(http)
        return _bare(client, _StatusUnchecked(http))

    def close(self) -> None:
        """Close the connections, not those of an HTTP client that the user gave."""
        with self._lock:
            made, self._made = self._made, {}
        if self._given is None:
            for client in made.values():
                client.close()


class AsyncClients:
    """Like :class:`Clients`, one set per event loop: connections belong to the loop that made them.

    Each client is closed by an async generator that waits beside it: ``asyncio.run`` closes all
    generators of its loop before it ends, and so the connections, while they can still be closed.
    """

    unread: ClassVar[dict[str, Any]] = {"stream": True, "stream_cls": AsyncRawStream}

    def __init__(self, http_client: Any = None) -> None:
        self._given = http_client
        self._made: dict[tuple[Any, ...], tuple[Any, AsyncGenerator[None, None] | None]] = {}
        self._lock = threading.Lock()

    async def get(self, provider: Provider, url: str) -> Any:
        """The ``openai.AsyncOpenAI`` of this loop; else as :meth:`Clients.get`."""
        loop = asyncio.get_running_loop()
        key = (loop, *_key(provider, url))
        found = self._made.get(key)
        if found is not None and (self._given is not None or not found[0].is_closed()):
            return found[0]
        closer: AsyncGenerator[None, None] | None = None
        if self._given is not None:
            client = self._wrap(self._given)
        else:
            client = self._wrap(_built(_async_http, provider, url))
            closer = _closing(client)
            await anext(closer)
        with self._lock:
            for old in [k for k in self._made if k[0].is_closed()]:
                del self._made[old]
            self._made[key] = (client, closer)
        return client

    @staticmethod
    def _wrap(http: Any) -> Any:
        try:
            client = openai.AsyncOpenAI(http_client=http, **_shared_arguments())
        except (TypeError, AttributeError) as error:  # the SDK looks at attributes before it checks
            raise _wrong_client(error) from error
        close_cut_handshakes(http)
        return _bare(client, _AsyncStatusUnchecked(http))

    async def close(self) -> None:
        """Close this loop's connections, not those of an HTTP client that the user gave."""
        loop = asyncio.get_running_loop()
        with self._lock:
            mine = [key for key in self._made if key[0] is loop]
            closers = [self._made.pop(key)[1] for key in mine]
        for closer in closers:
            if closer is not None:
                await closer.aclose()


async def _closing(client: Any) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await client.close()


@sealed
def _built(make: Callable[..., Any], provider: Provider, url: str) -> Any:
    """An HTTP client with the provider's TLS and proxy.

    Raises:
        ConfigError: The TLS files or the proxy cannot be used; the proxy is not shown.
    """
    options = _http_options(provider, url)
    try:
        return _without_cookies(make(**options))
    except Exception as error:  # noqa: BLE001 - httpx or httpx2: neither is imported by name
        failed = error
    if isinstance(failed, ImportError):
        raise ConfigError(
            f"the proxy needs a package that is not installed: {failed}",
            provider=provider.name,
            hint="Install it, or use an http:// proxy.",
        )
    raise ConfigError(
        f"the HTTP client cannot be made with these settings: {type(failed).__name__}",
        provider=provider.name,
        hint="Write proxy, or the variables HTTP_PROXY and HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT.",
    )


def _without_cookies(http: Any) -> Any:
    """The same HTTP client, which keeps no cookies.

    Cookies know no ports: a server's would go to its neighbour, and one caller's to the next. Two
    private attributes, stable from httpx 0.28 to httpx2 2.16.
    """
    http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    for transport in (http._transport, *http._mounts.values()):
        if type(transport).__name__ == "AiohttpTransport":  # its sessions have cookies of their own
            aiohttp = import_module("aiohttp")
            first = transport.get_client()
            abort_on_close(first.connector)
            transport.client = aiohttp.ClientSession(
                connector=first.connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=LONGEST_HEADER,
                max_field_size=LONGEST_HEADER,
            )
            first.detach()
    return http


def _async_http(**options: Any) -> Any:
    """The SDK's aiohttp client where aiohttp is installed, its httpx client elsewhere."""
    try:
        return openai.DefaultAioHttpClient(**options)
    except RuntimeError:  # the SDK's way to say that the extra is not installed
        return openai.DefaultAsyncHttpxClient(**options)


def _wrong_client(error: Exception) -> ConfigError:
    return ConfigError(
        f"the openai SDK does not take this http_client: {str(error)[:200]}",
        hint="Pass an httpx.Client (openai 2.x) or httpx2.Client (openai 3.x) as http_client, and "
        "the Async one as the async client.",
    )
