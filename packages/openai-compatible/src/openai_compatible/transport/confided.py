"""What a request carries in confidence: put together, kept in the dark, taken out of errors.

Nothing here is a plain ``str`` or ``dict`` in a frame from which an error can come: error reporters save
local variables, some of them with the items of containers.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from json import JSONDecodeError
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import openai
from pydantic import SecretStr

from openai_compatible.auth import credentials
from openai_compatible.config.concealed import Secret, chain, sealed
from openai_compatible.config.placeholders import is_placeholder
from openai_compatible.config.provider import Provider, without_secrets
from openai_compatible.config.written import secret_name
from openai_compatible.errors import ConfigError, OpenAICompatibleError
from openai_compatible.transport.logs import mask_query
from openai_compatible.transport.place import Place
from openai_compatible.urls import is_private_host

__all__ = ["Confided", "confided", "refuse_clear_text", "scrub"]

_OMIT = openai.Omit()
_FIXED: dict[str, Any] = {
    "Authorization": _OMIT,
    "X-Stainless-Retry-Count": _OMIT,
    "X-Stainless-Read-Timeout": _OMIT,
}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header name: ``token`` of RFC 9110, 5.6.2."""

_SHORTEST = 6
"""Characters of a value that is worth masking: shorter ones are in any text."""


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
    for more in (auth.headers, _checked(provider.headers), _checked(headers)):
        for name, value in more.items():
            _set(made, name, Secret(value))
    pairs = {**place.base.query, **provider.parameters, **auth.query, **query}
    if pairs:
        mask_query(url, pairs)
    given = {**provider.headers, **headers, **pairs}
    own = "" if is_placeholder(text) else text
    if not provider.allow_insecure and (own or any(map(_names_secret, given))):
        refuse_clear_text(url, provider)
    secrets = {value for name, value in given.items() if name in without_secrets({name: value})[1]}
    if own:
        secrets |= {own, *(value.rpartition(" ")[2] for value in auth.headers.values())}
    else:
        secrets -= {*auth.query.values()}
    return Confided(made, {name: Secret(value) for name, value in pairs.items()}, frozenset(secrets))


def _names_secret(name: str) -> bool:
    return secret_name(name) or name.lower() == "cookie"


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Headers that can travel: HTTP libraries quote those that cannot, whole."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name!r} is no header name", hint="Example: 'X-Api-Key'.")
        if not value.isascii() or any(sign < " " or sign == "\x7f" for sign in value.strip()):
            raise ConfigError(
                f"the header {name!r} has a character in it that cannot travel",
                hint="Only ASCII can, without line breaks. Look at the end of the text it comes from.",
            )
    return headers


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


def scrub(error: OpenAICompatibleError, secrets: Iterable[str]) -> None:
    """Take out of an error what was sent in confidence and came back, in whatever spelling."""
    forms = [form for secret in secrets for form in _forms(secret)]
    for name in ("message", "body", "code", "param", "hint", "request_id"):
        text = getattr(error, name)
        if isinstance(text, str):
            setattr(error, name, _masked(text, forms))
    error.args = (error.message,)
    for cause in chain(error):
        if not isinstance(cause, OpenAICompatibleError):
            args = [_masked(arg, forms) if isinstance(arg, str) else arg for arg in cause.args]
            cause.args = tuple(args)
            if isinstance(cause, JSONDecodeError):
                cause.doc = ""  # the whole answer


def _masked(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        text = text.replace(form, "***")
    return text


def _forms(secret: str) -> Iterator[str]:
    """A value as it is, as URLs, HTML and JSON have it, and in base64; the longest first."""
    if len(secret) < _SHORTEST:
        return
    raw = secret.encode("utf-8", "surrogatepass")
    found = {
        secret,
        quote(raw),
        quote(raw, safe=""),
        quote_plus(raw),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        base64.b64encode(raw).decode(),
    }
    yield from sorted(found, key=len, reverse=True)
