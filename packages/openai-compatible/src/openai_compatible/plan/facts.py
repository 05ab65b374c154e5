"""What is known of a model: written by hand, said by its server, or a fact of its server's family."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from openai_compatible.plan.routing import Target
from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.profiles.registry import GENERIC, names, profile
from openai_compatible.types import ModelInfo

__all__ = ["family", "known_facts"]

_WRITTEN = (
    "context_window",
    "max_output_tokens",
    "dimensions",
    "tools",
    "structured_output",
    "reasoning",
    "image_inputs",
    "audio_inputs",
    "input_cost",
    "output_cost",
)
"""Fields that both ``Model`` and ``ModelInfo`` have."""


def family(target: Target) -> Profile:
    """The dialect of a target; the generic one where only a plugin can know its profile."""
    provider = target.provider
    known = profile(provider.profile) if provider.profile in names() else GENERIC
    return with_facts(known, {**provider.dialect, **target.facts.dialect})


def known_facts(
    target: Target, info: ModelInfo | None = None, dialect: Profile | None = None
) -> ModelInfo:
    """One answer from three sources; what none of them says is ``None``.

    Hand-written facts (``Provider.models``) beat what the server said, and that beats the family's
    rows. 0 is a value: a model that costs 0 is free.

    Args:
        target: The model, with its hand-written facts.
        info: What its server said of it, if it was asked.
        dialect: The family's facts, with what refusals have taught; by default without.

    >>> from openai_compatible.config.provider import Model, Provider
    >>> provider = Provider(name="p", base_url="http://127.0.0.1:1", models={"m": Model(tools=False)})
    >>> known_facts(Target.at(provider, "m"), ModelInfo("m", tools=True, context_window=9)).tools
    False
    """
    said = ModelInfo(target.model) if info is None else info
    rows = family(target) if dialect is None else dialect
    found: dict[str, Any] = {"tools": rows.tools, "structured_output": rows.json_schema}
    for name in _WRITTEN:
        for source in (said, target.facts):  # the later wins
            value = getattr(source, name)
            if value is not None:
                found[name] = value
    return replace(said, **found)
