"""What the exit code of a command says: rows, the first that fits an error counts."""

from __future__ import annotations

from typing import NamedTuple

from openai_compatible import errors

__all__ = ["INTERRUPTED", "ROWS", "STAGES", "USAGE", "Row", "exit_code", "stage_code"]

INTERRUPTED = 130
USAGE = 2


class Row(NamedTuple):
    """An exit code, what it means, and the errors that end in it."""

    code: int
    meaning: str
    errors: tuple[type[Exception], ...] = ()


ROWS = (
    Row(0, "done"),
    Row(1, "failed, with no code of its own"),
    Row(USAGE, "no such command, option or argument"),
    Row(3, "the configuration: a setting, a key source, a name, a file", (errors.ConfigError,)),
    Row(
        4,
        "the server cannot be reached",
        (errors.ConnectionFailedError, errors.ConnectTimeoutError, errors.RedirectRefusedError),
    ),
    Row(
        5,
        "the key is missing, wrong or not enough",
        (errors.AuthenticationError, errors.PermissionDeniedError),
    ),
    Row(6, "no such model or path", (errors.ModelNotFoundError, errors.EndpointNotFoundError)),
    Row(7, "the server refuses the request", (errors.InvalidRequestError,)),
    Row(
        8,
        "too many requests, no credit left, or the server failed",
        (errors.RateLimitError, errors.QuotaExceededError, errors.ServerError),
    ),
    Row(
        9,
        "no usable answer: too late, cut off or unreadable",
        (errors.RequestTimeoutError, errors.ProtocolError),
    ),
    Row(INTERRUPTED, "interrupted with Ctrl-C"),
)


def exit_code(error: BaseException) -> int:
    """The exit code for an error.

    >>> exit_code(errors.MissingKeyError("none"))
    3
    """
    if isinstance(error, errors.AllProvidersFailedError) and error.errors:
        error = error.errors[0]
    for row in ROWS:
        if isinstance(error, row.errors):
            return row.code
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


STAGES: dict[str, int] = {
    "key": 3,
    "name": 4,
    "connection": 4,
    "tls": 4,
    "http": 4,
    "authentication": 5,
    "models": 6,
    "chat": 6,
}
"""The exit code of ``providers test`` by the stage that failed."""

_CHAT: dict[str, int] = {
    "context": 7,
    "parameter": 7,
    "refused": 7,
    "gateway": 8,
    "quota": 8,
    "rate_limited": 8,
    "server_error": 8,
    "empty": 9,
    "malformed": 9,
    "slow": 9,
}
"""The same by the outcome of the chat, where it is not about the model or the path."""


def stage_code(stage: str, outcome: str) -> int:
    """The exit code for a stage of a connection test that failed.

    >>> stage_code("tls", "expired"), stage_code("chat", "model_not_found"), stage_code("chat", "slow")
    (4, 6, 9)
    """
    code = _CHAT.get(outcome) if stage == "chat" else None
    return STAGES.get(stage, 1) if code is None else code
