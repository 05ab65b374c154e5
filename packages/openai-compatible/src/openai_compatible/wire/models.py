"""Model lists, in the shapes servers send them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_compatible.types import ModelInfo
from openai_compatible.wire.decode import MAX_DEPTH
from openai_compatible.wire.error_body import error_from_chunk
from openai_compatible.wire.json_body import read_json
from openai_compatible.wire.malformed import malformed
from openai_compatible.wire.model_facts import read_facts
from openai_compatible.wire.usage import whole_number

__all__ = ["read_models"]

_LISTS = ("data", "models", "result", "results", "catalog")
_NAMES = ("id", "name", "model", "slug", "key", "model_name")
_META = (
    "meta",
    "metadata",
    "model_info",
    "model_spec",
    "top_provider",
    "architecture",
    "limits",
    "stats",
    "details",
    "litellm_params",
)

# models-context-field-names of the quirk catalogue, 2026-11-20; max_model_len: vllm/models;
# meta.n_ctx, n_ctx_train: llama_server/models; max_input_tokens: litellm_native/model_info. What is
# served stands before what the model was trained for.
_WINDOW = (
    "loaded_context_length",
    "max_model_len",
    "context_window",
    "context_length",
    "max_context_length",
    "max_context",
    "n_ctx",
    "max_input_tokens",
    "inputTokenLimit",
    "input_token_limit",
    "availableContextTokens",
    "max_sequence_length",
    "n_ctx_train",
)
_OUTPUT = (
    "max_output_tokens",
    "max_completion_tokens",
    "max_output_length",
    "maxCompletionTokens",
    "outputTokenLimit",
    "output_token_limit",
)
_DIMENSIONS = ("dimensions", "embedding_length", "output_vector_size", "embedding_dimensions")

# llama.cpp says `n_embd` of every model it serves (llama_server/models): the width of its layers. It is
# the length of vectors only where the model is said to embed.
_WIDTH = ("n_embd",)


def read_models(
    body: bytes, *, content_type: str | None = None, depth: int = MAX_DEPTH
) -> list[ModelInfo]:
    """Read the answer of ``/models``.

    A list under ``data``, ``models`` and the like, a bare array, ``null`` for an empty list, texts
    instead of objects; an entry without any name is left out; the first of two entries with one
    name counts.

    Raises:
        MalformedResponseError: Not a model list: HTML, text, another JSON.
        ResponseTooLargeError: It is nested deeper than ``depth`` levels.
        APIStatusError: The body is an error, whatever the status said.

    Wire:
        ``{"data": [{"id": "m", "max_model_len": 4096}]}`` -> ``[ModelInfo("m", context_window=4096)]``
    """
    value = read_json(body, content_type, what="a model list", depth=depth)
    error = error_from_chunk(value)
    if error is not None:
        raise error
    found: dict[str, ModelInfo] = {}
    for entry in _entries(value, body, content_type):
        info = _info(entry)
        if info is not None:
            found.setdefault(info.id, info)
    return list(found.values())


def _entries(value: Any, body: bytes, content_type: str | None) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, list):
        return [item for entry in value for item in _inner(entry)]
    if isinstance(value, Mapping):
        lists = [value[key] for key in _LISTS if key in value]
        for entries in lists:
            if isinstance(entries, list) and (entries or len(lists) == 1):
                return [item for entry in entries for item in _inner(entry)]
            if isinstance(entries, Mapping):
                return [
                    {"id": key, **item} for key, item in entries.items() if isinstance(item, Mapping)
                ]
        if lists:
            return []
    raise malformed(body, content_type, read=True, what="a model list")


def _inner(entry: Any) -> list[Any]:
    """An entry, or the entries of a group: ``{"catalog": [{"models": [...]}]}``."""
    if isinstance(entry, Mapping) and isinstance(entry.get("models"), list) and "id" not in entry:
        return list(entry["models"])
    return [entry]


def _info(entry: Any) -> ModelInfo | None:
    if isinstance(entry, str) and entry:
        return ModelInfo(entry)
    if not isinstance(entry, Mapping):
        return None
    name = next((found for key in _NAMES if isinstance(found := entry.get(key), str) and found), None)
    if name is None:
        return None
    places = [*_loaded(entry), entry]
    places += [meta for key in _META if isinstance(meta := entry.get(key), Mapping)]
    owner = entry.get("owned_by")
    facts = read_facts(places)
    lengths = (*_DIMENSIONS, *_WIDTH) if facts.kind == "embedding" else _DIMENSIONS
    return ModelInfo(
        id=name,
        context_window=_first(places, _WINDOW),
        max_output_tokens=_first(places, _OUTPUT) or _max_tokens(places),
        dimensions=_first(places, lengths),
        **facts._asdict(),
        owned_by=owner if isinstance(owner, str) and owner else None,
        created=whole_number(entry.get("created")),
        raw=entry,
    )


def _loaded(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """How LM Studio has loaded a model, in its v1 list: with a window that may be smaller."""
    instances = entry.get("loaded_instances")
    first = instances[0] if isinstance(instances, list) and instances else None
    config = first.get("config") if isinstance(first, Mapping) else None
    return [config] if isinstance(config, Mapping) else []


def _max_tokens(places: list[Mapping[str, Any]]) -> int | None:
    """``max_tokens`` beside a window (Vercel, DeepInfra); alone it may be either (LiteLLM)."""
    beside = ("context_window", "context_length")
    return _first([one for one in places if any(key in one for key in beside)], ("max_tokens",))


def _first(places: list[Mapping[str, Any]], keys: tuple[str, ...]) -> int | None:
    """The first positive count; 0 stands for unknown."""
    return next((n for place in places for key in keys if (n := whole_number(place.get(key)))), None)
