"""What a server said in an error body, whatever shape it said it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from openai_compatible.wire.decode import decode, dump
from openai_compatible.wire.error_limits import (
    CODE,
    HEADER,
    ITEMS,
    MESSAGE,
    PARAM,
    READ,
    REQUEST_ID,
    TYPE,
    cut_text,
)

__all__ = ["Said", "said_in_answer", "said_in_error"]

_TEXT_KEYS = (
    "message",
    "msg",
    "error_msg",
    "error_message",
    "status_msg",
    "errorMessage",
    "html-message",
    "Message",
)
_CODE_KEYS = ("code", "error_code", "status_code", "errorCode", "http_status_code", "statusCode")
_DEPTH = 5
"""Errors inside errors that are followed."""
_HTML = 20_000
"""Bytes of a web page in which its title is looked for."""
_TITLE = re.compile(r"<(title|h1)(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_TITLE_END = re.compile(r"</(title|h1)>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


class Said(NamedTuple):
    """An error in the server's words. ``status`` is a status the body names, if it does.

    The texts are bounded, and longer than they are shown: whoever masks keys must see whole ones.
    """

    message: str = ""
    type: str = ""
    code: str | None = None
    param: str | None = None
    status: int | None = None
    request_id: str | None = None
    retry: str | None = None
    html: bool = False
    forbidden: bool = False
    """The body is a list of validation errors and one says that a field is not allowed."""

    @property
    def text(self) -> str:
        """Everything a signature may look at, each part cut to its limit."""
        message = cut_text(self.message, MESSAGE)
        return f"{cut_text(self.type, TYPE)} {cut_text(self.code or '', CODE)} {message}"


def said_in_error(body: bytes) -> Said:
    """Read the body of an answer with an error status.

    Wire:
        ``{"error": {"message": "m", "type": "t", "param": "p", "code": 400}}``, ``{"error": "m"}``,
        ``{"detail": "m"}``, ``{"detail": [{"loc": ["body", "p"], "msg": "m"}]}``, ``{"object":
        "error", "message": "m", "code": 40301}``, ``{"message": "m"}``, ``[{"error": {...}}]``,
        ``{"base_resp": {"status_code": 1004, "status_msg": "m"}}``, text, HTML, nothing
        (DIFFERENCES section 6 and error-body-shapes of the quirk catalogue, 2026-11-20)
    """
    try:
        value = decode(body)
        said = _read(value, 0)
        return said if said is not None else Said(_take(dump(value)) if value else "")
    except (ValueError, RecursionError):  # the caller may stand deep in a stack of its own
        return _said_in_text(body)


def said_in_answer(value: Any) -> Said | None:
    """Read an error out of a decoded chunk or body that came with status 200; ``None``: it is none.

    An ``error`` key that is null, empty or without a message means nothing (resp-empty-error-object).
    """
    if not isinstance(value, Mapping):
        return None
    base = value.get("base_resp")
    if isinstance(base, Mapping) and base.get("status_code") not in (None, 0, "0"):
        return _read(base, 0)
    error = value.get("error")
    if error and (
        not isinstance(error, Mapping) or any(error.get(key) for key in ("message", "code", "type"))
    ):
        return _read(value, 0)
    if value.get("choices"):
        return None
    named = any(key in value for key in ("code", "type", "status", "error_code", "param"))
    worded = any(isinstance(value.get(key), str) and value[key] for key in _TEXT_KEYS)
    if value.get("object") == "error" or "detail" in value or (named and worded):
        said = _read(value, 0)
        return said if said is not None and (said.message or said.code) else None
    return None


def _read(value: Any, depth: int) -> Said | None:
    """Find message, type, code and param in a decoded body."""
    if isinstance(value, str):
        return Said(_take(value))
    if isinstance(value, list) and depth <= _DEPTH:
        if any(isinstance(item, Mapping) and "loc" in item for item in value):
            return _validation(value)
        return next((said for item in value if (said := _read(item, depth + 1)) is not None), None)
    if not isinstance(value, Mapping) or depth > _DEPTH:
        return None
    inner = None
    for key in ("error", "detail", "errors", "base_resp", "fault", "faultstring"):
        if value.get(key):
            inner = _read(value[key], depth + 1)
            if inner is not None:
                break
    own = _fields(value, depth)
    if inner is None:
        return own if own.message or own.code or own.type else None
    return inner._replace(
        message=inner.message or own.message,
        type=inner.type or own.type,
        code=inner.code or own.code,
        param=inner.param or own.param,
        status=inner.status or own.status,
        request_id=inner.request_id or own.request_id,
        retry=inner.retry or own.retry,
    )


def _fields(value: Mapping[str, Any], depth: int) -> Said:
    message, nested = "", None
    for key in _TEXT_KEYS:
        found = value.get(key)
        if isinstance(found, str):
            message = found
        elif isinstance(found, (Mapping, list)):
            nested = _read(found, depth + 1)
            message = nested.message if nested else _take(dump(found))
        if message:
            break
    code = next((value[key] for key in _CODE_KEYS if _scalar(value.get(key))), None)
    kind = next(
        (value[key] for key in ("type", "error_type", "status") if isinstance(value.get(key), str)), ""
    )
    if value.get("status") == "failure":
        kind = "failure"
    param = value.get("param") or (nested.param if nested else None)
    request_id = value.get("request_id")
    status = _status(value.get("status")) or _status(value.get("http_status_code")) or _status(code)
    return Said(
        message=_take(_with_upstream(message, value)),
        type=_take(kind, TYPE),
        code=None if code is None else _take(str(code), CODE),
        param=_param(param),
        status=status,
        request_id=_take(request_id, REQUEST_ID) if isinstance(request_id, str) else None,
        retry=_retry_info(value.get("details")),
        forbidden=bool(nested and nested.forbidden),
    )


def _with_upstream(message: str, value: Mapping[str, Any]) -> str:
    """The message, with what the upstream said (OpenRouter's ``metadata.raw``) behind it."""
    metadata = value.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    raw = _take(raw) if isinstance(raw, str) else ""
    return f"{message}: {raw}" if raw and raw not in message else message


def _validation(items: list[Any]) -> Said:
    """FastAPI's list of validation errors, without the input they echo."""
    lines, param, forbidden = [], None, False
    for item in items[:ITEMS]:
        if not isinstance(item, Mapping):
            continue
        loc, words = item.get("loc"), _take(str(item.get("msg")))
        path = ".".join(str(part) for part in loc[:ITEMS]) if isinstance(loc, list) else str(loc or "")
        path = _take(path, PARAM)
        lines.append(f"{path}: {words}" if path else words)
        extra = item.get("type") == "extra_forbidden" or "Extra inputs are not permitted" in words
        if extra and not forbidden:
            param, forbidden = _param(path), True
        param = param or _param(path)
    return Said(_take("; ".join(lines)), type="validation_error", param=param, forbidden=forbidden)


def _said_in_text(body: bytes) -> Said:
    text = body[:_HTML].decode("utf-8", "replace").strip().lstrip("\ufeff")
    if not text.startswith("<"):
        return Said(_take(text))
    start = _TITLE.search(text)
    end = None if start is None else _TITLE_END.search(text, start.end())
    words = text[start.end() : end.start()] if start is not None and end is not None else ""
    return Said(_take(" ".join(_TAG.sub(" ", words).split())), html=True)


def _retry_info(details: Any) -> str | None:
    """Google's ``RetryInfo``: ``{"details": [{"@type": "...RetryInfo", "retryDelay": "34s"}]}``."""
    for detail in details if isinstance(details, list) else []:
        delay = detail.get("retryDelay") if isinstance(detail, Mapping) else None
        if isinstance(delay, str):
            return _take(delay, HEADER)
    return None


def _param(value: Any) -> str | None:
    """A parameter's path; LiteLLM writes the text "None", vLLM and FastAPI begin with "body."."""
    if not isinstance(value, str) or value in ("", "None", "null", "body"):
        return None
    path = _take(value.removeprefix("body."), PARAM)
    # A number first is a place in unreadable JSON, no parameter.
    return None if path.split(".")[0].isdigit() else path


def _scalar(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def _status(value: Any) -> int | None:
    """An HTTP error status hidden in a code: 429, ``"429"``."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        value = int(value)
    return value if type(value) is int and 400 <= value <= 599 else None


def _take(text: str, limit: int = MESSAGE) -> str:
    """The beginning of a text, from which a text of ``limit`` characters without keys can be made."""
    return text.strip()[: limit * READ]
