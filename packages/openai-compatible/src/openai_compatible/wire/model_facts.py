"""What an entry of a model list says a model can do, takes, and costs. Unknown stays ``None``.

Shapes (2026-11-21)
    ============  ========================================================================
    OpenRouter    ``architecture.input_modalities``, ``supported_parameters``, ``pricing.prompt``
                  in dollars a token, as text (https://openrouter.ai/docs/api-reference/list-available-models)
    Together      ``type``, ``pricing.input`` in dollars a million tokens
    LiteLLM       ``model_info``: ``mode``, ``supports_function_calling``,
                  ``input_cost_per_token`` (https://docs.litellm.ai/docs/proxy/model_management)
    LM Studio     ``type``: ``llm``, ``vlm``, ``embeddings``; ``capabilities``
    Ollama        ``capabilities``: ``completion``, ``tools``, ``vision``, ``thinking``,
                  ``embedding`` (https://docs.ollama.com/api)
    llama.cpp     ``modalities``: ``{"vision": false, "audio": false}``
    ============  ========================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

__all__ = ["ModelFacts", "read_facts"]

Kind = Literal["chat", "embedding", "rerank", "audio", "image", "other"]

_KINDS: Mapping[str, Kind] = {
    "chat": "chat",
    "llm": "chat",
    "vlm": "chat",
    "language": "chat",
    "completion": "chat",
    "text-generation": "chat",
    "embedding": "embedding",
    "embeddings": "embedding",
    "feature-extraction": "embedding",
    "rerank": "rerank",
    "audio": "audio",
    "transcribe": "audio",
    "audio_transcription": "audio",
    "audio_speech": "audio",
    "image": "image",
    "image_generation": "image",
}
_MILLION = 1_000_000


class ModelFacts(NamedTuple):
    """Capabilities, kind and prices (of a million tokens) of one model."""

    kind: Kind | None = None
    tools: bool | None = None
    structured_output: bool | None = None
    reasoning: bool | None = None
    image_inputs: bool | None = None
    audio_inputs: bool | None = None
    input_cost: float | None = None
    output_cost: float | None = None


def read_facts(places: Sequence[Mapping[str, Any]]) -> ModelFacts:
    """Read an entry and the objects inside it that hold facts.

    A list of capabilities is complete: what is not in it is ``False``. Single flags that are missing
    are unknown. A price of 0 is free, a negative one says nothing.

    >>> read_facts([{"capabilities": ["completion", "tools"]}]).image_inputs
    False
    """
    listed = _words(places, "capabilities")
    parameters = _words(places, "supported_parameters", "supported_openai_params")
    inputs = _words(places, "input_modalities") or _words(places, "modalities")
    kind = _kind(places, listed)
    return ModelFacts(
        kind=kind,
        tools=_known(
            _flag(places, "supports_function_calling", "tool_use", "function_calling", "supports_tools"),
            _listed(listed, "tools", "tool_use", "function_calling"),
            _listed(parameters, "tools"),
        ),
        structured_output=_known(
            _flag(places, "supports_response_schema", "structured_output", "supports_json_schema"),
            _listed(parameters, "structured_outputs", "response_format"),
        ),
        reasoning=_known(
            _flag(places, "supports_reasoning", "reasoning", "thinking"),
            _listed(listed, "thinking", "reasoning"),
            _listed(parameters, "reasoning", "include_reasoning", "reasoning_effort"),
        ),
        image_inputs=_known(
            _flag(places, "supports_vision", "vision"),
            _listed(inputs, "image", "vision"),
            _listed(listed, "vision", "image"),
        ),
        audio_inputs=_known(_flag(places, "supports_audio_input", "audio"), _listed(inputs, "audio")),
        input_cost=_price(places, "input_cost_per_token", "prompt", "input"),
        output_cost=_price(places, "output_cost_per_token", "completion", "output"),
    )


def _kind(places: Sequence[Mapping[str, Any]], listed: frozenset[str] | None) -> Kind | None:
    for place in places:
        for key in ("mode", "type", "model_type", "kind", "task"):
            word = place.get(key)
            if isinstance(word, str) and word.lower() in _KINDS:
                return _KINDS[word.lower()]
    for word in ("completion", "chat", "embedding"):
        if listed is not None and word in listed:
            return _KINDS[word]
    return None


def _words(places: Sequence[Mapping[str, Any]], *keys: str) -> frozenset[str] | None:
    """A list of words, or the true flags of an object."""
    for place in places:
        for key in keys:
            value = place.get(key)
            if isinstance(value, list):
                return frozenset(word.lower() for word in value if isinstance(word, str))
            if isinstance(value, Mapping) and value and all(isinstance(v, bool) for v in value.values()):
                return frozenset(str(word).lower() for word, true in value.items() if true)
    return None


def _flag(places: Sequence[Mapping[str, Any]], *keys: str) -> bool | None:
    found = (place.get(key) for place in places for key in keys)
    return next((value for value in found if isinstance(value, bool)), None)


def _listed(words: frozenset[str] | None, *wanted: str) -> bool | None:
    return None if words is None else not words.isdisjoint(wanted)


def _known(*values: bool | None) -> bool | None:
    """The first that is known; of several, ``True`` before ``False``."""
    known = [value for value in values if value is not None]
    return any(known) if known else None


def _price(places: Sequence[Mapping[str, Any]], per_token: str, *in_pricing: str) -> float | None:
    """Dollars of a million tokens."""
    for place in places:
        found = _number(place.get(per_token))
        if found is not None:
            return found * _MILLION
        pricing = place.get("pricing")
        if isinstance(pricing, Mapping):
            token, million = in_pricing
            found = _number(pricing.get(token))
            if found is not None:
                return found * _MILLION
            found = _number(pricing.get(million))
            if found is not None:
                return found
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < float("inf") else None
