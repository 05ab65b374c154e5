"""What a server said in an error body, whatever shape it said it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from openai_compatible.wire.decode import decode, dump

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
_MOST = 1_000


class Said(NamedTuple):
    """An error in the server's words. ``status`` is a status the body names, if it does."""

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
        """Everything a signature may look at."""
        return f"{self.type} {self.code or ''} {self.message}"


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
    except ValueError:
        return _said_in_text(body)
    said = _read(value, 0)
    return said if said is not None else Said(_cut(dump(value)) if value else "")


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
        return Said(_cut(value))
    if isinstance(value, list):
        if any(isinstance(item, Mapping) and "loc" in item for item in value):
            return _validation(value)
        return next((said for item in value if (said := _read(item, depth + 1)) is not None), None)
    if not isinstance(value, Mapping) or depth > 5:
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
            message = nested.message if nested else _cut(dump(found))
        if message:
            break
    code = next((value[key] for key in _CODE_KEYS if _scalar(value.get(key))), None)
    kind = next(
        (value[key] for key in ("type", "error_type", "status") if isinstance(value.get(key), str)), ""
    )
    if value.get("status") == "failure":
        kind = "failure"
    param = value.get("param") or (nested.param if nested else None)
    status = _status(value.get("status")) or _status(value.get("http_status_code")) or _status(code)
    return Said(
        message=_cut(_with_upstream(message, value)),
        type=kind,
        code=None if code is None else str(code)[:200],
        param=_param(param),
        status=status,
        request_id=value["request_id"] if isinstance(value.get("request_id"), str) else None,
        retry=_retry_info(value.get("details")),
        forbidden=bool(nested and nested.forbidden),
    )


def _with_upstream(message: str, value: Mapping[str, Any]) -> str:
    """The message, with what the upstream said (OpenRouter's ``metadata.raw``) behind it."""
    metadata = value.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    return f"{message}: {raw}" if isinstance(raw, str) and raw and raw not in message else message


def _validation(items: list[Any]) -> Said:
    """FastAPI's list of validation errors, without the input they echo."""
    lines, param, forbidden = [], None, False
    for item in items:
        if not isinstance(item, Mapping):
            continue
        loc = item.get("loc")
        path = ".".join(str(part) for part in loc) if isinstance(loc, list) else str(loc or "")
        lines.append(f"{path}: {item.get('msg')}" if path else str(item.get("msg")))
        extra = item.get("type") == "extra_forbidden" or "Extra inputs are not permitted" in str(
            item.get("msg")
        )
        if extra and not forbidden:
            param, forbidden = _param(path), True
        param = param or _param(path)
    return Said(_cut("; ".join(lines)), type="validation_error", param=param, forbidden=forbidden)


def _said_in_text(body: bytes) -> Said:
    text = body[:20_000].decode("utf-8", "replace").strip().lstrip("\ufeff")
    if not text.startswith("<"):
        return Said(_cut(text))
    title = re.search(r"(?is)<(title|h1)[^>]*>(.*?)</\1>", text)
    words = " ".join(re.sub(r"<[^>]*>", " ", title.group(2)).split()) if title else ""
    return Said(_cut(words), html=True)


def _retry_info(details: Any) -> str | None:
    """Google's ``RetryInfo``: ``{"details": [{"@type": "...RetryInfo", "retryDelay": "34s"}]}``."""
    for detail in details if isinstance(details, list) else []:
        delay = detail.get("retryDelay") if isinstance(detail, Mapping) else None
        if isinstance(delay, str):
            return delay
    return None


def _param(value: Any) -> str | None:
    """A parameter's path; LiteLLM writes the text "None", vLLM and FastAPI begin with "body."."""
    if not isinstance(value, str) or value in ("", "None", "null", "body"):
        return None
    path = value.removeprefix("body.")
    # A number first is a place in unreadable JSON, no parameter.
    return None if path.split(".")[0].isdigit() else path[:200]


def _scalar(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def _status(value: Any) -> int | None:
    """An HTTP error status hidden in a code: 429, ``"429"``."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        value = int(value)
    return value if type(value) is int and 400 <= value <= 599 else None


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
