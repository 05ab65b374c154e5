"""A job as text instead of bytes on a socket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.auth import credentials
from openai_compatible.config.headers import check_header_name, clean_header_value
from openai_compatible.config.provider import without_secrets
from openai_compatible.explanation import Explanation
from openai_compatible.plan.attempts import Call, Trail
from openai_compatible.secret_mapping import reveal_pairs, secret_name
from openai_compatible.transport.clients import own_headers
from openai_compatible.transport.job import Job
from openai_compatible.transport.place import Place
from openai_compatible.urls import join

__all__ = ["explained"]

_MASK = "***"


def explained(job: Job[Any]) -> Explanation:
    """What the first place of a job would be sent. No key is looked up.

    Raises:
        ConfigError: The request cannot be made.
    """
    place = job.places[0]
    provider = place.target.provider
    call = Call(0, place.site.base_urls[0], Trail())
    spoken, learned = job.spoken(call)
    source = place.key.describe()
    key = place.key.shown(_MASK)
    auth = credentials(provider.auth, key)
    own = {name: value for name, value in own_headers().items() if isinstance(value, str)}
    headers = {**own, "Content-Type": "application/json"}
    asked_headers = reveal_pairs(job.headers, "headers")
    for name, value in asked_headers.items():
        check_header_name(name)
        clean_header_value(name, value)
    headers.update(_masked({**provider.headers, **asked_headers}))
    headers.update({n: _shown(value) if key == _MASK else value for n, value in auth.headers.items()})
    asked = reveal_pairs(job.query, "query")
    query = _masked({**place.base.query, **provider.parameters, **asked}) | auth.query
    return Explanation(
        provider=provider.name,
        model=spoken.body.get("model", place.target.model),
        profile=place.profile.name,
        key=source,
        method="POST",
        url=join(call.base_url, job.path),
        headers=headers,
        query=query,
        body=_concealed(spoken.body),
        dialect=spoken.dialect,
        learned={name: learned[name] for name in learned if name in spoken.dialect},
        origins=_origins(place, spoken.dialect, learned),
        fallbacks=tuple(f"{p.target.provider.name}/{p.target.model}" for p in job.places[1:]),
        _key_header="" if provider.auth.style == "basic" else next(iter(auth.headers), ""),
    )


def _origins(place: Place, dialect: Mapping[str, Any], learned: Mapping[str, Any]) -> dict[str, str]:
    """Where everything comes from: the provider's fields, the model's, the facts of the dialect."""
    provider, model = place.target.provider, place.target.model
    found = {name: provider.origin(name) for name in type(provider).model_fields if name != "models"}
    alias = next((one for one, facts in provider.models.items() if facts is place.target.facts), model)
    facts = place.target.facts
    for name in type(facts).model_fields:
        if name in facts.model_fields_set:
            found[f"models.{alias}.{name}"] = provider.origin(f"models.{alias}.{name}")
    for fact in dialect:
        if fact in learned:
            origin = "learned"
        elif fact in place.target.facts.dialect:
            origin = provider.origin(f"models.{alias}.dialect.{fact}")
        elif fact in provider.dialect:
            origin = provider.origin(f"dialect.{fact}")
        else:
            origin = f"profile {place.profile.name}"
        found[f"dialect.{fact}"] = origin
    return found


def _shown(value: str) -> str:
    """A credential: its scheme, and nothing of what follows, which may be encoded."""
    return value if _MASK in value else f"{value.partition(' ')[0]} {_MASK}"


def _masked(given: dict[str, str]) -> dict[str, str]:
    harmless, _ = without_secrets(given)
    return {name: value if name in harmless else _MASK for name, value in given.items()}


def _concealed(value: Any) -> Any:
    """A body without the text of fields whose name says that it is a secret."""
    if isinstance(value, Mapping):
        return {
            name: _MASK if isinstance(item, str) and secret_name(name) else _concealed(item)
            for name, item in value.items()
        }
    return [_concealed(item) for item in value] if isinstance(value, list | tuple) else value
