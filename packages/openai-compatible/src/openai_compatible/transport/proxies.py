"""Which proxy a request goes through, and the TLS settings and options of the HTTP client for it.

The proxy is found here, not in the HTTP library: httpx makes a client for each proxy that the
environment names, and fails over a SOCKS proxy without its package even for hosts in ``NO_PROXY``.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError

__all__ = ["find_proxy", "http_options", "is_loopback", "is_socks", "tls_verification"]


def http_options(provider: Provider, url: str) -> dict[str, Any]:
    """Return keyword arguments of an httpx client for that URL: TLS, proxy, no redirects.

    ``verify`` may be a bool: the client's library then says which authorities are trusted.

    Raises:
        ConfigError: A file of the TLS settings cannot be read.
    """
    proxy = find_proxy(provider, url)
    options: dict[str, Any] = {"follow_redirects": False, "trust_env": False}
    if urlsplit(url).scheme != "https" and provider.proxy is None:
        # No trust store is loaded (about 20 ms) where TLS cannot happen. Should it happen through a
        # proxy of the environment, an empty store trusts nobody.
        options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        options["verify"] = tls_verification(provider)
    if proxy is not None:
        options["proxy"] = proxy
    return options


def find_proxy(provider: Provider, url: str) -> str | None:
    """Return the proxy for a URL: the provider's, else the environment's; ``None`` for none.

    ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` count in both spellings, and the
    system's settings on Windows and macOS. A proxy cannot reach this machine's own loopback, so plain
    HTTP to it goes there directly.
    """
    if provider.proxy is not None:
        return provider.proxy
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and is_loopback(host):
        return None
    known = getproxies()
    found = known.get(parts.scheme) or known.get("all")
    if not found or _is_exempt(parts.scheme, host, parts.port, known.get("no", "")):
        return None
    return found if "://" in found else f"http://{found}"


def _is_exempt(scheme: str, host: str, port: int | None, no_proxy: str) -> bool:
    """Whether ``NO_PROXY`` names a host: by name, domain, address, network, with a port or scheme."""
    port = port or (443 if scheme == "https" else 80)
    entries = (entry.strip().lower() for entry in no_proxy.split(","))
    return any(_fits(entry, scheme, host, port) for entry in entries if entry) or bool(
        proxy_bypass(host)
    )


def _fits(entry: str, scheme: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    wanted, separator, rest = entry.partition("://")
    if separator:
        if wanted not in ("all", scheme):
            return False
        entry = rest
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass  # a name, or an address with a port
    name, colon, number = entry.rpartition(":")
    if colon and number.isdigit():
        if int(number) != port:
            return False
        entry = name.strip("[]")
    domain = entry.removeprefix("*").removeprefix(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def is_socks(proxy: str | None) -> bool:
    """Return whether a proxy speaks SOCKS, which aiohttp does not."""
    return proxy is not None and proxy.strip().lower().startswith("socks")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("192.168.1.5")
    (True, False)
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tls_verification(provider: Provider) -> Any:
    """Return ``verify`` of httpx: a bool, or a context for a CA bundle or a client certificate."""
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
