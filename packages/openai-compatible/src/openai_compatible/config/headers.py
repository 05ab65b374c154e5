"""Checks of header names and values that users give: what cannot travel is refused before it is sent."""

from __future__ import annotations

import re

from openai_compatible.errors import ConfigError

__all__ = ["check_header_name", "clean_header_value"]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header name: ``token`` of RFC 9110, 5.6.2."""

_OF_THE_CONNECTION = "Leave it out: the HTTP library sets it for each connection and body."
_REFUSED = {
    "host": "Leave it out and set base_url to that host: the header would only hide where a key goes.",
    "content-length": _OF_THE_CONNECTION,
    "transfer-encoding": _OF_THE_CONNECTION,
    "content-encoding": "Leave it out: bodies are sent as plain JSON.",
    "connection": _OF_THE_CONNECTION,
    "keep-alive": _OF_THE_CONNECTION,
    "proxy-connection": _OF_THE_CONNECTION,
    "te": _OF_THE_CONNECTION,
    "trailer": _OF_THE_CONNECTION,
    "upgrade": _OF_THE_CONNECTION,
    "http2-settings": _OF_THE_CONNECTION,
    "expect": "Leave it out: no request waits for a permission to send its body.",
}
"""Lower-case names of headers that frame a message or belong to one connection, with what to do.

A second ``Host`` or length lets a proxy and the server read one request differently
(RFC 9112, 3.2, 6.1 and 11.2: request smuggling)."""


def check_header_name(name: str) -> None:
    """Refuse a name that is no header name, and names that are not the user's to set, in any case.

    Raises:
        ConfigError: The hint says what to do instead.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no header name", hint="Example: 'X-Api-Key'.")
    hint = _REFUSED.get(name.lower())
    if hint is not None:
        raise ConfigError(f"the header {name!r} cannot be set", hint=hint)


def clean_header_value(name: str, value: str) -> str:
    """Return a value without white space around it, which variables and files often end with.

    Raises:
        ConfigError: It holds what cannot travel. HTTP libraries would quote it, whole; this does not.
    """
    value = value.strip(" \t\r\n")
    if not value.isascii() or any(sign < " " or sign == "\x7f" for sign in value):
        raise ConfigError(
            f"the header {name!r} has a character in it that cannot travel",
            hint="Only ASCII can, without line breaks. Look at the end of the text it comes from.",
        )
    return value
