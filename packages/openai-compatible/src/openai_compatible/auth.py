"""Auth style and key -> headers and query. Pure; where keys come from is ``config/keys.py``."""

from __future__ import annotations

import base64
from typing import NamedTuple

from openai_compatible.config.headers import check_header_name
from openai_compatible.config.provider import Auth
from openai_compatible.errors import ConfigError

__all__ = ["Credentials", "credentials"]


class Credentials(NamedTuple):
    """What a request carries so that the server knows its sender. Shown nowhere."""

    headers: dict[str, str]
    query: dict[str, str]

    def __repr__(self) -> str:
        return f"Credentials(headers={sorted(self.headers)}, query={sorted(self.query)})"


def credentials(auth: Auth, key: str | None) -> Credentials:
    """Put a key where the server looks for it. No key: nothing is sent, no header at all.

    White space around the key is dropped, and a ``Bearer`` that was copied with it. ``basic``
    without a ``username`` takes a key of the form ``user:password``.

    Raises:
        ConfigError: The key holds characters that cannot travel in a header, or ``auth`` names no
            possible header. The message does not show the key.

    Wire:
        ``bearer``, ``k`` -> ``Authorization: Bearer k``;  ``header`` named ``api-key`` ->
        ``api-key: k``;  ``query`` named ``key`` -> ``?key=k``;  ``basic`` for ``u`` ->
        ``Authorization: Basic dTpr``

    >>> sorted(credentials(Auth(style="bearer"), "k").headers)
    ['Authorization']
    """
    key = (key or "").strip()
    if not key or auth.style == "none":
        return Credentials({}, {})
    if any(ord(sign) < 0x20 or ord(sign) == 0x7F for sign in key):
        raise ConfigError(
            "the key contains a line break or another control character",
            hint="Look at the end of the file or variable it comes from.",
        )
    if auth.style != "basic" and not key.isascii():
        raise ConfigError(
            "the key contains a character that is not ASCII",
            hint="Copy it again: a quote or dash may have been replaced by a typographic one.",
        )
    if auth.style == "query":
        return Credentials({}, {auth.name or "key": key})
    if auth.style == "basic":
        return Credentials({"Authorization": f"Basic {_basic(auth.username, key)}"}, {})
    if auth.style == "header":
        name = auth.name or "api-key"
        try:
            check_header_name(name)
        except ConfigError as error:
            raise ConfigError(f"auth.name: {error.message}", hint=error.hint) from None
        return Credentials({name: f"{auth.prefix}{key}"}, {})
    prefix = auth.prefix or "Bearer "
    return Credentials({"Authorization": prefix + _without(prefix, key)}, {})


def _without(prefix: str, key: str) -> str:
    """The key alone, where its prefix was copied with it."""
    if prefix.strip() and key.lower().startswith(prefix.lower()):
        return key[len(prefix) :].lstrip() or key
    return key


def _basic(username: str, key: str) -> str:
    if ":" in username:
        raise ConfigError("auth.username contains a ':'", hint="Basic authentication cannot carry it.")
    pair = key if not username and ":" in key else f"{username}:{key}"
    try:
        return base64.b64encode(pair.encode()).decode()
    except UnicodeEncodeError:
        raise ConfigError(
            "the key or auth.username is no valid text", hint="Save the place it comes from as UTF-8."
        ) from None
