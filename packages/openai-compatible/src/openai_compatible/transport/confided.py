"""What a request carries in confidence: put together, kept in the dark, taken out of errors.

Nothing here is a plain ``str`` or ``dict`` in a frame from which an error can come: error reporters save
local variables, some of them with the items of containers.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from json import JSONDecodeError
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import openai
from pydantic import SecretStr

from openai_compatible.auth import credentials
from openai_compatible.config.concealed import Secret, chain, sealed
from openai_compatible.config.headers import check_header_name, clean_header_value
from openai_compatible.config.placeholders import is_placeholder
from openai_compatible.config.provider import Provider, without_secrets
from openai_compatible.config.written import secret_name
from openai_compatible.errors import ConfigError, OpenAICompatibleError
from openai_compatible.transport.logs import mask_query
from openai_compatible.transport.place import Place
from openai_compatible.urls import is_private_host
from openai_compatible.wire.redactor import Redactor

__all__ = ["Confided", "confided", "environment_secrets", "refuse_clear_text", "scrub"]

_OMIT = openai.Omit()
_FIXED: dict[str, Any] = {
    "Authorization": _OMIT,
    "X-Stainless-Retry-Count": _OMIT,
    "X-Stainless-Read-Timeout": _OMIT,
}


@dataclass(frozen=True, slots=True)
class Confided:
    """Headers and query of one request, and what of them is secret. Shown nowhere."""

    headers: Mapping[str, Any] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    secrets: frozenset[str] = field(repr=False)
    """Values as they were given: servers quote them in their errors."""


@sealed
def confided(
    place: Place,
    url: str,
    key: SecretStr | None,
    headers: Mapping[str, str],
    query: Mapping[str, str],
) -> Confided:
    """What goes to a place beside the body: the key, its provider's headers and query, the call's.

    Raises:
        ConfigError: A value cannot travel in a header, or a secret would travel over a public
            network in clear text. The message shows no value.
    """
    provider = place.target.provider
    text = "" if key is None else key.get_secret_value().strip()
    auth = credentials(provider.auth, text)
    made = dict(_FIXED)
    own_headers = provider.headers
    for more in (auth.headers, _checked(own_headers), _checked(headers)):
        for name, value in more.items():
            _set(made, name, Secret(value))
    pairs = {**place.base.query, **provider.parameters, **auth.query, **query}
    if pairs:
        mask_query(url, pairs)
    given = {**own_headers, **headers, **pairs}
    own = "" if is_placeholder(text) else text
    if not provider.allow_insecure and (own or any(map(_names_secret, given))):
        refuse_clear_text(url, provider)
    secrets = {value for name, value in given.items() if name in without_secrets({name: value})[1]}
    if own:
        secrets |= {own, *auth.headers.values()}
    else:
        secrets -= {*auth.query.values()}
    found = {part for value in secrets for part in _parts(value)} | {*_of_proxy(provider.proxy)}
    return Confided(made, {name: Secret(value) for name, value in pairs.items()}, frozenset(found))


def _names_secret(name: str) -> bool:
    return secret_name(name) or name.lower() == "cookie"


def _parts(value: str) -> Iterator[str]:
    """Yield a secret value, what follows its scheme, and the halves of ``user:password`` in it."""
    yield value
    scheme, _, rest = value.strip().partition(" ")
    if not rest:
        return
    yield rest
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(rest, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return
        yield pair
        yield pair.partition(":")[2]


def _of_proxy(url: str | None) -> Iterator[str]:
    """Yield the password in a proxy's URL, as it is written and as it is sent."""
    user, at, _ = (url or "").rpartition("@")
    if at:
        password = user.rpartition("//")[2].partition(":")[2]
        yield password
        yield unquote(password)


def environment_secrets() -> set[str]:
    """Return the passwords of the proxies that the environment names: libraries use them unasked."""
    return {secret for proxy in getproxies().values() for secret in _of_proxy(proxy)}


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers without white space around values.

    Raises:
        ConfigError: One cannot travel, or is not the user's to set.
    """
    cleaned = {}
    for name, value in headers.items():
        check_header_name(name)
        cleaned[name] = clean_header_value(name, value)
    return cleaned


def _set(headers: dict[str, Any], name: str, value: str) -> None:
    """Set a header whatever the case of its name; later values win."""
    if name not in headers:
        low = name.lower()
        name = next((known for known in headers if known.lower() == low), name)
    headers[name] = value


def refuse_clear_text(url: str, provider: Provider) -> None:
    """Raise where a key would travel over a public network without TLS.

    Raises:
        ConfigError: It would; the hint names the setting that permits it.
    """
    host = _public_clear_text(url)
    if host is not None:
        raise ConfigError(
            f"a key would travel unencrypted to {host}",
            provider=provider.name,
            hint="Use https://, or set allow_insecure = true if the network between is yours.",
        )


@lru_cache(maxsize=256)
def _public_clear_text(url: str) -> str | None:
    """The host that is reached over a public network without TLS."""
    parts = urlsplit(url)
    exposed = parts.scheme == "http" and not is_private_host(parts.hostname or "")
    return parts.hostname or "" if exposed else None


def scrub(error: OpenAICompatibleError, redactor: Redactor) -> None:
    """Take out of an error, and of its causes, what was sent in confidence and came back."""
    for one in chain(error):
        if isinstance(one, OpenAICompatibleError):
            for name in ("message", "body", "code", "param", "hint", "request_id"):
                setattr(one, name, redactor.value(getattr(one, name)))
            one.args = (one.message,)
        else:
            _scrub_foreign(one, redactor)


def _scrub_foreign(error: BaseException, redactor: Redactor) -> None:
    """Take secrets out of another library's exception, and the whole answer that some hold."""
    if isinstance(error, UnicodeDecodeError):
        error.object = b""
        error.args = (error.encoding, b"", error.start, error.end, error.reason)
    error.args = redactor.value(error.args)
    vars(error).update(redactor.value(vars(error)))
    if isinstance(error, JSONDecodeError):
        error.doc = ""
