"""All steps, in the order in which they run, and the way through them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.wire.dialect import (
    assistant_media,
    messages,
    parameters,
    reasoning,
    schemas,
    tools,
)
from openai_compatible.wire.dialect.broken_calls import repair_calls
from openai_compatible.wire.dialect.omissions import take_omissions
from openai_compatible.wire.dialect.step import Body, Step

__all__ = ["PLAIN", "STEPS", "Spoken", "rebuild", "spoken"]

PLAIN = Profile(name="plain", system_role="as_given", tool_images="as_given", assistant_media="as_given")
"""The dialect in which nothing is changed, but for the name of the token limit."""

_LIMITS = ("max_tokens", "max_completion_tokens")


class Spoken(NamedTuple):
    """A body in a server's dialect, and the facts that made it differ from OpenAI's."""

    body: Body
    dialect: dict[str, Any]
    notes: tuple[str, ...] = ()
    """What else was changed, for the record."""
    omissions: tuple[str, ...] = ()
    """What of the messages was left out: for the record, and worth a warning."""


def _limit(body: Body, profile: Profile) -> Body:
    """Wire: ``{"max_tokens": 5}`` -> ``{"max_completion_tokens": 5}``; both given stay both."""
    given = [name for name in _LIMITS if name in body]
    if len(given) != 1 or given[0] == profile.max_tokens_field:
        return body
    made = dict(body)
    made[profile.max_tokens_field] = made.pop(given[0])
    return made


def _usage(body: Body, profile: Profile) -> Body:
    """Wire: ``{"stream_options": {"include_usage": true}}`` -> ``{}``."""
    options = body.get("stream_options")
    asked = isinstance(options, Mapping) and options.get("include_usage") is True
    if profile.stream_usage or not asked:
        return body
    rest = {key: value for key, value in body["stream_options"].items() if key != "include_usage"}
    made = {key: value for key, value in body.items() if key != "stream_options"}
    return {**made, "stream_options": rest} if rest else made


def _stream_only(body: Body, profile: Profile) -> Body:
    """Wire: ``{}`` -> ``{"stream": true, "stream_options": {"include_usage": true}}``."""
    if not profile.stream_only or body.get("stream") or "messages" not in body:
        return body
    return {**body, "stream": True, "stream_options": {"include_usage": True}}


STEPS: tuple[Step, ...] = (
    Step(("max_tokens_field",), _limit),
    Step(("stream_only",), _stream_only),
    Step(("stream_usage",), _usage),
    *reasoning.STEPS,
    *tools.STEPS,
    *schemas.STEPS,
    *parameters.STEPS,
    *assistant_media.STEPS,
    *messages.STEPS,
)

_ALWAYS = frozenset({"max_tokens_field", "reasoning_switch", "reasoning_replay", "assistant_media"})
"""Facts whose steps also run at their plain value: they take neutral keys away."""


@lru_cache(maxsize=256)
def _active(profile: Profile) -> tuple[Step, ...]:
    """The steps that may change something in this dialect."""
    return tuple(
        step
        for step in STEPS
        if not step.facts
        or any(f in _ALWAYS or getattr(profile, f) != getattr(PLAIN, f) for f in step.facts)
    )


def spoken(body: Body, profile: Profile) -> Spoken:
    """OpenAI's body in the dialect of the profile. The body given is not changed."""
    dialect: dict[str, Any] = {}
    body, notes = repair_calls(body)
    body, omissions = take_omissions(body)
    for step in _active(profile):
        changed = step.apply(body, profile)
        if changed is body:
            continue
        if step.describe is not None:
            omissions += step.describe(body, profile)
        body = changed
        for fact in step.facts:
            value = getattr(profile, fact)
            if value != getattr(PLAIN, fact) or fact == "max_tokens_field":
                dialect[fact] = value
    return Spoken(body, dialect, (*notes, *omissions), omissions)


def rebuild(body: Body, dialect: Mapping[str, Any]) -> Body:
    """The body that was sent, from OpenAI's and the ``dialect`` of a record.

    >>> rebuild({"max_tokens": 5}, {"max_tokens_field": "max_completion_tokens"})
    {'max_completion_tokens': 5}
    """
    return spoken(body, with_facts(PLAIN, dialect)).body
