"""Model lists in every shape."""

import json
from typing import Any

import pytest

from openai_compatible.errors import AuthenticationError, MalformedResponseError
from openai_compatible.types import ModelInfo
from openai_compatible.wire.models import read_models


def ids(value: Any) -> list[str]:
    return [model.id for model in read_models(json.dumps(value).encode())]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"object": "list", "data": [{"id": "a"}, {"id": "b"}]}, ["a", "b"]),
        ([{"id": "a"}, "b"], ["a", "b"]),
        ({"data": None}, []),
        ({"data": []}, []),
        (None, []),
        ([], []),
        ({"models": [{"name": "a"}, {"model": "b"}, {"slug": "c"}]}, ["a", "b", "c"]),
        ({"models": [{"name": "x"}], "data": [{"id": "a"}]}, ["a"]),
        ({"data": None, "models": [{"name": "x"}]}, ["x"]),
        ({"data": [], "models": []}, []),
        ({"catalog": [{"models": [{"id": "a"}]}, {"models": [{"id": "b"}]}]}, ["a", "b"]),
        ({"data": {"a": {"x": 1}, "b": 7}}, ["a"]),
        ({"data": [{"id": "a"}, {"id": "a"}, {}, None, 7, "", {"id": 7}]}, ["a"]),
    ],
)
def test_every_shape_of_a_list(value: Any, found: list[str]) -> None:
    assert ids(value) == found


def test_llama_cpp_says_its_window_in_meta() -> None:
    entry = {
        "id": "tiny",
        "created": 1795203815,
        "owned_by": "llamacpp",
        "meta": {"n_ctx": 4096, "n_ctx_train": 8192, "n_embd": 512},
    }
    (model,) = read_models(json.dumps({"data": [entry]}).encode())
    assert model == ModelInfo(
        "tiny", context_window=4096, owned_by="llamacpp", created=1795203815, raw=entry
    )


@pytest.mark.parametrize(
    ("entry", "window", "output"),
    [
        ({"max_model_len": 4096}, 4096, None),
        ({"max_input_tokens": 128000, "max_output_tokens": 16384}, 128000, 16384),
        (
            {
                "context_length": 0,
                "top_provider": {"context_length": 8192, "max_completion_tokens": 4096},
            },
            8192,
            4096,
        ),
        ({"context_window": "8192"}, 8192, None),
        ({"context_window": "big", "meta": []}, None, None),
        ({}, None, None),
    ],
)
def test_windows_have_many_names(entry: dict[str, Any], window: int | None, output: int | None) -> None:
    (model,) = read_models(json.dumps({"data": [{"id": "a", **entry}]}).encode())
    assert (model.context_window, model.max_output_tokens) == (window, output)


def test_odd_fields_are_unknown() -> None:
    (model,) = read_models(b'{"data": [{"id": "a", "created": "2024-01-01T00:00:00Z", "owned_by": ""}]}')
    assert (model.created, model.owned_by) == (None, None)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html>", "web page"),
        (b"", "empty"),
        (b"{}", "not a model list"),
        (b"7", "not a model list"),
        (b"OK", "text"),
    ],
)
def test_what_is_no_list_is_malformed(body: bytes, words: str) -> None:
    with pytest.raises(MalformedResponseError, match=words):
        read_models(body)


def test_an_error_with_status_200_is_raised() -> None:
    with pytest.raises(AuthenticationError):
        read_models(b'{"error": {"message": "Incorrect API key provided", "code": 401}}')


def test_the_width_of_a_chat_model_is_not_the_length_of_its_vectors() -> None:
    """llama.cpp says ``meta.n_embd`` of every model (llama_server/models)."""
    chat = {"id": "m", "meta": {"n_embd": 512}}
    embedder = {"id": "e", "type": "embedding", "meta": {"n_embd": 512}}
    first, second = read_models(json.dumps({"data": [chat, embedder]}).encode())
    assert first.dimensions is None
    assert second.dimensions == 512
