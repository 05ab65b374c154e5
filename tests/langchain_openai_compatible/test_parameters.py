"""Names of settings and of call arguments."""

from __future__ import annotations

import pytest

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from langchain_openai_compatible.parameters import OFF, REFUSED
from openai_compatible.errors import ConfigError
from openai_compatible.parameters import SAMPLING

URL = "http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    ("alias", "name", "value"),
    [
        ("model_name", "model", "m"),
        ("openai_api_base", "base_url", URL),
        ("request_timeout", "timeout", 5.0),
        ("default_headers", "headers", {"X-A": "1"}),
        ("default_query", "query", {"v": "1"}),
        ("openai_proxy", "proxy", "http://127.0.0.1:2"),
        ("stop_sequences", "stop", ["x"]),
        ("max_completion_tokens", "max_tokens", 7),
        ("openai_organization", "organization", "org"),
        ("extra_headers", "headers", {"X-A": "1"}),
        ("extra_query", "query", {"v": "1"}),
    ],
)
def test_names_of_chatopenai_are_taken(alias, name, value):
    fields = {"model": "m", "base_url": URL}
    fields.pop(name, None)
    model = ChatOpenAICompatible(**fields, **{alias: value})
    assert getattr(model, name) == value


def test_the_key_of_chatopenai_is_taken():
    model = ChatOpenAICompatible(model="m", base_url=URL, openai_api_key="sk-secret")
    assert model.api_key.get_secret_value() == "sk-secret"


@pytest.mark.parametrize("cls", [ChatOpenAICompatible, OpenAICompatibleEmbeddings])
def test_an_unknown_setting_is_an_error_that_names_the_nearest(cls):
    with pytest.raises(ConfigError, match="Did you mean 'base_url'") as caught:
        cls(model="m", base_ur=URL)
    assert isinstance(caught.value, ValueError)


def test_a_setting_that_means_nothing_here_says_what_does():
    with pytest.raises(ConfigError, match="chat completions only"):
        ChatOpenAICompatible(model="m", base_url=URL, use_responses_api=True)
    with pytest.raises(ConfigError, match="never as token ids"):
        OpenAICompatibleEmbeddings(model="m", base_url=URL, tiktoken_enabled=True)


@pytest.mark.parametrize("value", [None, False])
@pytest.mark.parametrize("name", sorted(OFF - ChatOpenAICompatible.model_fields.keys()))
def test_saying_that_something_unknown_here_is_not_wanted_is_no_error(name, value):
    ChatOpenAICompatible(model="m", base_url=URL, **{name: value})
    OpenAICompatibleEmbeddings(model="m", base_url=URL, **{name: value})


def test_no_limit_between_chunks_is_not_taken_for_the_default():
    for value in (None, 0, 30):
        with pytest.raises(ConfigError, match=r"timeout=.'idle': SECONDS"):
            ChatOpenAICompatible(model="m", base_url=URL, stream_chunk_timeout=value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("root_client", "http_client and http_async_client"),
        ("azure_ad_token_provider", "as api_key; it is asked before every attempt"),
        ("deployment_name", "auth='header'"),
        ("context_management", "chat completions only"),
        ("top_k", "extra_body={'top_k': ...}"),
    ],
)
def test_what_to_do_instead_is_said(name, said):
    with pytest.raises(ConfigError) as caught:
        ChatOpenAICompatible(model="m", base_url=URL, **{name: "x"})
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["timeout", "max_retries", "previous_response_id"])
def test_what_a_call_does_not_take_is_said_and_nothing_is_sent(server, chat, name):
    for ask in (lambda: chat().invoke("Hi", **{name: 1}), lambda: chat().bind_tools([], **{name: 1})):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert REFUSED[name] in str(caught.value)
        assert "extra_body" not in str(caught.value)
    assert server.requests == []


def test_a_copy_may_have_another_time_limit(server, chat):
    model = chat()
    other = model.model_copy(update={"timeout": 5})
    assert other.invoke("Hi").content == model.invoke("Hi").content
    assert other.targets[0].provider.timeout.call == 5
    assert model.targets[0].provider.timeout.call != 5


def test_one_setting_under_two_names_must_agree():
    ChatOpenAICompatible(model="m", model_name="m", base_url=URL)
    with pytest.raises(ConfigError, match="twice"):
        ChatOpenAICompatible(model="m", model_name="n", base_url=URL)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"temperature": "warm"}, "temperature"),
        ({"timeout": object()}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"max_retries": -1}, "max_retries"),
        ({"output_version": "v2"}, "output_version"),
        ({"base_url": "example.org/v1"}, "https://example.org/v1"),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_config_error(fields, message):
    with pytest.raises(ConfigError, match=message):
        ChatOpenAICompatible(**{"model": "m", "base_url": URL, **fields})


def test_a_wrong_value_is_not_repeated_where_it_may_be_a_secret():
    with pytest.raises(ConfigError) as caught:
        ChatOpenAICompatible(model="m", base_url=URL, headers={"Authorization": ["sk-secret"]})
    assert "sk-secret" not in str(caught.value)


SETTINGS = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 5,
    "n": 1,
    "seed": 7,
    "frequency_penalty": 0.1,
    "presence_penalty": 0.2,
    "logprobs": True,
    "top_logprobs": 2,
    "logit_bias": {"1": 3.0},
    "reasoning_effort": "low",
    "verbosity": "low",
    "service_tier": "flex",
    "store": False,
    "user": "u",
}


def test_the_table_names_every_sampling_parameter():
    assert set(SETTINGS) == set(SAMPLING)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_sampling_parameter_is_sent_when_set(server, chat, name):
    chat(**{name: SETTINGS[name]}).invoke("Hi")
    chat().invoke("Hi", **{name: SETTINGS[name]})
    chat().invoke("Hi")
    set_once, per_call, unset = (seen.json for seen in server.requests)
    assert set_once[name] == per_call[name] == SETTINGS[name]
    assert name not in unset


def test_token_ids_of_logit_bias_may_be_numbers(server, chat):
    chat(logit_bias={15: 3, "16": -1}).invoke("Hi")
    assert server.requests[0].json["logit_bias"] == {"15": 3, "16": -1}
    with pytest.raises(ConfigError, match="logit_bias"):
        chat(logit_bias="15")


def test_nothing_is_sent_that_nobody_asked_for(server, chat):
    chat().invoke("Hi")
    assert server.requests[0].json == {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def test_a_call_overrides_the_model(server, chat):
    model = chat(temperature=0.1, stop=["a"], extra_body={"top_k": 1, "min_p": 2}, max_tokens=9)
    model.invoke(
        "Hi",
        model="other",
        temperature=0.9,
        stop=["b"],
        extra_body={"top_k": 5},
        max_completion_tokens=3,
        headers={"X-Call": "1"},
        query={"q": "1"},
    )
    seen = server.requests[0]
    assert seen.json == {
        "model": "other",
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.9,
        "stop": ["b"],
        "top_k": 5,
        "min_p": 2,
        "max_tokens": 3,
    }
    assert seen.headers["x-call"] == "1"
    assert seen.query == {"q": "1"}


def test_bound_arguments_reach_the_request(server, chat):
    chat().bind(temperature=0.3, extra_headers={"X-Call": "2"}).invoke("Hi")
    assert server.requests[0].json["temperature"] == 0.3
    assert server.requests[0].headers["x-call"] == "2"


def test_an_unknown_call_argument_is_an_error_and_nothing_is_sent(server, chat):
    with pytest.raises(ConfigError, match="Did you mean 'temperature'"):
        chat().invoke("Hi", temprature=0.1)
    with pytest.raises(ConfigError, match=r"extra_body=.'top_k'"):
        list(chat().stream("Hi", top_k=1))
    with pytest.raises(ConfigError, match="top_k"):
        chat().bind_tools([], top_k=1)
    assert server.requests == []


def test_model_kwargs_are_sent_under_their_names(server, chat):
    chat(model_kwargs={"top_k": 3, "parallel_tool_calls": False, "prediction": {"x": 1}}).invoke("Hi")
    sent = server.requests[0].json
    assert sent["top_k"] == 3
    assert sent["prediction"] == {"x": 1}
    assert "parallel_tool_calls" not in sent  # says nothing without tools


def test_disabled_params_are_never_sent(server, chat):
    model = chat(disabled_params={"seed": None, "reasoning_effort": ["low"]}, seed=1)
    model.invoke("Hi", reasoning_effort="low")
    model.invoke("Hi", reasoning_effort="high")
    first, second = (seen.json for seen in server.requests)
    assert "seed" not in first
    assert "reasoning_effort" not in first
    assert second["reasoning_effort"] == "high"


def test_stream_usage_can_be_switched_off(server, chat):
    list(chat().stream("Hi"))
    list(chat(stream_usage=False).stream("Hi"))
    list(chat().stream("Hi", stream_usage=False))
    first, *others = (seen.json for seen in server.requests)
    assert first["stream_options"] == {"include_usage": True}
    assert all("stream_options" not in other for other in others)


def test_stream_options_of_a_call_are_sent(server, chat):
    list(chat().stream("Hi", stream_options={"include_usage": False}))
    list(chat().stream("Hi", stream_options={"continuous_usage_stats": True}))
    off, more = (seen.json["stream_options"] for seen in server.requests)
    assert off == {"include_usage": False}
    assert more == {"include_usage": True, "continuous_usage_stats": True}


def test_stop_may_be_one_string(server, chat):
    chat(stop="x").invoke("Hi")
    chat(stop=[]).invoke("Hi")
    assert server.requests[0].json["stop"] == ["x"]
    assert "stop" not in server.requests[1].json


def test_headers_query_organization_and_key_are_sent(server, chat):
    model = chat(api_key="sk-1", headers={"X-A": "1"}, query={"api-version": "2"}, organization="org")
    model.invoke("Hi")
    seen = server.requests[0]
    assert seen.headers["authorization"] == "Bearer sk-1"
    assert seen.headers["x-a"] == "1"
    assert seen.headers["openai-organization"] == "org"
    assert seen.query == {"api-version": "2"}


def test_the_query_of_a_base_url_is_sent_and_not_shown(server, chat):
    model = chat(base_url=server.base_url + "?code=sk-secret")
    model.invoke("Hi")
    assert server.requests[0].query == {"code": "sk-secret"}
    assert "sk-secret" not in repr(model)
    assert model.base_url == server.base_url
