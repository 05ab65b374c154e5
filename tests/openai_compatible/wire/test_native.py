"""Facts of models at paths of the servers' own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.errors import MalformedResponseError, OpenAICompatibleError
from openai_compatible.types import ModelInfo
from openai_compatible.wire import native
from openai_compatible.wire.native import (
    NativePath,
    filled,
    merged,
    native_paths,
    read_info,
    read_props,
    read_shown,
    register,
)


@pytest.mark.parametrize("read", [read_shown, read_props, read_info])
@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"3"])
def test_what_is_no_object_is_malformed(read: Any, body: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        read(body, "m")


@pytest.mark.parametrize(
    ("read", "body", "window"),
    [
        (read_shown, {"model_info": {"a.context_length": 8}}, 8),
        (read_shown, {"model_info": "odd"}, None),
        (read_props, {"n_ctx": 8}, 8),
        (read_props, {"default_generation_settings": {"n_ctx": 8}}, 8),
        (read_info, {"max_total_tokens": 8, "max_input_tokens": 7}, 8),
        (read_info, {"max_input_tokens": 7}, 7),
        (read_info, {"max_input_length": 512}, 512),
        (read_info, {}, None),
        (
            read_shown,
            {"parameters": "num_ctx    4096\nstop x", "model_info": {"a.context_length": 8}},
            4096,
        ),
        (read_shown, {"parameters": "num_ctx 0", "model_info": {"a.context_length": 8}}, 8),
        (read_shown, {"parameters": 7, "model_info": {"a.context_length": "odd"}}, None),
    ],
)
def test_the_context_window_is_found(read: Any, body: Any, window: int | None) -> None:
    assert read(json.dumps(body).encode(), "m").context_window == window


def test_only_what_is_unknown_is_filled_in() -> None:
    known = ModelInfo("m", tools=False)
    assert filled(known, ModelInfo("n", tools=True, dimensions=3)) == ModelInfo(
        "m", tools=False, dimensions=3
    )
    assert filled(known, ModelInfo("n")) is known


def test_the_servers_own_path_beats_its_list_and_the_id_stays() -> None:
    listed = ModelInfo("m:latest", context_window=9, dimensions=2, owned_by="library", raw={"id": 1})
    more = ModelInfo("m", context_window=4, tools=False, raw={"x": 2})
    assert merged(listed, more, "/p") == ModelInfo(
        "m:latest",
        context_window=4,
        dimensions=2,
        tools=False,
        owned_by="library",
        raw={"id": 1, "/p": {"x": 2}},
    )
    assert merged(None, more, "/p") is more


def test_a_path_is_added_once_to_its_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_added", {})
    shipped = native_paths("lmstudio")

    def row(path: str, profile: str = "lmstudio") -> NativePath:
        return NativePath(profile=profile, path=path, about="all", read=lambda body, model: [])

    assert native_paths("mine") == ()
    assert register(row("/more"))
    assert not register(row("/more"))
    assert not register(row("/api/v0/models")), "another spelling of a shipped one"
    assert register(row("/api/v0/models", "mine"))
    assert [one.path for one in native_paths("lmstudio")] == ["/more", shipped[0].path]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([
    "model_info", "general.architecture", "a.context_length", "parameters", "capabilities", "models",
    "data", "name", "key", "loaded_instances", "config", "default_generation_settings", "n_ctx",
    "modalities", "model_type", "pricing", "input", "details", "chat_template_caps",
])  # fmt: skip


@given(st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON) | st.lists(st.dictionaries(KEYS, JSON))))
def test_any_answer_is_read_or_is_an_error_of_ours(value: Any) -> None:
    body = json.dumps(value).encode()
    for profile in ("ollama", "llama_cpp", "lmstudio", "litellm", "tgi", "tei"):
        for path in native_paths(profile):
            try:
                told = path.read(body, "m")
            except OpenAICompatibleError:
                continue
            for info in [told] if isinstance(told, ModelInfo) else told:
                assert isinstance(info.id, str)
                assert info.context_window is None or info.context_window > 0
