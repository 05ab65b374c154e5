"""Constructor arguments: names of OpenAILike, misspelt ones, what is sent."""

from __future__ import annotations

import subprocess
import sys

import pytest
from llama_index.core.base.llms.types import ChatMessage

from llama_index.llms.openai_compatible import OpenAICompatible
from llama_index.llms.openai_compatible.parameters import REFUSED
from openai_compatible import Model, Provider
from openai_compatible.errors import ConfigError
from openai_compatible.testing.loopback import json_reply, loopback

ASKED = [ChatMessage(role="user", content="Hi")]
SECRET = "sk-secret-of-a-test"


@pytest.mark.filterwarnings("ignore:.*answers were asked for")
def test_names_of_openai_like_are_accepted(server):
    model = OpenAICompatible(
        model="m",
        api_base=server.base_url,
        api_key=SECRET,
        api_version="2026-01-01",
        context_window=4096,
        is_chat_model=True,
        is_function_calling_model=False,
        should_use_structured_outputs=False,
        default_headers={"x-team": "blue"},
        additional_kwargs={"n": 2, "min_p": 0.1},
        timeout=5.0,
        max_retries=1,
        http_client=None,
        async_http_client=None,
        reuse_client=True,
        temperature=0.0,
        max_tokens=7,
        logprobs=True,
        top_logprobs=2,
        strict=True,
        reasoning_effort="low",
        tokenizer=None,
        modalities=["text"],
        audio_config=None,
    )
    model.chat(ASKED)
    seen = server.requests[-1]
    sent = {
        **{"temperature": 0.0, "max_tokens": 7, "logprobs": True, "top_logprobs": 2},
        **{"reasoning_effort": "low", "modalities": ["text"], "n": 2, "min_p": 0.1},
    }
    assert {name: seen.json.get(name) for name in sent} == sent
    assert seen.headers["x-team"] == "blue"
    assert seen.headers["authorization"] == f"Bearer {SECRET}"
    assert seen.query["api-version"] == "2026-01-01"
    assert model.metadata.context_window == 4096
    assert model.metadata.is_function_calling_model is False


def test_only_what_is_set_is_sent(server, llm):
    llm().chat(ASKED)
    assert set(server.requests[-1].json) == {"model", "messages"}


def test_an_argument_of_a_call_wins(server, llm):
    llm(temperature=0.1, max_tokens=5).chat(ASKED, temperature=0.9, max_tokens=6)
    assert server.requests[-1].json["temperature"] == 0.9
    assert server.requests[-1].json["max_tokens"] == 6


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("api_bse", "api_base"), ("temprature", "temperature"), ("is_chatmodel", "is_chat_model")],
)
def test_a_misspelt_name_is_an_error_with_the_nearest_one(wrong, near):
    with pytest.raises(ConfigError, match=near) as caught:
        OpenAICompatible(model="m", **{wrong: "x"})
    assert isinstance(caught.value, ValueError)


def test_the_model_may_be_the_first_argument(server):
    assert OpenAICompatible("m", api_base=server.base_url).model == "m"
    assert OpenAICompatible("m", model="m", api_base=server.base_url).model == "m"
    for name in ("model", "model_name"):
        with pytest.raises(ConfigError, match=r"two models|twice"):
            OpenAICompatible("m", api_base=server.base_url, **{name: "other"})


def test_the_older_name_of_max_tokens_is_taken(server):
    OpenAICompatible(model="m", api_base=server.base_url, max_new_tokens=7).chat(ASKED)
    assert server.requests[-1].json["max_tokens"] == 7


@pytest.mark.parametrize("value", [None, False])
@pytest.mark.parametrize("name", sorted(REFUSED.keys() - OpenAICompatible.model_fields.keys()))
def test_saying_that_something_unknown_here_is_not_wanted_is_no_error(name, value):
    OpenAICompatible(model="m", api_base="http://127.0.0.1:1/v1", **{name: value})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("openai_client", "http_client and http_async_client"),
        ("tokenizer", "Settings.tokenizer"),
        ("engine", "auth='header'"),
        ("top_k", "additional_kwargs"),
    ],
)
def test_what_to_do_instead_is_said(name, said):
    with pytest.raises(ConfigError) as caught:
        OpenAICompatible(model="m", api_base="http://127.0.0.1:1/v1", **{name: "x"})
    assert said in str(caught.value)


def test_a_time_limit_belongs_to_the_object_and_not_to_a_call(server, llm):
    with pytest.raises(ConfigError, match="model_copy") as caught:
        llm().chat(ASKED, timeout=5)
    assert "extra_body" not in str(caught.value)
    assert server.requests == []
    copy = llm().model_copy(update={"timeout": 5})
    copy.chat(ASKED)
    assert copy.targets[0].provider.timeout.call == 5


def test_text_completion_models_are_refused(server):
    with pytest.raises(ConfigError, match="is_chat_model"):
        OpenAICompatible(model="m", api_base=server.base_url, is_chat_model=False)


def test_a_wrong_value_is_named_and_not_shown(server):
    with pytest.raises(ConfigError, match="temperature") as caught:
        OpenAICompatible(model="m", api_base=server.base_url, temperature=SECRET)
    assert SECRET not in str(caught.value)


def test_facts_of_the_model_feed_the_metadata():
    facts = Model(id="m", context_window=8192, max_output_tokens=512, tools=False)
    provider = Provider(name="p", base_url="http://127.0.0.1:1/v1", models={"m": facts})
    metadata = OpenAICompatible(model="m", provider=provider).metadata
    assert (metadata.context_window, metadata.num_output) == (8192, 512)
    assert (metadata.is_chat_model, metadata.is_function_calling_model) == (True, False)
    assert metadata.model_name == "m"


def test_own_headers_do_not_go_to_a_fallback(server, llm):
    def busy(_):
        return json_reply({"error": {"message": "busy"}}, status=503)

    with loopback(busy) as first:
        other = Provider(name="other", base_url=server.base_url, auth="none")
        model = OpenAICompatible(
            model="m",
            api_base=first.base_url,
            api_key=SECRET,
            default_headers={"x-token": SECRET},
            fallbacks=[other],
            max_retries=0,
        )
        answer = model.chat(ASKED)
    assert first.requests[-1].headers["x-token"] == SECRET
    assert SECRET not in repr(server.requests[-1].headers)
    assert answer.additional_kwargs["openai_compatible"]["provider"] == "other"


def test_the_plugin_imports_no_framework():
    code = (
        "import sys, llama_index.llms.openai_compatible.plugin as p;"
        "assert p.openai_compatible_adapters() =="
        " {'llama_index.llm': 'llama_index.llms.openai_compatible:OpenAICompatible'};"
        "assert not {'llama_index.core', 'openai', 'langchain_core'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_window_the_server_publishes_counts_once_it_was_asked():
    """context-window-default-3900"""
    listed = {"data": [{"id": "m", "max_model_len": 8192, "max_output_tokens": 512}]}
    with loopback(json_reply(listed)) as server:
        llm = OpenAICompatible(model="m", api_base=server.base_url)
        assert llm.metadata.context_window == 3900
        assert server.requests == []
        llm.client.model_info()
        assert (llm.metadata.context_window, llm.metadata.num_output) == (8192, 512)
        assert (
            OpenAICompatible(
                model="m", api_base=server.base_url, context_window=64
            ).metadata.context_window
            == 64
        )
        llm.close()
