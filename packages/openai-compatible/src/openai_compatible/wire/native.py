"""What servers say of their models at paths of their own, beside ``/models``.

The rows are at the end; plugins add theirs (``openai_compatible_native_paths``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from openai_compatible.profiles.profile import Evidence
from openai_compatible.types import ModelInfo
from openai_compatible.wire.json_body import read_json
from openai_compatible.wire.malformed import malformed
from openai_compatible.wire.model_facts import read_facts
from openai_compatible.wire.models import read_models
from openai_compatible.wire.usage import whole_number

__all__ = [
    "NativePath",
    "Reader",
    "filled",
    "merged",
    "native_paths",
    "read_info",
    "read_props",
    "read_shown",
    "register",
]

Reader = Callable[[bytes, str], "ModelInfo | Sequence[ModelInfo]"]
"""Reads a body; the text is the model that was asked about, ``""`` if none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NativePath:
    """A path at which the servers of one family say more of their models than in their list.

    >>> NativePath(profile="acme", path="/acme/models", about="all", read=lambda body, model: []).path
    '/acme/models'
    """

    profile: str
    """Name of the profile whose servers have it."""
    path: str
    """Below the base URL without its version: ``/api/tags`` for ``http://host:11434/v1``."""
    about: Literal["all", "one", "only", "loaded"]
    """``all``: every model; ``one``: the one whose id is posted as ``{"model": id}``; ``only``: the one
    that the server has; ``loaded``: those in memory, as they are served now."""
    read: Reader
    """Pure: bytes to facts. Raises an error of ours for what is none; any other is taken as one."""
    otherwise: tuple[str, ...] = ()
    """Further spellings, asked for where the first is not there."""
    says: str = ""
    """What can be learned there, for people."""
    evidence: tuple[Evidence, ...] = ()


_added: dict[str, tuple[NativePath, ...]] = {}


def native_paths(profile: str) -> tuple[NativePath, ...]:
    """The paths of a family, in the order in which they are asked; what a later one says beats.

    >>> [native.path for native in native_paths("ollama")]
    ['/api/tags', '/api/show', '/api/ps']
    """
    return _added.get(profile, ()) + _SHIPPED.get(profile, ())


def register(added: NativePath) -> bool:
    """Add a path of a plugin's; ``False`` if that profile has it already."""
    known = {path for one in native_paths(added.profile) for path in (one.path, *one.otherwise)}
    if added.path in known:
        return False
    _added[added.profile] = (*_added.get(added.profile, ()), added)
    return True


def read_shown(body: bytes, model: str) -> ModelInfo:
    """Ollama's ``POST /api/show`` (docs/api.md and api/types.go @fb307609, 2026-08-21).

    ``num_ctx`` among the parameters is what the model is loaded with unless the server says otherwise.

    Wire:
        ``{"model_info": {"general.architecture": "llama", "llama.context_length": 8192},
        "capabilities": ["completion", "tools"]}`` ->
        ``ModelInfo("m", context_window=8192, kind="chat", tools=True, ...)``
    """
    value = _object(body)
    facts = value.get("model_info")
    inner: Mapping[str, Any] = facts if isinstance(facts, Mapping) else {}
    family = inner.get("general.architecture")

    def of(name: str) -> int | None:
        keys = [f"{family}.{name}", *(key for key in inner if key.endswith(f".{name}"))]
        return next((number for key in keys if (number := whole_number(inner.get(key)))), None)

    return ModelInfo(
        model,
        context_window=_num_ctx(value.get("parameters")) or of("context_length"),
        dimensions=of("embedding_length"),
        **read_facts([value])._asdict(),
        raw=value,
    )


_NUM_CTX = re.compile(r"^num_ctx[ \t]{1,80}(\d{1,9})[ \t\r]{0,80}$", re.MULTILINE)


def _num_ctx(parameters: Any) -> int | None:
    found = _NUM_CTX.search(str(parameters or ""))
    return int(found[1]) or None if found else None


def read_props(body: bytes, model: str) -> ModelInfo:
    """llama.cpp's ``GET /props`` (tests/fixtures/llama_server_native/props).

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
    """``GET /info`` of TGI (router/src/lib.rs @db931fcf) and TEI (docs/openapi.json of 1.7.1).

    Wire:
        ``{"model_id": "m", "max_input_tokens": 4095, "max_total_tokens": 4096}`` ->
        ``ModelInfo("m", context_window=4096)``
    """
    value = _object(body)
    names = ("max_total_tokens", "max_input_tokens", "max_input_length")
    window = next((number for name in names if (number := whole_number(value.get(name)))), None)
    own = value.get("model_id")
    name = model or (own if isinstance(own, str) else "")
    return ModelInfo(name, context_window=window, **read_facts([value])._asdict(), raw=value)


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


def merged(listed: ModelInfo | None, more: ModelInfo, path: str) -> ModelInfo:
    """A model of the list with what the server's own path says; that beats, the id stays.

    ``raw`` is the object of the list, with the other one under its path.

    >>> merged(ModelInfo("m", raw={"id": 1}), ModelInfo("m", raw={"x": 2}), "/show").raw
    {'id': 1, '/show': {'x': 2}}
    """
    if listed is None:
        return more
    raw = {**listed.raw, path: more.raw}
    return replace(filled(more, listed), id=listed.id, owned_by=listed.owned_by, raw=raw)


def _object(body: bytes) -> Mapping[str, Any]:
    value = read_json(body, what="facts of a model")
    if not isinstance(value, Mapping):
        raise malformed(body, None, read=True, what="facts of a model")
    return value


def _all(body: bytes, model: str) -> list[ModelInfo]:
    return read_models(body)


_OLLAMA = (
    NativePath(
        profile="ollama",
        path="/api/tags",
        about="all",
        read=_all,
        says="capabilities and trained window (since 2026-08; before, only names)",
        evidence=(Evidence("ollama/ollama api/types.go @fb307609", "2026-08-21"),),
    ),
    NativePath(
        profile="ollama",
        path="/api/show",
        about="one",
        read=read_shown,
        says="capabilities, `num_ctx` or the trained window, dimensions",
        evidence=(Evidence("ollama/ollama docs/openapi.yaml @fb307609", "2026-08-21"),),
    ),
    NativePath(
        profile="ollama",
        path="/api/ps",
        about="loaded",
        read=_all,
        says="the window a loaded model is served with",
        evidence=(Evidence("ollama/ollama docs/openapi.yaml @fb307609", "2026-08-21"),),
    ),
)
_SHIPPED: Mapping[str, tuple[NativePath, ...]] = {
    "ollama": _OLLAMA,
    "llama_cpp": (
        NativePath(
            profile="llama_cpp",
            path="/props",
            about="only",
            read=read_props,
            says="the window that is served, modalities, whether its template has tools",
            evidence=(Evidence("tests/fixtures/llama_server_native/props", "2026-11-21"),),
        ),
    ),
    "lmstudio": (
        NativePath(
            profile="lmstudio",
            path="/api/v1/models",
            about="all",
            read=_all,
            otherwise=("/api/v0/models",),
            says="kind, capabilities, the loaded window or else the longest",
            evidence=(
                Evidence("lmstudio-ai/docs 1_developer/2_rest @c6854fb", "2026-04-29"),
                Evidence("co-l/openfox#49, answers of both paths", "2026-07-14"),
            ),
        ),
    ),
    "litellm": (
        NativePath(
            profile="litellm",
            path="/model/info",
            about="all",
            read=_all,
            otherwise=("/v1/model/info",),
            says="kind, capabilities, window, longest answer, dimensions, prices",
            evidence=(Evidence("tests/fixtures/litellm_native/model_info", "2026-11-21"),),
        ),
    ),
    "tgi": (
        NativePath(
            profile="tgi",
            path="/info",
            about="only",
            read=read_info,
            says="kind and window",
            evidence=(
                Evidence(
                    "huggingface/text-generation-inference router/src/lib.rs @db931fcf", "2026-01-08"
                ),
            ),
        ),
    ),
    "tei": (
        NativePath(
            profile="tei",
            path="/info",
            about="only",
            read=read_info,
            says="kind and longest text",
            evidence=(
                Evidence("huggingface/text-embeddings-inference docs/openapi.json 1.7.1", "2026-11-21"),
            ),
        ),
    ),
}
