"""Items of Dataiku's page that hold, each test named after those it proves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import (
    Client,
    Config,
    MalformedResponseError,
    Model,
    OpenAICompatibleError,
    Provider,
    UnsupportedParameterError,
    load_config,
    resolve,
    targets,
)
from openai_compatible.presets.registry import preset, presets
from openai_compatible.testing.loopback import Loopback, Reply, event_stream, json_reply, loopback

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
Configured = Callable[[str], Config]

SHAPES = """
[[providers]]
name = "one-endpoint"
base_url = "{url}/shared/v1"
api_key = "shared-key"

[providers.models]
large = "vendor/large"
small = "vendor/small"

[[providers]]
name = "endpoint-per-model"
base_url = "{url}/default"
api_key = "default-key"

[providers.models.alpha]
base_url = "{url}/alpha"

[providers.models.beta]
base_url = "{url}/beta"
api_key = "beta-key"
"""


def ask(reference: str, server: Loopback) -> Any:
    """What the server saw of one call."""
    with Client(reference) as client:
        client.chat(HELLO)
    return server.requests[-1]


# ---------------------------------------------------------------------- both shapes


@pytest.mark.filterwarnings("ignore:.*is written in this file")
def test_s4_01_s4_03_s4_07_s4_10_one_endpoint_with_many_models(
    configured: Configured, server: Loopback
) -> None:
    configured(SHAPES.format(url=server.url))
    for alias in ("large", "small"):
        seen = ask(f"one-endpoint/{alias}", server)
        assert seen.path == "/shared/v1/chat/completions"
        assert seen.json["model"] == f"vendor/{alias}"
        assert seen.headers["authorization"] == "Bearer shared-key"


@pytest.mark.filterwarnings("ignore:.*is written in this file")
def test_s4_01_s4_04_s4_05_s4_06_s4_12_s4_14_an_endpoint_per_model_with_its_own_or_the_default_key(
    configured: Configured, server: Loopback
) -> None:
    configured(SHAPES.format(url=server.url))
    alpha, beta = (ask(f"endpoint-per-model/{alias}", server) for alias in ("alpha", "beta"))
    assert (alpha.path, alpha.headers["authorization"]) == (
        "/alpha/chat/completions",
        "Bearer default-key",
    )
    assert (beta.path, beta.headers["authorization"]) == ("/beta/chat/completions", "Bearer beta-key")


def test_s4_08_a_url_that_ends_in_v1_is_used_as_written(server: Loopback) -> None:
    with Client(base_url=f"{server.url}/v1", model="m") as client:
        client.chat(HELLO)
    assert server.requests[0].path == "/v1/chat/completions"


def test_s4_13_a_target_without_v1_gets_it_if_it_is_a_bare_origin(server: Loopback) -> None:
    with Client(base_url=server.url, model="m") as client:
        client.chat(HELLO)
    assert server.requests[0].path == "/v1/chat/completions"
    provider = Provider(name="p", base_url=server.url, models={"m": Model(base_url=server.url)})
    with Client(provider, model="m") as client:
        client.chat(HELLO)
    assert server.requests[1].path == "/v1/chat/completions"


def test_s4_09_no_model_is_suggested_that_nobody_configured(configured: Configured) -> None:
    configured('[[providers]]\npreset = "ollama"\n\n[providers.models]\nmine = "qwen3:4b"\n')
    (provider,) = load_config().providers
    assert list(provider.models) == ["mine"]
    for name in presets():
        if not preset(name).variables:
            made = Provider(preset=name)  # type: ignore[call-arg]
            assert (made.models, made.default_model) in [({}, None), ({}, made.default_model)]


def test_s4_17_ollama_at_one_custom_url(server: Loopback) -> None:
    provider = Provider(name="ollama-gpu", preset="ollama", base_url=server.base_url)
    with Client(provider, model="qwen3:4b") as client:
        client.chat(HELLO)
    assert server.requests[0].json["model"] == "qwen3:4b"


def test_s4_19_ovhcloud_in_both_shapes(server: Loopback) -> None:
    row = preset("ovhcloud")
    assert row.base_url.endswith("/v1")
    assert any("${OVHCLOUD_MODEL}" in url for url in row.other_base_urls)
    own = Model(base_url=f"{server.url}/api/openai_compat/v1")
    provider = Provider(preset="ovhcloud", models={"llama": own})  # type: ignore[call-arg]
    with Client(provider, model="llama") as client:
        client.chat(HELLO)
    assert server.requests[0].path == "/api/openai_compat/v1/chat/completions"
    shared = targets("ovhcloud/other")[0]
    assert (shared.provider.base_url, shared.facts.base_url) == (row.base_url, None)


# ---------------------------------------------------------------------- who it is


class Seen(BaseCallbackHandler):
    """Keeps what a trace says of a call."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}

    def on_chat_model_start(self, *_: Any, **more: Any) -> None:
        self.metadata.update(more["metadata"])


def test_s4_20_records_traces_and_errors_name_the_provider_and_not_openai(
    configured: Configured, server: Loopback
) -> None:
    configured(f'[[providers]]\nname = "our-lab"\nbase_url = "{server.base_url}"\n')
    seen = Seen()
    answer = ChatOpenAICompatible(model="our-lab/m").invoke("hello", config={"callbacks": [seen]})
    assert seen.metadata["ls_provider"] == "our-lab"
    assert answer.response_metadata["openai_compatible"]["provider"] == "our-lab"
    record = OpenAICompatible(model="our-lab/m").complete("hello").additional_kwargs["openai_compatible"]
    assert record["provider"] == "our-lab"
    with (
        Client("our-lab/scripted-400") as client,
        pytest.raises(OpenAICompatibleError, match="our-lab:"),
    ):
        client.chat(HELLO)


def test_s4_16_s4_18_s4_28_every_preset_has_a_tier_evidence_and_the_page_of_its_maker() -> None:
    for name in presets():
        row = preset(name)
        assert row.tier in ("verified", "replayed", "documented", "reported")
        assert row.evidence
        assert all(one.date for one in row.evidence)
        assert row.docs.startswith("https://")


# ---------------------------------------------------------------------- servers that differ


def test_s4_21_s4_26_a_difference_of_the_server_is_learned_and_not_assumed() -> None:
    def picky(seen: Any) -> Reply:
        if "max_tokens" in seen.json:
            message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            error = {"message": message, "param": "max_tokens", "code": "unsupported_parameter"}
            return json_reply({"error": error}, 400)
        return json_reply(ANSWER)

    with loopback(picky) as server, Client(base_url=server.base_url, model="m") as client:
        with pytest.warns(UserWarning, match="max_completion_tokens"):
            assert client.chat(HELLO, max_tokens=5).text == "hi"
        client.chat(HELLO, max_tokens=5)
        assert [seen.json.get("max_completion_tokens") for seen in server.requests] == [None, 5, 5]


def test_s4_22_s4_23_headers_and_another_authentication(server: Loopback) -> None:
    auth = {"style": "header", "name": "X-Token"}
    headers = {"X-Project": "a", "X-Region": "b"}
    with Client(base_url=server.base_url, model="m", headers=headers, auth=auth, api_key="k") as client:
        client.chat(HELLO)
    sent = server.requests[0].headers
    assert (sent["x-project"], sent["x-region"], sent["x-token"]) == ("a", "b", "k")
    assert "authorization" not in sent


def test_s4_24_a_server_that_does_not_stream_answers_a_stream_in_one_piece() -> None:
    with loopback(json_reply(ANSWER)) as server:
        with Client(base_url=server.base_url, model="m") as client:
            assert [*client.stream(HELLO)][-1].text == "hi"
        chat = ChatOpenAICompatible(model="m", base_url=server.base_url)
        assert "".join(chunk.text for chunk in chat.stream("hello")) == "hi"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"content-type": "text/html"}, b"<html></html>"),
        Reply(200, {"content-type": "application/json"}, b"[1, 2"),
        Reply(200, {}, b""),
        json_reply({"error": {"message": "no", "code": 500}}),
        json_reply({"detail": "teapot"}, 418),
        event_stream({"choices": []}, done=False),
    ],
)
def test_s4_25_whatever_a_server_does_ends_in_a_typed_error(reply: Reply) -> None:
    with loopback(reply) as server:
        with Client(base_url=server.base_url, model="m", max_retries=0) as client:
            with pytest.raises(OpenAICompatibleError):
                client.chat(HELLO)
            with pytest.raises(OpenAICompatibleError):
                list(client.stream(HELLO))


def test_s4_25_what_would_change_the_meaning_is_not_dropped_silently() -> None:
    error = {"message": "Unknown parameter: seed", "param": "seed", "code": "unsupported_parameter"}
    with loopback(json_reply({"error": error}, 400)) as server:
        with Client(base_url=server.base_url, model="m") as client:
            with pytest.raises(UnsupportedParameterError, match="drop_params"):
                client.chat(HELLO, seed=1)


def test_s4_26_an_answer_that_is_none_is_refused() -> None:
    with loopback(json_reply({"status": "ok"})) as server:
        with Client(base_url=server.base_url, model="m") as client:
            with pytest.raises(MalformedResponseError):
                client.chat(HELLO)


def test_s4_27_new_fields_are_read_and_none_is_sent_unasked() -> None:
    message = {"content": "hi", "field_of_next_year": {"a": 1}}
    body = {"choices": [{"message": message, "finish_reason": "stop"}], "another": 1, "object": "x.y"}
    with loopback(json_reply(body)) as server, Client(base_url=server.base_url, model="m") as client:
        completion = client.chat(HELLO)
        assert completion.text == "hi"
        assert server.requests[0].json.keys() == {"model", "messages"}
    answer = completion.choices[0]
    assert "field_of_next_year" in str(answer)


@pytest.mark.filterwarnings("ignore:.*is written in this file")
def test_s4_06_the_key_of_a_model_wins_over_that_of_its_provider(configured: Configured) -> None:
    config = configured(SHAPES.format(url="http://localhost:1"))
    from openai_compatible.config.keys import key_source

    found = {alias: resolve(f"endpoint-per-model/{alias}", config)[0] for alias in ("alpha", "beta")}
    keys = {alias: key_source(one.provider, one.facts).get() for alias, one in found.items()}
    assert keys == {"alpha": "default-key", "beta": "beta-key"}
