"""Bodies fit for an error message: no keys, at most 2,000 characters."""

from __future__ import annotations

import re

__all__ = ["LIMIT", "redact"]

LIMIT = 2_000

_MASK = "***"
_SECRETS = (
    # "Bearer abc", "Basic abc": what an Authorization header holds
    (
        (r"(?i)\b(bearer|basic)(\s+)(?!key|token|auth)[\w.~+/\-]{6,}=*"),
        rf"\1\2{_MASK}",
    ),
    # api_key=..., "api-key": "...", token: ..., password=...
    (
        (
            r"(?i)(\b(?:x-)?(?:api[-_ ]?key|access[-_]?token|auth[-_]?token|client[-_]?secret|secret"
            r"|password|authorization)[\"']?\s*(?:provided\s*)?[:=]\s*[\"']?)(?!\*)[^\s\"',;&}<>]{4,}"
        ),
        rf"\1{_MASK}",
    ),
    # keys with a well-known beginning: sk-..., gsk_..., hf_..., xai-..., nvapi-..., AIza..., pplx-...
    (
        (
            r"\b(?:(?:sk|rk|pk|gsk|xai|nvapi|pplx|hf|fw|csk|r8|ghp|github_pat|glpat|tgp|jina|pa|key)[-_]"
            r"|AKIA|ASIA|AIza)(?=[\w\-*.]*[\d*])[A-Za-z0-9*][\w\-*.]{6,}[A-Za-z0-9*]"
        ),
        _MASK,
    ),
    # a JSON web token
    ((r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*)?"), _MASK),
)


def redact(body: bytes | str, limit: int = LIMIT) -> str:
    """The body as text, keys masked, cut to ``limit`` characters.

    >>> redact(b'{"error": "Incorrect API key provided: sk-abcdefgh12345678"}')
    '{"error": "Incorrect API key provided: ***"}'
    """
    text = body[: limit * 8].decode("utf-8", "replace") if isinstance(body, bytes) else body[: limit * 8]
    for pattern, replacement in _SECRETS:
        text = re.sub(pattern, replacement, text)
    if len(body) > limit * 8:
        text += "…"  # it was cut before keys were masked: a part of one may stand at its end
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
