"""LangChain's ``profile`` of a model, made of what is known without asking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from langchain_core.language_models.model_profile import ModelProfile

from openai_compatible.client import Client
from openai_compatible.plan.facts import family
from openai_compatible.plan.routing import Target
from openai_compatible.types import ModelInfo

__all__ = ["model_profile"]


def model_profile(targets: Sequence[Target]) -> ModelProfile | None:
    """The profile of the first target's model; ``None`` where nothing is known.

    Hand-written facts of the model first, then what its server said lately, then its server's family.
    A key that nobody knows is left out: LangChain reads that as unknown.
    """
    client, target = Client(targets), targets[0]
    facts, said = client.facts(), client.known_info()
    known: dict[str, Any] = {
        "name": target.facts.display_name,
        "max_input_tokens": facts.context_window,
        "max_output_tokens": facts.max_output_tokens,
        "tool_calling": facts.tools,
        "structured_output": _structured(target, facts, said),
        "reasoning_output": facts.reasoning,
        "image_inputs": facts.image_inputs,
        "audio_inputs": facts.audio_inputs,
        **_modalities(facts),
    }
    declared = ModelProfile.__annotations__  # of the installed LangChain; another key is warned about
    found = {name: value for name, value in known.items() if value is not None and name in declared}
    return cast("ModelProfile", found) if found else None


def _structured(target: Target, facts: ModelInfo, said: ModelInfo | None) -> bool | None:
    """Whether agents may ask for a schema beside their tools: that is what LangChain reads here.

    Where the two exclude each other (``schema_with_tools``) the schema is not sent, so a yes is not
    said; nor is a family's yes that nobody tried with tools.
    """
    if not facts.structured_output:
        return facts.structured_output
    together = family(target).schema_with_tools
    of_the_model = target.facts.structured_output or (said is not None and said.structured_output)
    return True if together or (together is None and of_the_model) else None


def _modalities(facts: ModelInfo) -> dict[str, bool]:
    """The further modalities of a server that lists them."""
    found: dict[str, bool] = {}
    taken, brought = facts.input_modalities, facts.output_modalities
    if taken is not None:
        found["text_inputs"] = "text" in taken
        found["video_inputs"] = "video" in taken
        found["pdf_inputs"] = not {"pdf", "file"}.isdisjoint(taken)
    if brought is not None:
        found |= {f"{name}_outputs": name in brought for name in ("text", "image", "audio", "video")}
    return found
