"""Keys that were written where a name belongs: they are recognised, and not shown."""

from __future__ import annotations

import re

from openai_compatible.secret_mapping import KEY_BEGINNING

__all__ = ["looks_like_key", "shown_name", "shown_variable"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UPPER = re.compile(r"\A[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_RUN = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{16,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def looks_like_key(text: str) -> bool:
    """Whether text is likely a key, written where a name belongs.

    >>> looks_like_key("gsk_a1b2c3d4e5f6"), looks_like_key("MY_COMPANY_2_API_KEY")
    (True, False)
    """
    text = text.strip()
    if _UPPER.fullmatch(text):
        return False
    if KEY_BEGINNING.match(text) or _UUID.search(text) or _RUN.search(text):
        return True
    return text.lower().startswith("bearer ")


def shown_variable(name: str) -> str:
    """A variable as ``$NAME``; ``$***`` where somebody wrote the key itself.

    >>> shown_variable("GROQ_API_KEY"), shown_variable("sk-live-0123456789")
    ('$GROQ_API_KEY', '$***')
    """
    return f"${name}" if _VARIABLE.fullmatch(name) and not looks_like_key(name) else "$***"


def shown_name(name: str) -> str:
    """A keyring service, a file or a program; ``***`` where somebody wrote the key itself.

    >>> shown_name("~/keys/a1b2c3d4e5f6a7b8c9"), shown_name("sk-live-0123456789")
    ('~/keys/a1b2c3d4e5f6a7b8c9', '***')
    """
    return "***" if looks_like_key(name) and not re.search(r"[/\\]", name) else name
