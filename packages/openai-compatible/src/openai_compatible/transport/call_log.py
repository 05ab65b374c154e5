"""Log records of calls: what changed a call at level INFO, each HTTP request at level DEBUG.

All go to the logger ``openai_compatible``, which prints nothing until an application configures
logging. Keys, headers and query values are never logged. Text that a server or a user wrote is redacted,
escaped and cut. While a level is off, a function here costs one look at the logger.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.plan.attempts import Call, Sleep, spelled
from openai_compatible.terminal_text import escape_controls

if TYPE_CHECKING:
    from openai_compatible.transport.body import AsyncBody, Body
    from openai_compatible.transport.exchange import Exchange
    from openai_compatible.transport.job import Job
    from openai_compatible.wire.dialect.steps import Spoken

__all__ = [
    "log_base_url",
    "log_body",
    "log_division",
    "log_end",
    "log_failure",
    "log_next_step",
    "log_rate_limit",
    "log_replaced_connection",
    "log_response",
    "log_structured_method",
]

_logger = logging.getLogger("openai_compatible")
_logger.addHandler(logging.NullHandler())

_LONGEST = 300
"""Characters of one value in a record: a server may write much."""


def log_next_step(
    job: Job[Any], call: Call, error: OpenAICompatibleError | None, step: Call | Sleep
) -> None:
    """Log why a failed attempt is followed by another: a retry, a fallback, another form of the request.

    Args:
        job: The request.
        call: The attempt that failed.
        error: Why it failed; nothing is logged without.
        step: What the plan does next: a ``Sleep`` before a retry, or the next ``Call``.
    """
    if error is None or not _logger.isEnabledFor(logging.INFO):
        return
    name, why = job.label(call.site), _describe_error(error)
    if isinstance(step, Sleep):
        text = "%s: attempt %d failed, retrying in %.2f s: %s"
        _write(job, logging.INFO, text, name, call.trail.attempts, step.seconds, why)
    elif step.site != call.site:
        text = "falling back from %s to %s after attempt %d: %s"
        _write(job, logging.INFO, text, name, job.label(step.site), call.trail.attempts, why)
    elif step.base_url != call.base_url:
        text = "%s: nothing answers under base URL %s, trying %s: %s"
        urls = _without_secrets(call.base_url), _without_secrets(step.base_url)
        _write(job, logging.INFO, text, name, *urls, why)
    elif step.facts is not call.facts:
        text = "%s: the request was refused, sending it again %s: %s"
        _write(job, logging.INFO, text, name, _describe_facts(step.facts, call.facts), why)
    else:
        text = "%s: the key was refused, asking its source for it once more: %s"
        _write(job, logging.INFO, text, name, why)


def log_rate_limit(job: Job[Any], site: int, seconds: float) -> None:
    """Log a wait for the ``rate_limit`` of a provider or a model."""
    if _logger.isEnabledFor(logging.INFO):
        _write(job, logging.INFO, "%s: waiting %.2f s for rate_limit", job.label(site), seconds)


def log_base_url(job: Job[Any], call: Call) -> None:
    """Log that another spelling of the base URL works, and is used from now on."""
    if _logger.isEnabledFor(logging.INFO):
        text = "%s: base URL %s works and is used from now on"
        _write(job, logging.INFO, text, job.label(call.site), _without_secrets(call.base_url))


def log_body(job: Job[Any], call: Call, body: Spoken) -> None:
    """Log how the body of a request differs from what was asked: by repairs, by the server's dialect."""
    if body.notes and _logger.isEnabledFor(logging.INFO):
        text, notes = "%s: the request was changed: %s", "; ".join(body.notes)
        _write(job, logging.INFO, text, job.label(call.site), notes)
    if not body.dialect:
        return
    # A parameter that was refused in this call is in the record of the refusal.
    is_dropping = "drops" in body.dialect and "drops" not in call.facts
    level = logging.INFO if is_dropping else logging.DEBUG
    if _logger.isEnabledFor(level):
        text, how = "%s: the request is sent %s", _describe_facts(body.dialect, {})
        _write(job, level, text, job.label(call.site), how)


def log_division(job: Job[Any], error: OpenAICompatibleError, parts: int) -> None:
    """Log that a batch of texts was too large for the server, and how many requests replace it."""
    if _logger.isEnabledFor(logging.INFO):
        text = "%s: the batch was refused, dividing it into %d requests: %s"
        _write(job, logging.INFO, text, job.label(0), parts, _describe_error(error))


def log_replaced_connection(error: BaseException) -> None:
    """Log that the server had closed a reused connection, and the request is sent on a new one."""
    if _logger.isEnabledFor(logging.INFO):
        text = "the server had closed a reused connection (%s), sending the request on a new one"
        _logger.info(text, type(error).__name__)


def log_structured_method(provider: str, text: str) -> None:
    """Log that objects are asked for by another method, and why."""
    if _logger.isEnabledFor(logging.INFO):
        _logger.info("%s: %s", provider, _cut(text))


def log_response(job: Job[Any], call: Call, exchange: Exchange, body: Body | AsyncBody) -> None:
    """Log an HTTP request whose response headers came; redirects and refusals too."""
    if not _logger.isEnabledFor(logging.DEBUG):
        return
    text = "%s: %s %s: HTTP %d after %.3f s (attempt %d, %d bytes sent, request id %s)"
    _write(
        job,
        logging.DEBUG,
        text,
        job.label(call.site),
        exchange.method.upper(),
        _without_secrets(body.url, has_query=bool(exchange.carried.query)),
        body.response.status_code,
        time.monotonic() - body.limits.started,
        call.trail.attempts,
        len(exchange.content.get("content", b"")),
        body.response.headers.get("x-request-id") or "none",
    )


def log_end(job: Job[Any], call: Call, body: Body | AsyncBody) -> None:
    """Log that an answer was read to its end."""
    if not _logger.isEnabledFor(logging.DEBUG):
        return
    text = "%s: answer complete after %.3f s (attempt %d, %d bytes received)"
    seconds, size = time.monotonic() - body.limits.started, body.response.num_bytes_downloaded
    _write(job, logging.DEBUG, text, job.label(call.site), seconds, call.trail.attempts, size)


def log_failure(job: Job[Any], call: Call, error: OpenAICompatibleError) -> None:
    """Log that an attempt failed."""
    if _logger.isEnabledFor(logging.DEBUG):
        text, attempt = "%s: attempt %d failed: %s", call.trail.attempts
        _write(job, logging.DEBUG, text, job.label(call.site), attempt, _describe_error(error))


def _write(job: Job[Any], level: int, text: str, *values: str | float) -> None:
    """Write a record whose texts lose the secrets of the request, and are escaped and cut."""
    shown = (_cut(job.redact(one)) if isinstance(one, str) else one for one in values)
    _logger.log(level, text, *shown)


def _cut(text: str) -> str:
    text = escape_controls(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _describe_error(error: OpenAICompatibleError) -> str:
    """Return class, status and message of an error; the hint is for whoever catches it."""
    status = "" if error.status_code is None else f" (HTTP {error.status_code})"
    return f"{type(error).__name__}{status}: {error.message}"


def _describe_facts(facts: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """Return what dialect settings change, such as ``without 'seed', with stream_usage=False``."""
    said = [
        f"without {name!r}" for name in facts.get("drops", ()) if name not in before.get("drops", ())
    ]
    changed = {
        fact: value
        for fact, value in facts.items()
        if fact != "drops" and (fact not in before or before[fact] != value)
    }
    return ", ".join([*said, *(f"with {one}" for one in spelled(changed))])


def _without_secrets(url: str, *, has_query: bool = False) -> str:
    """Return a URL without user, password and fragment; three asterisks stand for its query."""
    parts = urlsplit(url)
    query = "***" if parts.query or has_query else ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))
