"""What servers say of their models at paths of their own, beside ``/models``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from openai_compatible.types import ModelInfo
from openai_compatible.wire.decode import decode
from openai_compatible.wire.malformed import malformed
from openai_compatible.wire.model_facts import read_facts
from openai_compatible.wire.usage import whole_number

__all__ = ["filled", "read_info", "read_props", "read_shown"]


def read_shown(body: bytes, model: str) -> ModelInfo:
    """Ollama's ``POST /api/show`` (https://docs.ollama.com/api, 2026-11-21).

    Wire:
        ``{"model_info": {"llama.context_length": 8192}, "capabilities": ["completion", "tools"]}`` ->
        ``ModelInfo("m", context_window=8192, kind="chat", tools=True, ...)``
    """
    value = _object(body)
    facts = value.get("model_info")
    inner: Mapping[str, Any] = facts if isinstance(facts, Mapping) else {}

    def of(name: str) -> int | None:
        found = (whole_number(inner[key]) for key in inner if str(key).endswith(f".{name}"))
        return next((number for number in found if number), None)

    return ModelInfo(
        model,
        context_window=of("context_length"),
        dimensions=of("embedding_length"),
        **read_facts([value])._asdict(),
        raw=value,
    )


def read_props(body: bytes, model: str) -> ModelInfo:
    """llama.cpp's ``GET /props`` (tests/fixtures/llama_server/props where recorded; b11434).

    Wire:
        ``{"default_generation_settings": {"n_ctx": 4096}, "modalities": {"vision": false}}`` ->
        ``ModelInfo("m", context_window=4096, image_inputs=False)``
    """
    value = _object(body)
    settings = value.get("default_generation_settings")
    places = [value, settings] if isinstance(settings, Mapping) else [value]
    windows = (whole_number(place.get("n_ctx")) for place in places)
    window = next((number for number in windows if number), None)
    return ModelInfo(model, context_window=window, **read_facts([value])._asdict(), raw=value)


def read_info(body: bytes, model: str) -> ModelInfo:
    """TGI's ``GET /info`` (https://huggingface.github.io/text-generation-inference, 2026-11-21).

    Wire:
        ``{"model_id": "m", "max_input_tokens": 4095, "max_total_tokens": 4096}`` ->
        ``ModelInfo("m", context_window=4096)``
    """
    value = _object(body)
    window = whole_number(value.get("max_total_tokens")) or whole_number(value.get("max_input_tokens"))
    return ModelInfo(model, context_window=window, raw=value)


def filled(info: ModelInfo, more: ModelInfo) -> ModelInfo:
    """The first with what it does not know taken from the second.

    >>> filled(ModelInfo("m", tools=True), ModelInfo("x", tools=False, context_window=9)).context_window
    9
    """
    missing = {
        field.name: value
        for field in fields(ModelInfo)
        if getattr(info, field.name) is None and (value := getattr(more, field.name)) is not None
    }
    return replace(info, **missing) if missing else info


Reader = Callable[[bytes, str], ModelInfo]


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = decode(body)
    except ValueError:
        raise malformed(body, None, what="facts of a model") from None
    if not isinstance(value, Mapping):
        raise malformed(body, None, read=True, what="facts of a model")
    return value
