"""What an adapter could not put into a chat dict: it says so in the dict, and the record tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from openai_compatible.wire.dialect.step import Body, any_with

__all__ = ["OMISSIONS", "Omitted", "take_omissions"]

OMISSIONS = "omissions"
"""Key of a chat dict with a list of phrases that say what of the message is not sent; never sent."""


class Omitted(NamedTuple):
    """A body without the neutral key, and what it said."""

    body: Body
    omissions: tuple[str, ...] = ()


def take_omissions(body: Body) -> Omitted:
    """Take the phrases out of the messages. The body given is not changed.

    >>> take_omissions({"messages": [{"role": "user", "omissions": ["a title"]}]})
    Omitted(body={'messages': [{'role': 'user'}]}, omissions=('a title was left out',))
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not any_with(messages, OMISSIONS):
        return Omitted(body)
    kept = []
    found: dict[str, None] = {}
    for message in messages:
        if isinstance(message, Mapping) and OMISSIONS in message:
            phrases = message[OMISSIONS]
            found.update(
                (f"{phrase} was left out", None)
                for phrase in (phrases if isinstance(phrases, list) else ())
            )
            kept.append({key: value for key, value in message.items() if key != OMISSIONS})
        else:
            kept.append(message)
    return Omitted({**body, "messages": kept}, tuple(found))
