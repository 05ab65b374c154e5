"""Names the constructor accepts, under which spellings. Pure.

An unknown name is an error that proposes the nearest known one: a setting that is dropped in
silence sends requests to the wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from openai_compatible.errors import ConfigError

__all__ = ["ALIASES", "checked"]

ALIASES = {
    "model": "model_name",
    "api_base": "base_url",
    "request_timeout": "timeout",
    "default_headers": "headers",
    "default_query": "query",
    "async_http_client": "http_async_client",
    "batch_size": "embed_batch_size",
}
"""Other spellings, mostly those of ``OpenAILikeEmbedding``, each with the name used here."""

_REFUSED = {
    "mode": "it names models of OpenAI; set model_name to the server's own id",
    "azure_endpoint": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "azure_deployment": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "organization": "set headers={'OpenAI-Organization': ...}",
    "query_instruction": "set query_prefix; it is put before the text as it is",
    "text_instruction": "set text_prefix; it is put before the text as it is",
}
"""Names other classes take that mean nothing here, and what to do instead."""


def checked(given: Mapping[str, Any], known: Iterable[str], *, where: str) -> dict[str, Any]:
    """Arguments under their canonical names.

    Args:
        given: Arguments as the caller spelled them.
        known: Canonical names.
        where: What takes them, for the error.

    Raises:
        ConfigError: a name is unknown, or one setting came twice with different values.

    >>> checked({"api_base": "http://h/v1"}, ["base_url"], where="it")
    {'base_url': 'http://h/v1'}
    """
    names = set(known)
    out: dict[str, Any] = {}
    for name, value in given.items():
        target = name if name in names else ALIASES.get(name, name)
        if target not in names:
            raise _unknown(name, names | ALIASES.keys(), where)
        earlier = out.get(target)
        if earlier is not None and value is not None and earlier != value:
            raise ConfigError(f"{where} got {target!r} twice, also as {name!r}, with different values")
        out[target] = value if earlier is None else earlier
    return out


def _unknown(name: str, known: Iterable[str], where: str) -> ConfigError:
    if name in _REFUSED:
        return ConfigError(f"{where} takes no {name!r}: {_REFUSED[name]}.")
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return ConfigError(
        f"{where} takes no {name!r}",
        hint=f"{hint}What a server takes beyond the standard goes into "
        f"additional_kwargs={{{name!r}: ...}}.",
    )
