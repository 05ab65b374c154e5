"""What a server says of one model, at ``/models`` and at paths of its own."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible import AsyncClient, Client, Provider
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback

MISSING = json_reply({"detail": "Not Found"}, 404)


def answers(**paths: Any) -> Any:
    """A server that answers these paths, slashes as underscores."""

    def app(seen: Seen) -> Reply:
        name = seen.path.strip("/").replace("/", "_").replace("-", "_")
        return json_reply(paths[name]) if name in paths else MISSING

    return app


def provider(url: str, profile: str | None = None) -> Provider:
    return Provider(name="p", base_url=f"{url}/v1", profile=profile, max_retries=0)


@pytest.mark.parametrize(
    ("profile", "paths", "want", "requests"),
    [
        (None, {"v1_models": {"data": [{"id": "m", "max_model_len": 9}]}}, {"context_window": 9}, 1),
        (
            "ollama",
            {
                "v1_models": {"data": [{"id": "m:latest"}]},
                "api_show": {
                    "model_info": {"llama.context_length": 8192, "llama.embedding_length": 64},
                    "capabilities": ["completion", "tools"],
                },
            },
            {
                "id": "m:latest",
                "context_window": 8192,
                "dimensions": 64,
                "tools": True,
                "image_inputs": False,
            },
            3,
        ),
        (
            None,
            {
                "v1_models": {"data": [{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx_train": 9}}]},
                "props": {
                    "default_generation_settings": {"n_ctx": 4},
                    "modalities": {"vision": False},
                },
            },
            {"context_window": 4, "image_inputs": False},
            2,
        ),
        (
            "lmstudio",
            {"api_v0_models": {"data": [{"id": "m", "type": "vlm", "max_context_length": 7}]}},
            {"kind": "chat", "context_window": 7},
            4,
        ),
        ("tgi", {"info": {"model_id": "x", "max_total_tokens": 6}}, {"context_window": 6}, 3),
        (
            "litellm",
            {
                "v1_models": {"data": [{"id": "m"}]},
                "model_info": {
                    "data": [
                        {"model_name": "m", "model_info": {"id": "1", "supports_vision": True}},
                        {"model_name": "n"},
                    ]
                },
            },
            {"id": "m", "image_inputs": True},
            2,
        ),
        ("litellm", {"v1_models": {"data": [{"id": "m"}]}}, {"id": "m", "tools": None}, 3),
        ("ollama", {"v1_models": {"data": [{"id": "m"}]}, "api_show": ["odd"]}, {"id": "m"}, 4),
    ],
)
async def test_facts_are_gathered_once(
    profile: str | None, paths: Any, want: Any, requests: int
) -> None:
    with loopback(answers(**paths)) as server:
        with Client(provider(server.url, profile), model="m") as client:
            assert client.known_info() is None
            info = client.model_info()
            assert info is not None
            assert {name: getattr(info, name) for name in want} == want
            assert client.known_info() == info
        async with AsyncClient(provider(server.url, profile), model="m") as other:
            assert await other.model_info() == info, "it is kept"
            assert len(server.requests) == requests
            assert await other.model_info("m", max_age=0) == info


async def test_a_server_that_says_nothing_is_not_guessed_about() -> None:
    with loopback(answers()) as server:
        with Client(provider(server.url), model="m") as client:
            assert client.model_info() is None
        many = {"data": [{"id": "a"}, {"id": "b"}]}
        server.app = answers(v1_models=many)
        async with AsyncClient(provider(server.url), model="another") as other:
            assert await other.model_info() is None


async def test_what_was_found_is_known_until_something_newer_is_said() -> None:
    with loopback(answers(v1_models={"data": [{"id": "m", "max_model_len": 9}]})) as server:
        async with AsyncClient(provider(server.url), model="m") as client:
            first = await client.model_info(max_age=0)
            assert client.known_info() == first
            assert await client.model_info() == first
            assert len(server.requests) == 1
            server.app = answers(v1_models={"data": [{"id": "m", "context_window": 4, "dimensions": 3}]})
            await client.models()
            known = client.known_info()
            assert known is not None
            assert (known.context_window, known.dimensions) == (4, 3), "the list is newer"
            server.app = answers(v1_models={"data": [{"id": "m", "max_model_len": 5}]})
            await client.model_info(max_age=0)
            known = client.known_info()
            assert known is not None
            assert (known.context_window, known.dimensions) == (5, 3), "it says nothing of dimensions"
    assert len(server.requests) == 3
