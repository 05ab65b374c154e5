"""Error answers to the leaf of our exception tree that says who must act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from openai_compatible.errors import (
    APIStatusError,
    AuthenticationError,
    ContextLengthExceededError,
    EndpointNotFoundError,
    InvalidRequestError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedParameterError,
)
from openai_compatible.wire.decode import decode, dump
from openai_compatible.wire.error_limits import CODE, ITEMS, MESSAGE, PARAM, REQUEST_ID, cut_text
from openai_compatible.wire.error_shapes import Said, said_in_answer, said_in_error
from openai_compatible.wire.redact import redact
from openai_compatible.wire.retry_after import retry_after
from openai_compatible.wire.signatures import (
    CONTEXT,
    FIRST,
    LATER,
    NOT_CONTEXT,
    PARAMETERS,
    Signature,
)

__all__ = ["error_from_chunk", "error_from_response", "error_from_text"]

_REQUEST_IDS = (
    "x-request-id",
    "request-id",
    "x-litellm-call-id",
    "apim-request-id",
    "x-ms-request-id",
    "x-amzn-requestid",
    "cf-ray",
)
_PARAMETER_CODES = ("unsupported_parameter", "unknown_parameter", "unsupported_value")
_KEY_HINT = "Check the key and where it comes from."

_BY_STATUS: Mapping[int, tuple[type[APIStatusError], str | None]] = {
    401: (AuthenticationError, _KEY_HINT),
    402: (QuotaExceededError, "Check credit and limits of the account."),
    403: (PermissionDeniedError, "The key may not use this model or path."),
    407: (AuthenticationError, "A proxy in between asks for credentials."),
    400: (InvalidRequestError, None),
    422: (InvalidRequestError, None),
    413: (InvalidRequestError, "The request is too large: send less at once."),
    429: (RateLimitError, None),
    498: (OverloadedError, None),
    503: (OverloadedError, None),
    529: (OverloadedError, None),
}


def error_from_response(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    endpoint: str,
    url: str,
    now: float | Callable[[], float] | None = None,
) -> APIStatusError:
    """The error for an answer whose status is not 2xx. Never fails itself.

    Args:
        status: HTTP status.
        headers: With lower-case names.
        body: The whole body, maybe empty.
        endpoint: Path below the base URL, as ``/chat/completions``.
        url: Where the request went; its query is not shown.
        now: Time of the epoch in seconds, to read a date in ``retry-after``.

    Wire:
        404 ``{"detail": "Not Found"}`` -> ``EndpointNotFoundError``; 404 ``{"error": {"message":
        "The model `m` does not exist.", "code": 404}}`` -> ``ModelNotFoundError``
    """
    said = said_in_error(body)
    leaf, param, hint = _classify(status, said, endpoint)
    if leaf is EndpointNotFoundError:
        hint = f"Check the base URL: nothing answers at {_shown(url)}."
    message = said.message
    if not message or said.html:
        title = f": {said.message}" if said.message else ""
        message = (
            f"the server answered with a web page{title}" if said.html else "the server gave no reason"
        )
    wait = retry_after(headers, said.message, said.retry, now)
    if leaf is RateLimitError and hint is None:
        hint = f"Wait {wait:g} s" if wait is not None else "Wait a little"
        hint += ", ask less often, or raise max_retries."
    return leaf(
        redact(message, MESSAGE),
        status_code=status,
        code=_short(said.code, CODE),
        param=_short(param, PARAM),
        retry_after=wait,
        request_id=_short(_request_id(headers, said), REQUEST_ID),
        body=redact(body),
        hint=hint,
    )


def error_from_chunk(value: Any) -> APIStatusError | None:
    """The error that a chunk or a 200 body is; ``None`` if it is none.

    ``status_code`` is the status the body names, if it names one: the HTTP status was 200. Without
    one it is a :class:`ServerError`, because a server that began to answer meant to.

    Wire:
        ``{"error": {"message": "Internal server error", "type": "InternalServerError", "code": 500}}``
        (mid_stream_errors/vllm_grammar_rejected), ``{"error": "text"}``
        (mid_stream_errors/xinference_context_overflow), ``{"object": "error", "message": "m"}``
    """
    if isinstance(value, list):  # the objects in it, not further lists
        items = [item for item in value[:ITEMS] if not isinstance(item, list)]
        return next((error for item in items if (error := error_from_chunk(item)) is not None), None)
    said = said_in_answer(value)
    return None if said is None else _inside(said, dump(value))


def error_from_text(data: bytes) -> APIStatusError:
    """The error in the data of an ``event: error`` or in an ``error:`` line, whatever its shape."""
    said = said_in_error(data)
    try:
        body = dump(decode(data))
    except ValueError:
        body = data.decode("utf-8", "replace")
    return _inside(said, body)


def _inside(said: Said, body: str) -> APIStatusError:
    leaf, param, hint = _classify(said.status, said, "")
    return leaf(
        redact(said.message or "the server reported an error inside its answer", MESSAGE),
        status_code=said.status,
        code=_short(said.code, CODE),
        param=_short(param, PARAM),
        retry_after=retry_after({}, said.message, said.retry),
        request_id=_short(said.request_id, REQUEST_ID),
        body=redact(body),
        hint=hint,
    )


def _classify(
    status: int | None, said: Said, endpoint: str
) -> tuple[type[APIStatusError], str | None, str | None]:
    """Leaf, parameter and hint."""
    row = _find(FIRST, status, said)
    if row is not None and row.leaf is QuotaExceededError and said.retry is not None:
        return RateLimitError, said.param, None
    if row is None and not NOT_CONTEXT.search(said.text):
        row = _find(CONTEXT, status, said)
    if row is None:
        param = _unsupported(status, said)
        if param is not None:
            return (
                UnsupportedParameterError,
                param,
                f"This server does not take `{cut_text(param, PARAM)}`; leave it out.",
            )
        row = _find(LATER, status, said)
    if row is not None:
        return row.leaf, said.param or row.param, row.hint or _hint(row.leaf)
    leaf, hint = _by_status(status, said, endpoint)
    return leaf, said.param, hint


def _find(rows: tuple[Signature, ...], status: int | None, said: Said) -> Signature | None:
    text = said.text
    for row in rows:
        fits = status is None or row.statuses is None or status in row.statuses
        if fits and row.pattern.search(text):
            return row
    return None


def _unsupported(status: int | None, said: Said) -> str | None:
    """The parameter that the server says it does not take."""
    if status not in (None, 400, 422, 500, 501):
        return None
    if said.param and (said.forbidden or said.code in _PARAMETER_CODES):
        return said.param
    text = said.text
    for pattern, _ in PARAMETERS:
        found = pattern.search(text)
        if found:
            return found.group(1)
    return None


def _by_status(status: int | None, said: Said, endpoint: str) -> tuple[type[APIStatusError], str | None]:
    if status is None:
        return ServerError, None
    if status in (404, 405) or (status == 501 and not said.message):
        return EndpointNotFoundError, None
    if status == 413 and endpoint.endswith("/chat/completions"):
        return ContextLengthExceededError, _hint(ContextLengthExceededError)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 300 <= status < 400:
        return APIStatusError, "The server redirects; use the URL it names."
    return ServerError if status >= 500 else APIStatusError, None


def _hint(leaf: type[APIStatusError]) -> str | None:
    if leaf is ContextLengthExceededError:
        return "Send less, ask for fewer tokens, or use a model with a larger context window."
    return _KEY_HINT if leaf is AuthenticationError else None


def _request_id(headers: Mapping[str, str], said: Said) -> str | None:
    return next((headers[name] for name in _REQUEST_IDS if headers.get(name)), said.request_id)


def _short(text: str | None, limit: int) -> str | None:
    return None if text is None else cut_text(text, limit)


def _shown(url: str) -> str:
    """The URL without credentials and query, which may hold keys."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "that URL"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
