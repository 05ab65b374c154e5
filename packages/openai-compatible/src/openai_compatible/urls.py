"""Base URLs: text in, text out.

======================================================  ==========================================
written                                                 used
======================================================  ==========================================
``http://127.0.0.1:8000``                               ``http://127.0.0.1:8000/v1`` (guessed)
``http://127.0.0.1:8000/``                              ``http://127.0.0.1:8000/v1`` (guessed)
``localhost:11434``                                     ``http://localhost:11434/v1`` (guessed)
``http://host/v1/``                                     ``http://host/v1``
``http://host/v1/chat/completions``                     ``http://host/v1``
``http://host/chat/completions``                        ``http://host/v1`` (guessed)
``https://api.example.com/openai``                      ``https://api.example.com/openai``
``https://r.openai.azure.com/openai/deployments/d``     as written
``  + ?api-version=2024-10-21``                         query ``{"api-version": "2024-10-21"}``
``https://host/v1#frag``                                ``https://host/v1``
``api.example.com/v1``                                  error that proposes ``https://``
``https://user:key@host/v1``                            error that proposes ``auth``
======================================================  ==========================================
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

from openai_compatible.errors import ConfigError

__all__ = ["BaseURL", "base_url", "candidates", "is_private_host", "join", "origin", "same_origin"]

_ENDPOINTS = (
    "/chat/completions",
    "/completions",
    "/embeddings",
    "/models",
    "/responses",
    "/rerank",
)
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
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
    if re.search(r"\s|[\x00-\x1f\x7f]", text):
        raise ConfigError("the base URL contains white space", hint="Remove it from base_url.")
    parts = _split(text if "://" in text else _with_scheme(text))
    path = _path(parts.path)
    guessed = path == ""
    host = parts.netloc.lower()
    url = f"{parts.scheme.lower()}://{host}{'/v1' if guessed else path}"
    return BaseURL(url, dict(parse_qsl(parts.query, keep_blank_values=True)), guessed)


def _split(text: str) -> SplitResult:
    """The parts of a URL with a scheme, checked."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ConfigError(
            f"the base URL cannot be read: {error}", hint="Write it as http://HOST:PORT/v1."
        ) from None
    if parts.scheme.lower() not in _PORTS:
        raise ConfigError(
            f"the base URL has the scheme {parts.scheme!r}", hint="Use http:// or https://."
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            "the base URL contains credentials before '@'",
            hint="Set them apart: auth = {style = 'basic', username = ...} and api_key_env.",
        )
    if not parts.hostname:
        raise ConfigError("the base URL names no host", hint="Write it as http://HOST:PORT/v1.")
    if port == 0:
        raise ConfigError("the base URL has port 0", hint="Set the port that the server listens on.")
    return parts


def _with_scheme(text: str) -> str:
    """``http`` for this machine and private networks; other hosts must say which."""
    host = urlsplit(f"//{text}").hostname or ""
    if host and is_private_host(host):
        return f"http://{text}"
    raise ConfigError(
        f"the base URL {_shown(text)!r} has no scheme",
        hint=f"Write https://{_shown(text)} (or http:// if the server has no TLS).",
    )


def _shown(text: str) -> str:
    """A URL as text for messages: no query, no credentials."""
    return text.split("?", maxsplit=1)[0].rpartition("@")[2]


def _path(path: str) -> str:
    """A path without trailing slash and without a pasted endpoint."""
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    for endpoint in _ENDPOINTS:
        if path.endswith(endpoint):
            return path.removesuffix(endpoint).rstrip("/")
    return path


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
    root = origin(url)
    path = url.removeprefix(root)
    if guessed_v1:
        return (root, f"{root}/api/v1", f"{root}/openai/v1")
    if path.endswith("/v1"):
        return (f"{root}{path.removesuffix('/v1')}",)
    return (f"{url}/v1",)


def origin(url: str) -> str:
    """Scheme, host and port in one normal form: the default port is left out.

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
    """Whether both URLs lead to the same scheme, host and port."""
    try:
        return origin(one) == origin(other)
    except ValueError:  # a port that is no number
        return False


@lru_cache(maxsize=256)
def is_private_host(host: str) -> bool:
    """Whether a host is this machine or in a private network: by its address, suffix, or lack of dots.

    >>> is_private_host("192.168.1.5"), is_private_host("vllm"), is_private_host("api.openai.com")
    (True, True, False)
    """
    host = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(_PRIVATE_SUFFIXES))
    return address.is_private or address.is_loopback or address.is_link_local
