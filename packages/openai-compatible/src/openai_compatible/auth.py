"""Auth style and key -> headers and query. Pure; where keys come from is ``config/keys.py``."""

from __future__ import annotations

import base64
from typing import NamedTuple

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

    Raises:
        ConfigError: The key holds characters that cannot travel in a header.

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
    if auth.style == "query":
        return Credentials({}, {auth.name or "key": key})
    if auth.style == "basic":
        key = f"Basic {base64.b64encode(f'{auth.username}:{key}'.encode()).decode()}"
        return Credentials({"Authorization": key}, {})
    if not key.isascii():
        raise ConfigError(
            "the key contains a character that is not ASCII",
            hint="Copy it again: a quote or dash may have been replaced by a typographic one.",
        )
    if auth.style == "header":
        return Credentials({auth.name or "api-key": f"{auth.prefix}{key}"}, {})
    return Credentials({"Authorization": f"{auth.prefix or 'Bearer '}{key}"}, {})
