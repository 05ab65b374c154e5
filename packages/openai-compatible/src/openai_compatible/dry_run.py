"""What would be sent, without sending it: method, URL, headers, body, and why it looks so.

>>> from openai_compatible import Client
>>> found = explain(Client(base_url="http://127.0.0.1:8000", model="m"), "Hi", max_tokens=5)
>>> found.url, found.body["max_tokens"]
('http://127.0.0.1:8000/v1/chat/completions', 5)
"""

from __future__ import annotations

from typing import Any

from openai_compatible.client import Client
from openai_compatible.errors import ConfigError
from openai_compatible.explanation import Explanation

__all__ = ["explain"]


def explain(subject: Any, asked: Any, *, stream: bool = False, **params: Any) -> Explanation:
    """The request that a call would send.

    Args:
        subject: A client, a model of one of the adapter packages, also with tools bound to it, or a
            model reference.
        asked: What the call would get: messages, a prompt, a ``ChatRequest``.
        stream: As for a stream.
        params: Further arguments of the call.

    Raises:
        ConfigError: The request could not be made, or the subject is of no known kind.
    """
    while hasattr(subject, "bound") and hasattr(subject, "kwargs"):  # a runnable with arguments bound
        params = {**subject.kwargs, **params}
        subject = subject.bound
    if isinstance(subject, str):
        subject = Client(subject)
    if not hasattr(subject, "explain"):
        raise ConfigError(
            f"a {type(subject).__name__} sends no requests that could be explained",
            hint="Give a Client, a model of ours, or a model reference.",
        )
    found: Explanation = subject.explain(asked, stream=stream, **params)
    return found
