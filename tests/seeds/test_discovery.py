"""What servers say of their models: items S0-43, S1-29, S1-52, S2-51, S2-52, S3-25, S3-85, S3-86."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import (
    AuthenticationError,
    Client,
    Config,
    ModelNotFoundError,
    Provider,
    targets,
)
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback, replay, routes

FIXTURES = Path(__file__).parents[1] / "fixtures"
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
HELLO = [{"role": "user", "content": "hello"}]
Configured = Callable[[str], Config]


@pytest.mark.parametrize(
    "name", ["Llama-3.1_8B.Q4", "models/x.gguf", "llama3.1:8b", "../odd name.gguf", "GPT-3.5-Turbo"]
)
def test_s0_43_an_id_is_listed_asked_about_and_sent_as_the_server_writes_it(name: str) -> None:
    app = routes({
        "GET /v1/models": json_reply({"data": [{"id": name, "max_model_len": 9}, {"id": name.upper()}]}),
        "POST /v1/chat/completions": json_reply(ANSWER),
    })  # fmt: skip
    with loopback(app) as server, Client(base_url=server.base_url, model=name) as client:
        listed = client.models()
        info = client.model_info()
        assert info is not None
        assert listed[0].id == info.id == name
        client.chat(HELLO)
        assert server.requests[-1].json["model"] == name


def test_s0_43_an_id_the_service_does_not_have_brings_the_near_ones() -> None:
    missing = {"error": {"message": "The model `llama2-7` does not exist", "code": "model_not_found"}}
    app = routes({
        "GET /v1/models": json_reply({"data": [{"id": "llama2-7b"}, {"id": "whisper"}]}),
        "POST /v1/chat/completions": json_reply(missing, 404),
    })  # fmt: skip
    with loopback(app) as server, Client(base_url=server.base_url, model="llama2-7") as client:
        with pytest.raises(ModelNotFoundError, match="llama2-7b"):
            client.chat(HELLO)


def test_s1_29_a_window_of_the_file_beats_the_servers_in_both_frameworks(configured: Configured) -> None:
    with loopback(json_reply({"data": [{"id": "m", "max_model_len": 4096}]})) as server:
        configured(
            f'[[providers]]\nname = "bunny"\nbase_url = "{server.base_url}"\n'
            '[providers.models.written]\nid = "m"\ncontext_window = 8192\n'
            "[providers.models.unwritten]\n"
            'id = "m"\n'
        )
        chat = ChatOpenAICompatible(model="bunny/written")
        index = OpenAICompatible(model="bunny/written")
        assert chat.profile == {"max_input_tokens": 8192}
        assert index.metadata.context_window == 8192
        assert not server.requests, "nobody was asked"
        assert chat.discover() == {"max_input_tokens": 8192}
        assert index.metadata.context_window == 8192
        assert OpenAICompatible(model="bunny/unwritten").metadata.context_window == 4096
        assert ChatOpenAICompatible(model="bunny/unwritten").profile == {"max_input_tokens": 4096}
        chat.close()


def test_s1_52_models_are_listed_as_curl_lists_them(
    configured: Configured, capsys: pytest.CaptureFixture[str]
) -> None:
    from openai_compatible.cli.app import run

    recording = FIXTURES / "vllm" / "models.http"
    with loopback(routes({"GET /v1/models": replay(recording)})) as server:
        configured(f'[[providers]]\nname = "bunny"\nbase_url = "{server.base_url}"\n')
        with Client(targets("x", provider="bunny")) as client:
            (info,) = client.models()
        assert (info.id, info.context_window) == ("tiny", 4096)
        assert dict(info.raw) == json.loads(recording.read_text().split("\n\n")[-1])["data"][0]
        assert run(["models", "bunny", "--json"]) == 0
        assert "tiny" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/v1", "/openai", "/api/v3", ""])
def test_s2_51_the_list_is_asked_for_where_chat_is_with_all_that_chat_sends(path: str) -> None:
    def app(seen: Seen) -> Reply:
        listed = seen.path.endswith("/models")
        return json_reply({"data": [{"id": "m"}]} if listed else ANSWER)

    with loopback(app) as server:
        provider = Provider(
            name="p",
            base_url=f"{server.url}{path}",
            auth={"style": "header", "name": "x-key"},
            api_key="secret",
            headers={"x-team": "blue"},
            query={"api-version": "1"},
        )
        with Client(provider, model="m") as client:
            client.chat(HELLO)
            client.models()
            client.model_info(max_age=0)
    chat, *lists = server.requests
    assert [seen.path for seen in lists] == [chat.path.replace("/chat/completions", "/models")] * 2
    for seen in lists:
        assert (seen.headers["x-key"], seen.headers["x-team"]) == ("secret", "blue")
        assert seen.query == chat.query == {"api-version": "1"}


def test_s2_51_an_error_of_the_list_is_kept() -> None:
    refused = json_reply({"error": {"message": "Invalid API key"}}, 401)
    with loopback(lambda seen: refused) as server:
        with Client(base_url=server.base_url, model="m") as client:
            for ask in (client.models, client.model_info):
                with pytest.raises(AuthenticationError, match="Invalid API key"):
                    ask()


@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4", "llama-3.1-70b", "m"])
def test_s2_52_s3_25_no_window_and_no_capability_is_guessed_by_name(model: str) -> None:
    with loopback(json_reply({"data": [{"id": model, "object": "model"}]})) as server:
        with Client(base_url=server.base_url, model=model) as client:
            info = client.model_info()
            assert info is not None
            facts = client.facts()
        for field in ("context_window", "max_output_tokens", "dimensions", "tools", "input_cost"):
            assert getattr(info, field) is None
            assert getattr(facts, field) is None
        assert ChatOpenAICompatible(model=model, base_url=server.base_url).profile is None


def test_s3_25_what_localai_calls_gpt_3_5_turbo_has_the_window_localai_says() -> None:
    listed = {"data": [{"id": "gpt-3.5-turbo", "context_length": 2048}, {"id": "my-own"}]}
    with loopback(json_reply(listed)) as server:
        llm = OpenAICompatible(model="gpt-3.5-turbo", api_base=server.base_url)
        assert llm.discover().context_window == 2048
        own = OpenAICompatible(model="my-own", api_base=server.base_url)
        own.discover()
        assert own.client.facts().context_window is None
        llm.close()
        own.close()


def test_s3_85_capabilities_are_read_from_ollamas_show() -> None:
    shown = {
        "capabilities": ["completion", "tools", "thinking"],
        "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960},
    }
    app = routes({
        "GET /v1/models": json_reply({"data": [{"id": "qwen3:latest", "owned_by": "library"}]}),
        "POST /api/show": json_reply(shown),
    })  # fmt: skip
    with loopback(app) as server:
        llm = ChatOpenAICompatible(model="qwen3", base_url=server.base_url)
        assert llm.discover() == {
            "max_input_tokens": 40960,
            "tool_calling": True,
            "reasoning_output": True,
            "image_inputs": False,
        }
        assert server.requests[1].json == {"model": "qwen3:latest"}
        llm.close()


def test_s3_86_window_and_flags_are_read_from_litellm() -> None:
    folder = FIXTURES / "litellm_native"
    app = routes({
        "GET /v1/models": replay(folder / "models.http"),
        "GET /model/info": replay(folder / "model_info.http"),
    })  # fmt: skip
    with loopback(app) as server:
        provider = Provider(name="proxy", base_url=server.base_url, profile="litellm", api_key="k")
        with Client(provider) as client:
            found: dict[str, Any] = {info.id: info for info in client.models()}
        assert (found["mock"].context_window, found["mock"].tools) == (128000, True)
        assert (found["mock"].input_cost, found["mock"].output_cost) == (2.5, 10.0)
        assert (found["embed"].kind, found["embed"].dimensions) == ("embedding", 1536)
        assert found["thinker"].tools is False
        assert found["tiny"].context_window is found["tiny"].tools is None
        llm = ChatOpenAICompatible(model="mock", provider=provider)
        assert llm.profile is not None
        assert llm.profile["max_input_tokens"] == 128000
        assert llm.profile["max_output_tokens"] == 16384
