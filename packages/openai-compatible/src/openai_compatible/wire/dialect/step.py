"""What a step is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from openai_compatible.profiles.profile import Profile

__all__ = ["Body", "Step", "any_with", "roles"]

Body = dict[str, Any]


class Step(NamedTuple):
    """One difference between OpenAI's body and a server's.

    ``facts`` are the profile's facts it reads; it runs where one of them is not at the value that
    says "as OpenAI has it" (mostly the default).
    ``apply`` returns the body itself, the same object, if there is nothing to change; otherwise a
    copy as shallow as possible. It never changes what it is given and never fails: a body of an
    unexpected shape is left as it is.
    ``describe`` says of a body that ``apply`` will change what is left out of it, one phrase each.
    """

    facts: tuple[str, ...]
    apply: Callable[[Body, Profile], Body]
    describe: Callable[[Body, Profile], tuple[str, ...]] | None = None


def roles(messages: Sequence[Any]) -> set[str]:
    """The roles among messages: a quick look before any copying, for histories are long."""
    try:
        return {message["role"] for message in messages}
    except (TypeError, KeyError, IndexError):
        found = (m.get("role") for m in messages if isinstance(m, Mapping))
        return {role for role in found if isinstance(role, str)}


def any_with(messages: Sequence[Any], key: str) -> bool:
    """Whether a message has that key."""
    try:
        return True in [key in message for message in messages]
    except TypeError:
        return any(key in message for message in messages if isinstance(message, Mapping))
