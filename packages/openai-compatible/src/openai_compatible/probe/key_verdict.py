"""What the answers tell of the key: accepted, wrong, or looked for elsewhere. Pure."""

from __future__ import annotations

import re
from functools import partial

from openai_compatible.config.keys import conventional_variable
from openai_compatible.errors import (
    AuthenticationError,
    ModelNotFoundError,
    OpenAICompatibleError,
    PermissionDeniedError,
)
from openai_compatible.probe.outcomes import stage
from openai_compatible.probe.requests import Answers
from openai_compatible.probe.stages import Stage
from openai_compatible.probe.subject import Subject
from openai_compatible.wire.plain import quoted

__all__ = ["authentication", "refused", "style_hint"]

_NONE_ARRIVED = re.compile(
    r"(missing|\bno|without) ((auth\w*|bearer|access|an?|the|your|any|required) ){0,2}"
    r"(api[ _-]?key|token|authorization|credentials|authentication)"
    r"|didn.t provide an? (api[ _-]?key|token)"
    r"|(api[ _-]?key|authorization( header)?|token|credentials) (is |are |was |were )?"
    r"(missing|required|not (provided|found|present|set|given))"
    r"|not authenticated",
    re.IGNORECASE,
)
_NAMED_HEADER = re.compile(
    r"(?<!invalid )(?<![\w-])(x-[a-z-]*(?:key|token)|api-key|ocp-apim-subscription-key)(?![\w-])",
    re.IGNORECASE,
)


def refused(error: OpenAICompatibleError | None) -> bool:
    """Whether an error is about the key."""
    return isinstance(error, AuthenticationError | PermissionDeniedError)


def authentication(subject: Subject, answers: Answers) -> Stage:
    """The stage, from all answers: a list may be public where a chat is not, and the other way round."""
    error = answers.chat_error if refused(answers.chat_error) else None
    if error is None and answers.chat is None and not answers.dimensions:
        error = answers.models_error if refused(answers.models_error) else None
    if error is not None:
        return _refused(error, subject, answers)
    chatted = answers.chat is not None or answers.dimensions or _said_of_chat(answers.chat_error)
    if not subject.sends_key:
        return stage(
            "authentication", "not_needed" if chatted or answers.models is not None else "undecided"
        )
    if answers.without_key:
        return stage("authentication", "ignored")
    if chatted or (answers.models is not None and answers.without_key is False):
        return stage("authentication", "ok")
    return stage("authentication", "undecided" if answers.models is None else "unproven")


def _said_of_chat(error: OpenAICompatibleError | None) -> bool:
    """Whether the server looked at the request itself, and so at its key before."""
    return isinstance(error, ModelNotFoundError) or (
        error is not None and error.status_code in (400, 402, 413, 422, 429)
    )


def _refused(error: OpenAICompatibleError, subject: Subject, answers: Answers) -> Stage:
    tell = partial(
        stage,
        "authentication",
        status=error.status_code,
        said=quoted(error.message, 120),
        source=subject.source,
    )
    if not subject.sends_key:
        return tell("needs_key", key_hint=_key_hint(subject))
    hint = style_hint(subject, f"{error.message} {error.body or ''}", _challenge(answers))
    if hint:
        return tell("other_style", style_hint=hint)
    if _NONE_ARRIVED.search(error.message):
        return tell("stripped")
    if isinstance(error, PermissionDeniedError):
        return tell("forbidden")
    return tell("wrong_key", form_hint=subject.form_hint)


def _challenge(answers: Answers) -> str:
    """``WWW-Authenticate`` of the last refusal."""
    found = [head.headers.get("www-authenticate", "") for head in answers.heads if head.status == 401]
    return found[-1] if found else ""


def _key_hint(subject: Subject) -> str:
    """Which variable would be read."""
    provider, row = subject.provider, subject.row
    if provider.auth.style == "none":
        return "Set auth to how the server wants its key ('bearer' for most), and a source of the key."
    variable = conventional_variable(provider.name)
    if provider.moved or variable in ("OPENAI_API_KEY", "OPENAI_COMPATIBLE_API_KEY"):
        return "Name the variable that holds the key in api_key_env."
    if row is not None and provider.preset == row.name and row.api_key_env:
        variable = row.api_key_env[0]
        return f"Set the variable {variable}, and api_key_env = '{variable}' for the provider."
    return (
        f"Set the variable {variable}, which is read for this provider, or name another in api_key_env."
    )


def style_hint(subject: Subject, said: str, challenge: str = "") -> str:
    """Which ``auth`` the server asks for, if it names one that is not the configured one.

    Args:
        subject: Whose ``auth`` it is.
        said: The refusal's words.
        challenge: Its ``WWW-Authenticate``.
    """
    auth, low = subject.provider.auth, said.lower()
    own = (auth.name or "api-key").lower() if auth.style == "header" else auth.style
    bearing = auth.style in ("bearer", "basic")
    if own in low or (bearing and "authorization" in low):
        return ""
    named = _NAMED_HEADER.search(f"{said} {challenge}")
    header = "" if named is None else named[1]
    if not header and bearing and "subscription key" in low:
        header = "api-key" if subject.host.endswith("azure.com") else "Ocp-Apim-Subscription-Key"
    if header:
        return f'Set auth = {{style = "header", name = "{header}"}}.'
    scheme = challenge.partition(" ")[0].lower()
    if auth.style != "bearer" and (scheme == "bearer" or "bearer" in low):
        return 'Set auth = "bearer".'
    basic = auth.style != "basic" and scheme == "basic"
    return 'Set auth = {style = "basic", username = "..."}.' if basic else ""
