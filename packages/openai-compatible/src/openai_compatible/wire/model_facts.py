"""What an entry of a model list says a model can do, takes, and costs. Unknown stays ``None``.

Shapes (2026-11-21; the sources are in tests/openai_compatible/wire/test_published_models.py)
    ============  ========================================================================
    OpenRouter    ``architecture.input_modalities``, ``supported_parameters``, ``pricing.prompt``
    Groq, Chutes  ``input_modalities``, ``supported_features``, ``pricing.prompt``: the form in which
                  OpenRouter asks its providers for their lists
    Together      ``type``, ``pricing.input``
    Vercel        ``type``, ``tags``, ``pricing.input``
    DeepInfra     ``metadata.tags``, ``metadata.pricing.input_tokens``
    Venice        ``model_spec.capabilities.supportsVision``, ``model_spec.pricing.input.usd``
    Mistral       ``capabilities``: ``{"function_calling": true, "vision": false}``
    LiteLLM       ``model_info``: ``mode``, ``supports_function_calling``, ``input_cost_per_token``
    LM Studio     v0: ``type`` (``llm``, ``vlm``, ``embeddings``), ``capabilities``: ``["tool_use"]``;
                  v1: ``capabilities``: ``{"vision": true, "trained_for_tool_use": true}``
    Ollama        ``capabilities``: ``completion``, ``tools``, ``vision``, ``thinking``, ``embedding``
    Xinference    ``model_type``, ``model_ability``: ``chat``, ``tools``, ``vision``, ``reasoning``
    llama.cpp     ``modalities``: ``{"vision": false}``, ``chat_template_caps.supports_tools``
    ============  ========================================================================

LiteLLM's ``supported_openai_params`` says what its provider takes, also for embedding models and for
models it does not know (1.106.2), so it is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

__all__ = ["ModelFacts", "read_facts"]

Kind = Literal["chat", "embedding", "rerank", "audio", "image", "other"]
Place = Mapping[str, Any]

_KINDS: Mapping[str, Kind] = {
    "chat": "chat",
    "llm": "chat",
    "vlm": "chat",
    "language": "chat",
    "completion": "chat",
    "text-generation": "chat",
    "image-text-to-text": "chat",
    "embedding": "embedding",
    "embeddings": "embedding",
    "feature-extraction": "embedding",
    "rerank": "rerank",
    "reranker": "rerank",
    "reranking": "rerank",
    "audio": "audio",
    "transcribe": "audio",
    "transcription": "audio",
    "speech": "audio",
    "audio_transcription": "audio",
    "audio_speech": "audio",
    "image": "image",
    "image_generation": "image",
    "classifier": "other",
    "moderation": "other",
    "realtime": "other",
    "video": "other",
    "video_generation": "other",
}
_PRODUCTS = ("embeddings", "rerank", "transcription", "speech")
"""Output modalities that say the kind; text is what chat models and others bring."""

_FLAGS = ("capabilities", "modalities", "functionality", "chat_template_caps")
_COMPLETE = ("supported_parameters", "supported_features")
_NAMING = ("capabilities", "tags", "model_ability")
_TOOLS = ("tools", "tool_use", "tool-use", "function_calling", "tool-calling")
_REASONING = ("thinking", "reasoning", "include_reasoning", "reasoning_effort")
_MILLION = 1_000_000


class ModelFacts(NamedTuple):
    """Capabilities, kind and prices (of a million tokens) of one model."""

    kind: Kind | None = None
    tools: bool | None = None
    structured_output: bool | None = None
    reasoning: bool | None = None
    image_inputs: bool | None = None
    audio_inputs: bool | None = None
    input_modalities: tuple[str, ...] | None = None
    output_modalities: tuple[str, ...] | None = None
    input_cost: float | None = None
    output_cost: float | None = None


def read_facts(places: Sequence[Place]) -> ModelFacts:
    """Read an entry and the objects inside it that hold facts.

    A flag is as it says. A list that is complete (Ollama's capabilities, OpenRouter's parameters and
    features, modalities) says ``False`` of what it lacks; of any other list only what is in it counts.
    A price of 0 is free, a negative one says nothing.

    >>> read_facts([{"capabilities": ["completion", "tools"]}]).image_inputs
    False
    >>> read_facts([{"capabilities": ["tool_use"]}]).image_inputs is None
    True
    """
    places = [*places, *_inside(places, _FLAGS)]
    complete, named = _lists(places)
    capable = [words for words in complete if _of_ollama(words)]
    taken = _words(places, "input_modalities", "modalities")
    brought = _words(places, "output_modalities")
    takes = [] if taken is None else [frozenset(taken)]
    return ModelFacts(
        kind=_kind(places, complete, brought),
        tools=_known(
            _flag(
                places,
                "supports_function_calling",
                "supportsFunctionCalling",
                "function_calling",
                "trained_for_tool_use",
                "supports_tools",
                "tool_call",
                "tool_use",
            ),
            _listed(complete, named, _TOOLS),
        ),
        structured_output=_structured(places, complete, named),
        reasoning=_known(
            _flag(places, "supports_reasoning", "supportsReasoning", "reasoning", "thinking"),
            _listed(complete, named, _REASONING),
        ),
        image_inputs=_known(
            _flag(places, "supports_vision", "supportsVision", "vision"),
            _listed([*takes, *capable], named, ("vision",), also=("image",), of=takes),
            True if any(place.get("type") == "vlm" for place in places) else None,
        ),
        audio_inputs=_known(
            _flag(places, "supports_audio_input", "supportsAudioInput", "audio"),
            _listed(takes, (), ("audio",)),
        ),
        input_modalities=taken,
        output_modalities=brought,
        input_cost=_price(places, "input_cost_per_token", "prompt", "input", "input_tokens"),
        output_cost=_price(places, "output_cost_per_token", "completion", "output", "output_tokens"),
    )


def _inside(places: Sequence[Place], keys: Sequence[str]) -> list[Place]:
    return [inner for place in places for key in keys if isinstance(inner := place.get(key), Mapping)]


def _of_ollama(words: frozenset[str]) -> bool:
    return not words.isdisjoint(("completion", "embedding"))


def _lists(places: Sequence[Place]) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
    """The lists of words that are complete, and those that are not."""
    complete = [frozenset(words) for place in places for words in _lists_of(place, _COMPLETE)]
    others = [frozenset(words) for place in places for words in _lists_of(place, _NAMING)]
    return [*complete, *filter(_of_ollama, others)], [one for one in others if not _of_ollama(one)]


def _lists_of(place: Place, keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for key in keys:
        value = place.get(key)
        if isinstance(value, list):
            yield tuple(dict.fromkeys(word.lower() for word in value if isinstance(word, str)))


def _words(places: Sequence[Place], *keys: str) -> tuple[str, ...] | None:
    """The first list of words under one of the keys, none twice."""
    return next((words for place in places for words in _lists_of(place, keys) if words), None)


def _flag(places: Sequence[Place], *keys: str) -> bool | None:
    """The first flag; an object under its name (``"reasoning": {"efforts": [...]}``) means yes."""
    for place in places:
        for key in keys:
            value = place.get(key)
            if isinstance(value, bool):
                return value
            if value and isinstance(value, Mapping):
                return True
    return None


def _listed(
    complete: Sequence[frozenset[str]],
    named: Sequence[frozenset[str]],
    wanted: Sequence[str],
    *,
    also: Sequence[str] = (),
    of: Sequence[frozenset[str]] = (),
) -> bool | None:
    """Whether a list has one of the words; ``also`` are words that count in the lists ``of`` only."""
    if any(not words.isdisjoint(wanted) for words in (*complete, *named)):
        return True
    if any(not words.isdisjoint(also) for words in of):
        return True
    return False if complete else None


def _structured(
    places: Sequence[Place], complete: Sequence[frozenset[str]], named: Sequence[frozenset[str]]
) -> bool | None:
    flag = _flag(
        places, "supports_response_schema", "supportsResponseSchema", "structured_output", "json_schema"
    )
    if flag is not None:
        return flag
    lists = [words for words in complete if not _of_ollama(words)]
    found = _listed(lists, named, ("structured_outputs", "structured_output", "json_schema"))
    if found is False and any("response_format" in words for words in lists):
        return None  # that may be json_object alone
    return found


def _kind(
    places: Sequence[Place], lists: Sequence[frozenset[str]], brought: Sequence[str] | None
) -> Kind | None:
    for place in places:
        for key in ("mode", "type", "model_type", "kind", "task", "model_pipeline_tag"):
            value = place.get(key)
            word = next(iter(value), None) if isinstance(value, Mapping) else value
            if isinstance(word, str) and word.lower() in _KINDS:
                return _KINDS[word.lower()]
    for word in ("completion", "embedding"):
        if any(word in words for words in lists):
            return _KINDS[word]
    if _flag(places, "completion_chat"):
        return "chat"
    return next((_KINDS[word] for word in _PRODUCTS if brought and word in brought), None)


def _known(*values: bool | None) -> bool | None:
    """The first that is known."""
    return next((value for value in values if value is not None), None)


def _price(places: Sequence[Place], per_token: str, *in_pricing: str) -> float | None:
    """Dollars of a million tokens."""
    for place in places:
        found = _number(place.get(per_token))
        if found is not None:
            return round(found * _MILLION, 9)
    for pricing in _inside(places, ("pricing",)):
        if pricing.get("unit_type", "TOKEN") != "TOKEN":
            continue
        for key in in_pricing:
            value = pricing.get(key)
            found = _number(value.get("usd") if isinstance(value, Mapping) else value)
            if found is not None:
                return _of_a_million(found)
    return None


def _of_a_million(price: float) -> float:
    """A price of a token (OpenRouter, Vercel) or of a million (Together, DeepInfra), as the latter.

    No server says which. A million tokens cost more than a tenth of a cent and less than 1,000 dollars,
    so only one of the two readings is a price.

    >>> _of_a_million(0.0000025), _of_a_million(2.5)
    (2.5, 2.5)
    """
    return round(price * _MILLION, 9) if price < 0.001 else price


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < float("inf") else None
