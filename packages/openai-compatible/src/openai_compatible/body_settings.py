"""Settings whose entries go into a request's body: what they may not hold, and what is taken out.

Shared by the client and the adapter packages. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.errors import ConfigError
from openai_compatible.secret_mapping import reveal, reveal_pairs

__all__ = ["refuse_body_replacements", "split_pairs"]

_MESSAGES_FIX = "Pass the messages as the first argument."
_REPLACEMENTS = {
    "messages": _MESSAGES_FIX,
    "input": "Pass the texts as the first argument.",
    "model": "Set model to that id.",
    "stream": "Call stream() or the framework's streaming method.",
}
"""Body fields that arguments of their own fill, and what to do instead of replacing them."""

_BODIES = (
    "model_kwargs",
    "additional_kwargs",
    "extra_body",
    "query_extra_body",
    "document_extra_body",
)
"""Settings whose entries go into a request's body as they are."""
_PAIRS = {
    "headers": "headers={...}",
    "extra_headers": "headers={...}",
    "default_headers": "headers={...}",
    "http_headers": "headers={...}",
    "query": "query={...}",
    "extra_query": "query={...}",
    "default_query": "query={...}",
    "query_params": "query={...}",
    "cookies": "headers={'Cookie': ...}",
}
"""Names of headers and query parameters elsewhere, each with the argument to use. In a body no server
could use them, and their keys would end up in its log."""
_SDK_PAIRS = frozenset({
    ("model_kwargs", "extra_headers"),
    ("model_kwargs", "extra_query"),
    ("additional_kwargs", "extra_headers"),
    ("additional_kwargs", "extra_query"),
})  # fmt: skip
"""Settings whose entries under these names are taken out of the body and sent as what they are: the
arguments of the openai SDK's methods, as ``OpenAILike`` is given them."""


def refuse_body_replacements(settings: Mapping[str, Any]) -> None:
    """Refuse settings that would put into every request's body what is no addition to it.

    That is what replaces the messages, texts, model or mode, and headers and query parameters.

    Args:
        settings: Arguments of a constructor or a call, by name.

    Raises:
        ConfigError: ``model_kwargs``, ``extra_body`` or their like holds such a field. The hint names
            the argument to use; no value is shown.

    >>> refuse_body_replacements({"model_kwargs": {"top_k": 5}})
    """
    for setting in _BODIES:
        body = settings.get(setting)
        if not isinstance(body, Mapping):
            continue
        for name in _REPLACEMENTS.keys() & body.keys():
            raise ConfigError(
                f"{setting} may not hold {name!r}: it would replace what each request says",
                param=setting,
                hint=_REPLACEMENTS[name],
            )
        _refuse_pairs(setting, body)
        inner = body.get("extra_body") if setting.endswith("_kwargs") else None
        if isinstance(inner, Mapping):
            refuse_body_replacements({"extra_body": inner})


def _refuse_pairs(setting: str, body: Mapping[str, Any]) -> None:
    """Refuse headers and query parameters among the fields of a body, in whatever spelling."""
    for name, value in body.items():
        plain = name.lower().replace("-", "_") if isinstance(name, str) else ""
        if plain not in _PAIRS or (setting, name) in _SDK_PAIRS or value is None:
            continue
        if plain == "query" and not isinstance(value, Mapping):  # a text to search for, at some servers
            continue
        raise ConfigError(
            f"{setting} may not hold {name!r}: it would be sent in the body, where servers log it",
            param=setting,
            hint=f"Pass {_PAIRS[plain]} beside {setting}.",
        )


def split_pairs(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Body fields, headers and query of ``model_kwargs`` or ``additional_kwargs``.

    ``extra_body``, ``extra_headers`` and ``extra_query`` in it are the openai SDK's arguments.

    >>> split_pairs({"user": "u", "extra_headers": {"X-A": "1"}, "extra_body": {"top_k": 5}})
    ({'user': 'u', 'top_k': 5}, {'X-A': '1'}, {})
    """
    body = dict(settings)
    headers = reveal_pairs(body.pop("extra_headers", None), "extra_headers")
    query = reveal_pairs(body.pop("extra_query", None), "extra_query")
    body.update(reveal(body.pop("extra_body", None), "extra_body"))
    return body, headers, query
