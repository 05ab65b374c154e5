"""Bodies fit for an error message: no keys, at most 2,000 characters."""

from __future__ import annotations

from openai_compatible.patterns import LazyPattern
from openai_compatible.wire.error_limits import BODY, READ, cut_text

__all__ = ["LIMIT", "redact"]

LIMIT = BODY

_MASK = "***"
_SECRETS = (
    # "Bearer abc", "Basic abc": what an Authorization header holds
    (
        LazyPattern(r"\b(bearer|basic)(\s+)(?!key|token|auth)[\w.~+/\-]{6,}=*"),
        rf"\1\2{_MASK}",
    ),
    # api_key=..., "api-key": "...", token: ..., password=...
    (
        LazyPattern(
            r"(\b(?:x-)?(?:api[-_ ]?key|access[-_]?token|auth[-_]?token|client[-_]?secret|secret"
            r"|password|authorization)[\"']?\s*(?:provided\s*)?[:=]\s*[\"']?)(?!\*)[^\s\"',;&}<>]{4,}"
        ),
        rf"\1{_MASK}",
    ),
    # keys with a well-known beginning: sk-..., gsk_..., hf_..., xai-..., nvapi-..., AIza..., pplx-...
    (
        LazyPattern(
            r"\b(?:(?:sk|rk|pk|gsk|xai|nvapi|pplx|hf|fw|csk|r8|ghp|github_pat|glpat|tgp|jina|pa|key)[-_]"
            r"|AKIA|ASIA|AIza)(?=[\w\-*.]{0,250}[\d*])[A-Za-z0-9*][\w\-*.]{6,}[A-Za-z0-9*]",
            flags=0,
        ),
        _MASK,
    ),
    # a JSON web token
    (
        LazyPattern(r"\beyJ[A-Za-z0-9_\-]{8,1000}\.[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*)?", flags=0),
        _MASK,
    ),
)


def redact(body: bytes | str, limit: int = LIMIT) -> str:
    """The body as text, keys masked, cut to ``limit`` characters.

    >>> redact(b'{"error": "Incorrect API key provided: sk-abcdefgh12345678"}')
    '{"error": "Incorrect API key provided: ***"}'
    """
    start = body[: limit * READ]
    text = start.decode("utf-8", "replace") if isinstance(start, bytes) else start
    for pattern, replacement in _SECRETS:
        text = pattern.compiled.sub(replacement, text)
    if len(body) > limit * READ:
        text += "…"  # it was cut before keys were masked: a part of one may stand at its end
    return cut_text(text, limit)
