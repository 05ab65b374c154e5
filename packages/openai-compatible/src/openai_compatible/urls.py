"""Base URLs: text in, text out.

======================================================  ==========================================
written                                                 used
======================================================  ==========================================
``http://127.0.0.1:8000``                               ``http://127.0.0.1:8000/v1`` (guessed)
``http://127.0.0.1:8000/``                              ``http://127.0.0.1:8000/v1`` (guessed)
``http://127.0.0.1:8000/#/chat``                        ``http://127.0.0.1:8000/v1`` (guessed)
``localhost:11434``, ``vllm:8000``, ``nas.local/v1``    ``http://`` before it
``192.168.1.5:8000``, ``[::1]:8000``                    ``http://`` before it
``http://host/v1/``                                     ``http://host/v1``
``http://host/v1/chat/completions``                     ``http://host/v1``
``http://host/v1/models``                               ``http://host/v1``
``http://host/chat/completions``                        ``http://host/v1`` (guessed)
``https://api.example.com/openai``                      as written
``https://r.services.ai.azure.com/models``              as written: a base of its own there
``https://r.openai.azure.com/openai/deployments/d``     as written
``  + ?api-version=2024-10-21``                         query ``{"api-version": "2024-10-21"}``
``https://host/{deployment}/v1``                        as written, braces kept
``https://proxy/https://api.example.com/v1``            as written, double slash kept
``https://host/v1#frag``                                ``https://host/v1``
``HTTPS://Host:443/v1``                                 ``https://host:443/v1``
``api.example.com/v1``                                  error that proposes ``https://``
``http:/host``, ``http//host``, ``unix:/x``, ``/v1``    error
``https://user:key@host/v1``                            error that proposes ``auth``
======================================================  ==========================================

No error shows a query, or what stands before ``@``.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

from openai_compatible.errors import ConfigError

__all__ = ["BaseURL", "base_url", "candidates", "is_private_host", "join", "origin", "same_origin"]

_ENDPOINTS = ("/chat/completions", "/completions", "/embeddings", "/responses", "/rerank")
_LISTING = re.compile(r"(/v\d[^/]*(?:/openai)?)/models$")
"""``/models`` is cut after a version only: Azure AI's base URL is ``https://HOST/models``
(https://learn.microsoft.com/en-us/azure/ai-foundry/foundry-models/how-to/inference, 2026-11-21)."""
_SCHEME = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*)://")
_BARE = re.compile(r"(\[[0-9A-Fa-f:.%\w-]+\]|[^\s/?#:@\[\]\\'\"]+)(:\d*)?([/?#].*)?")
"""A host, maybe a port, maybe a path: a URL without its scheme."""
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_PATH_START = re.compile(r"[/?#]")
_QUERY_START = re.compile(r"[?#]")
_SLASHES = re.compile(r"/{2,}")
_NUMERIC = re.compile(r"0x[0-9a-f]+|\d+")
_PORTS = {"http": 80, "https": 443}


class BaseURL(NamedTuple):
    """A base URL that was read. ``guessed_v1``: the path ``/v1`` was added."""

    url: str
    """Without trailing slash, query and fragment."""
    query: dict[str, str]
    guessed_v1: bool


def base_url(text: str) -> BaseURL:
    """Read a base URL in any of the spellings that people paste.

    Raises:
        ConfigError: It is none; the hint proposes what was probably meant.

    >>> base_url("http://127.0.0.1:8000/v1/chat/completions?k=1")
    BaseURL(url='http://127.0.0.1:8000/v1', query={'k': '1'}, guessed_v1=False)
    """
    text = text.strip()
    if not text:
        raise ConfigError("the base URL is empty", hint="Set base_url, e.g. http://localhost:8000/v1.")
    if not text.isprintable() or " " in text:
        raise ConfigError(
            "the base URL contains white space or an invisible character",
            hint="Type base_url anew instead of pasting it.",
        )
    parts = _split(text if _SCHEME.match(text) else _with_scheme(text))
    path = _path(parts.path)
    host = parts.netloc.lower().removesuffix(":")
    url = f"{parts.scheme.lower()}://{host}{path or '/v1'}"
    return BaseURL(url, dict(parse_qsl(parts.query, keep_blank_values=True)), path == "")


def _split(text: str) -> SplitResult:
    """The parts of a URL with a scheme, checked."""
    try:
        parts = urlsplit(text)
    except ValueError:  # its text may quote a password
        raise ConfigError(
            "the base URL cannot be read: its host is malformed",
            hint="Write it as http://HOST:PORT/v1, an IPv6 address in brackets.",
        ) from None
    if parts.scheme.lower() not in _PORTS:
        raise ConfigError(
            f"the base URL has the scheme {parts.scheme!r}", hint="Use http:// or https://."
        )
    if "@" in parts.netloc:
        raise ConfigError(
            "the base URL contains credentials before '@'",
            hint="Set them apart: auth = {style = 'basic', username = ...} and api_key_env.",
        )
    if not parts.hostname or "\\" in parts.netloc:
        raise ConfigError("the base URL names no host", hint="Write it as http://HOST:PORT/v1.")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ConfigError(
            "the port of the base URL is no number from 1 to 65535",
            hint="Write it as http://HOST:PORT/v1.",
        )
    return parts


def _with_scheme(text: str) -> str:
    """``http`` for this machine and private networks; other hosts must say which."""
    if "@" in _PATH_START.split(text, maxsplit=1)[0]:
        return f"http://{text}"  # refused in a moment, with its own words
    shown, match = _shown(text), _BARE.fullmatch(text)
    if match is None or match[1].lower() in (*_PORTS, "unix", "file") or match[1].isdigit():
        raise ConfigError(
            f"the base URL {shown!r} cannot be read",
            hint="Write it without quotes, as http://HOST:PORT/v1.",
        )
    if is_private_host(match[1]):
        return f"http://{text}"
    raise ConfigError(
        f"the base URL {shown!r} has no scheme",
        hint=f"Write https://{shown} (or http:// if the server has no TLS).",
    )


def _shown(text: str) -> str:
    """A URL as text for messages, without query and fragment: they may hold a key."""
    return _QUERY_START.split(text, maxsplit=1)[0]


def _path(path: str) -> str:
    """A path without trailing slash and without a pasted endpoint."""
    path = path.rstrip("/")
    while True:
        cut = _LISTING.sub(r"\1", path)
        pasted = next((endpoint for endpoint in _ENDPOINTS if cut.endswith(endpoint)), "")
        cut = cut.removesuffix(pasted).rstrip("/")
        if cut == path:
            return path
        path = cut


def join(url: str, path: str) -> str:
    """The URL of an endpoint.

    >>> join("http://host/v1", "/models")
    'http://host/v1/models'
    """
    return f"{url.rstrip('/')}/{path.lstrip('/')}"


def candidates(base: BaseURL) -> tuple[str, ...]:
    """Other base URLs of the same origin that the server may have meant, likeliest first.

    >>> candidates(base_url("http://host"))
    ('http://host', 'http://host/api/v1', 'http://host/openai/v1')
    >>> candidates(base_url("http://host/v1"))
    ('http://host',)
    """
    return _candidates(base.url, base.guessed_v1)


@lru_cache(maxsize=256)  # asked for with every request
def _candidates(url: str, guessed_v1: bool) -> tuple[str, ...]:
    parts = urlsplit(url)
    root, path = f"{parts.scheme}://{parts.netloc}", parts.path
    if guessed_v1:
        return (root, f"{root}/api/v1", f"{root}/openai/v1")
    found = [_SLASHES.sub("/", path)] if "://" not in path else []
    found.append(path.removesuffix("/v1") if path.endswith("/v1") else f"{path}/v1")
    if path.endswith("/models"):
        found += [path.removesuffix("/models"), f"{path.removesuffix('/models')}/v1"]
    return tuple(dict.fromkeys(f"{root}{each.rstrip('/')}" for each in found if each != path))


@lru_cache(maxsize=256)  # asked for with every request
def origin(url: str) -> str:
    """Scheme, host and port in one normal form: the default port is left out.

    Raises:
        ValueError: The port is no number, or an IPv6 address is malformed.

    >>> origin("HTTPS://Host:443/v1")
    'https://host'
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    scheme = parts.scheme.lower()
    port = parts.port
    return f"{scheme}://{host}" + ("" if port in (None, _PORTS.get(scheme)) else f":{port}")


def same_origin(one: str, other: str) -> bool:
    """Whether both URLs lead to the same scheme, host and port.

    >>> same_origin("https://host/v1", "https://HOST:443"), same_origin("https://host", "http://host")
    (True, False)
    """
    try:
        return origin(one) == origin(other)
    except ValueError:  # a port that is no number
        return False


@lru_cache(maxsize=256)
def is_private_host(host: str) -> bool:
    """Whether a host is this machine or in a private network: by its address, suffix, or lack of dots.

    The shared range 100.64.0.0/10 counts: private overlay networks use it, the public never does.

    >>> is_private_host("192.168.1.5"), is_private_host("vllm"), is_private_host("api.openai.com")
    (True, True, False)
    """
    host = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _NUMERIC.fullmatch(host):  # 134744072 is 8.8.8.8 to a resolver
            return False
        return bool(host) and ("." not in host or host.endswith(_PRIVATE_SUFFIXES))
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return not address.is_global and not address.is_multicast
