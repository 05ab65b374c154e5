"""What a step is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from openai_compatible.profiles.profile import Profile

__all__ = ["Body", "Step"]

Body = dict[str, Any]


class Step(NamedTuple):
    """One difference between OpenAI's body and a server's.

    ``facts`` are the profile's facts it reads; it runs where one of them is not at the value that
    says "as OpenAI has it" (mostly the default).
    ``apply`` returns the body itself, the same object, if there is nothing to change; otherwise a
    copy as shallow as possible. It never changes what it is given and never fails: a body of an
    unexpected shape is left as it is.
    """

    facts: tuple[str, ...]
    apply: Callable[[Body, Profile], Body]
