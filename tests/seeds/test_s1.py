"""Items of PonyBunny's guide that hold, each test named after those it proves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import (
    AllProvidersFailedError,
    AuthenticationError,
    Client,
    Config,
    ConfigError,
    ConnectionFailedError,
    InvalidRequestError,
    Model,
    ModelNotFoundError,
    OpenAICompatibleError,
    Provider,
    RateLimitError,
    ServerError,
    Timeouts,
    explain,
    load_config,
    resolve,
    targets,
)
from openai_compatible.config.edit import edit
from openai_compatible.config.importers import import_from
from openai_compatible.config.keys import key_source
from openai_compatible.config.load import default_path
from openai_compatible.config.schema import schema
from openai_compatible.presets.registry import preset
from openai_compatible.testing.loopback import HANG, Loopback, Reply, json_reply, loopback, routes

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
CANARY = "sk-canary-4711"
Configured = Callable[[str], Config]


def table(name: str, url: str = "http://localhost:8000/v1", more: str = "") -> str:
    """A provider of a file."""
    return f'[[providers]]\nname = "{name}"\nbase_url = "{url}"\n{more}\n'


def sent(server: Loopback, **fields: Any) -> Any:
    """What the server saw of one call."""
    with Client(**{"model": "m", "base_url": server.base_url, **fields}) as client:
        client.chat(HELLO)
    return server.requests[-1]


# ---------------------------------------------------------------------- services


def test_s1_01_s1_57_s1_68_any_number_of_endpoints_each_with_its_own_name(
    configured: Configured,
) -> None:
    names = [f"server-{number}" for number in range(20)]
    config = configured("".join(table(name) for name in names))
    assert [provider.name for provider in config.providers] == names


def test_s1_02_s1_09_local_servers_proxies_and_deployments_are_one_kind_of_provider(
    server: Loopback,
) -> None:
    for url in (server.base_url, f"{server.url}/proxy/team-a/v1", f"{server.url}/openai"):
        with Client(base_url=url, model="scripted") as client:
            assert client.chat(HELLO).text == "You said: hello"


PRESETS = {
    "localai": ("http://localhost:8080/v1", "not-needed"),
    "vllm": ("http://localhost:8000/v1", "EMPTY"),
    "ollama": ("http://localhost:11434/v1", "ollama"),
    "lmstudio": ("http://localhost:1234/v1", "lm-studio"),
}


@pytest.mark.parametrize("name", PRESETS)
def test_s1_03_s1_04_s1_05_s1_06_s1_33_s1_34_s1_35_s1_36_services_of_the_guide_are_presets(
    name: str, server: Loopback
) -> None:
    url, placeholder = PRESETS[name]
    assert preset(name).base_url == url
    assert preset(name).key != "required"
    assert "authorization" not in sent(server, preset=name).headers
    seen = sent(server, preset=name, api_key=placeholder)
    assert seen.headers["authorization"] == f"Bearer {placeholder}"


@pytest.mark.parametrize("name", ["text-generation-webui", "fastchat", "fast-ai-chat"])
def test_s1_07_s1_08_s1_37_further_services_of_the_guide_are_presets(
    name: str, server: Loopback
) -> None:
    assert sent(server, preset=name, api_key="k").headers["authorization"] == "Bearer k"


# ---------------------------------------------------------------------- credentials and settings


def test_s1_10_s1_16_the_file_can_be_shared_because_keys_are_kept_elsewhere(
    configured: Configured, home: Path, server: Loopback
) -> None:
    secret = home / "secret"
    configured(table("a", server.base_url, f'api_key_file = "{secret}"'))
    secret.write_text(f"{CANARY}\n", encoding="utf-8")
    assert CANARY not in default_path().read_text(encoding="utf-8")
    with Client("a/m") as client:
        client.chat(HELLO)
    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"


def test_s1_12_each_endpoint_is_found_by_its_name(configured: Configured) -> None:
    config = configured(table("a") + table("b", "http://localhost:9000/v1"))
    assert resolve("b/m", config)[0].provider.base_url == "http://localhost:9000/v1"


def test_s1_13_s1_18_one_switch_turns_an_endpoint_off_in_the_file_or_by_a_variable(
    configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    on, off = table("a", more="enabled = true"), table("a", more="enabled = false")
    assert targets("a/m", config=configured(on))
    with pytest.raises(ConfigError, match="switched off"):
        targets("a/m", config=configured(off))
    monkeypatch.setenv("OPENAI_COMPATIBLE__A__ENABLED", "false")
    with pytest.raises(ConfigError, match="switched off"):
        targets("a/m", config=configured(on))


def test_s1_14_s1_49_s1_79_no_key_is_needed_and_any_text_is_accepted(server: Loopback) -> None:
    assert "authorization" not in sent(server).headers
    assert sent(server, api_key="any string").headers["authorization"] == "Bearer any string"


def test_s1_15_s1_20_s1_75_the_base_url_is_written_once(
    configured: Configured, server: Loopback
) -> None:
    provider = configured(table("a", server.base_url)).providers[0]
    assert provider.base_url == server.base_url
    with Client("a/m") as client:
        client.chat(HELLO)
    with pytest.raises(ConfigError, match="cannot|overwrite|twice|already"):
        configured(table("a", more='base_url = "http://localhost:9000/v1"'))


def test_s1_20_two_entries_of_one_name_are_an_error_and_not_a_choice(configured: Configured) -> None:
    with pytest.raises(ConfigError, match=r"providers\.toml:6: two providers are named 'a'"):
        configured(table("a") + table("a", "http://localhost:9000/v1"))


def test_s1_11_s1_17_editors_get_a_schema_that_says_what_the_reader_says() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    check = jsonschema.Draft202012Validator(schema())
    good = {"name": "a", "base_url": "http://localhost:8000/v1", "priority": 1, "api_key_env": "A_KEY"}
    assert check.is_valid({"version": 2, "providers": [good]})
    for wrong in ({"base_ulr": "x"}, {"priority": "high"}, {"enabled": 1}):
        assert not check.is_valid({"providers": [{**good, **wrong}]})


# ---------------------------------------------------------------------- models

MODELS = """
[providers.models.llama-3-70b]
id = "meta-llama/Llama-3-70B"
display_name = "Llama 3 70B"
context_window = 8192
max_output_tokens = 2048
input_cost = 0.0
output_cost = 0.0
tools = true
structured_output = false
reasoning = false
streaming = true

[providers.models.slow]
streaming = false
"""


def test_s1_23_s1_24_models_are_declared_with_an_alias_and_a_wire_id(configured: Configured) -> None:
    config = configured(table("a", more=MODELS))
    assert resolve("llama-3-70b", config)[0].model == "meta-llama/Llama-3-70B"
    assert resolve("a/slow", config)[0].model == "slow"


def test_s1_25_s1_29_s1_30_s1_31_facts_of_a_model_reach_both_frameworks(configured: Configured) -> None:
    configured(table("a", more=MODELS))
    profile = ChatOpenAICompatible(model="llama-3-70b").profile
    assert profile is not None
    assert profile["name"] == "Llama 3 70B"
    assert (profile["max_input_tokens"], profile["max_output_tokens"]) == (8192, 2048)
    assert (profile["tool_calling"], profile["structured_output"]) == (True, False)
    assert profile["reasoning_output"] is False
    metadata = OpenAICompatible(model="llama-3-70b").metadata
    assert (metadata.context_window, metadata.is_function_calling_model) == (8192, True)


def test_s1_26_a_model_may_be_served_by_several_endpoints(configured: Configured) -> None:
    shared = "[providers.models]\nm = 'x'\n"
    config = configured(table("a", more=shared) + table("b", "http://localhost:9000/v1", shared))
    assert [target.provider.name for target in resolve("m", config)] == ["a", "b"]


def test_s1_27_costs_per_1k_are_taken_over_as_costs_per_million() -> None:
    model = {"endpoints": ["a"], "costPer1kTokens": {"input": 0.0015, "output": 0.002}}
    text = {"endpoints": {"a": {"baseUrl": "http://localhost:1"}}, "models": {"m": model}}
    found = import_from("ponybunny", {"llm-config.json": str(text).replace("'", '"')})
    assert found.providers[0]["models"]["m"] == {"input_cost": 1.5, "output_cost": 2.0}


def test_s1_28_a_cost_of_zero_is_not_an_unknown_cost(configured: Configured) -> None:
    models = configured(table("a", more=MODELS)).providers[0].models
    assert (models["llama-3-70b"].input_cost, models["slow"].input_cost) == (0.0, None)


def test_s1_30_a_capability_is_yes_no_or_unknown_and_of_a_known_name(configured: Configured) -> None:
    models = configured(table("a", more=MODELS)).providers[0].models
    assert [models[name].tools for name in ("llama-3-70b", "slow")] == [True, None]
    with pytest.raises(ConfigError, match="unknown key 'tool'.*Did you mean 'tools'"):
        configured(table("a", more=MODELS + "tool = true\n"))


def test_s1_31_reasoning_is_switched_in_the_words_of_the_server(server: Loopback) -> None:
    with Client(base_url=server.base_url, model="m", profile="vllm") as client:
        from openai_compatible import ChatRequest

        client.chat(ChatRequest("", HELLO, reasoning=False))
    assert server.requests[0].json["chat_template_kwargs"] == {"enable_thinking": False}


def test_s1_32_s1_83_streaming_is_switched_off_for_one_model(server: Loopback) -> None:
    provider = Provider(
        name="p", base_url=server.base_url, models={"slow": Model(streaming=False), "fast": Model()}
    )
    for model, streams in (("slow", False), ("fast", True)):
        with Client(provider, model=model) as client:
            assert [*client.stream(HELLO)][-1].text == "You said: hello"
        assert server.requests[-1].json.get("stream", False) is streams


# ---------------------------------------------------------------------- environment


def test_s1_38_s1_39_s1_40_variables_alone_configure_every_way_in(
    monkeypatch: pytest.MonkeyPatch, server: Loopback
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", CANARY)
    assert [provider.name for provider in load_config().providers] == ["env"]
    with Client("scripted") as client:
        client.chat(HELLO)
    ChatOpenAICompatible(model="scripted").invoke("hello")
    OpenAICompatible(model="scripted").complete("hello")
    assert [seen.headers["authorization"] for seen in server.requests] == [f"Bearer {CANARY}"] * 3
    assert explain(Client("scripted"), "hello").key == "$OPENAI_COMPATIBLE_API_KEY"


def test_s1_38_s1_39_without_the_variables_nothing_counts_as_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", CANARY)
    assert load_config().providers == ()


def test_s1_39_the_key_of_the_environments_provider_goes_to_no_other(
    monkeypatch: pytest.MonkeyPatch, configured: Configured, server: Loopback
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", CANARY)
    configured(table("a", server.base_url))
    with Client("a/m") as client:
        client.chat(HELLO)
    assert "authorization" not in server.requests[0].headers


def test_s1_41_s1_81_a_variable_beats_the_file_and_an_argument_beats_the_variable(
    monkeypatch: pytest.MonkeyPatch, configured: Configured
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_VLLM__BASE_URL", "http://localhost:9000/v1")
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_VLLM__MAX_RETRIES", "7")
    config = configured(table("my-vllm", more="max_retries = 1\npriority = 2"))
    (provider,) = config.providers
    assert (provider.base_url, provider.max_retries, provider.priority) == (
        "http://localhost:9000/v1",
        7,
        2,
    )
    assert targets("my-vllm/m", config=config, max_retries=0)[0].provider.max_retries == 0


# ---------------------------------------------------------------------- routes

ROUTE = """
[routes.simple]
primary = "near/m"
fallback = ["far/n", "last/o"]
description = "ReAct execution with local model"
"""


def test_s1_42_s1_43_s1_45_a_route_names_a_primary_and_its_fallbacks(configured: Configured) -> None:
    config = configured(table("near") + table("far") + table("last") + ROUTE)
    assert [(one.provider.name, one.model) for one in resolve("simple", config)] == [
        ("near", "m"),
        ("far", "n"),
        ("last", "o"),
    ]
    assert config.routes["simple"].description == "ReAct execution with local model"


def test_s1_43_the_fallback_answers_at_another_provider(
    configured: Configured, server: Loopback
) -> None:
    with loopback(json_reply({}, 503, {"retry-after": "0"})) as down:
        configured(table("near", down.base_url) + table("far", server.base_url) + table("last") + ROUTE)
        with Client("simple") as client:
            completion = client.chat(HELLO)
    assert completion.record is not None
    assert (completion.record.provider, completion.record.fallbacks) == ("far", ("near",))


def test_s1_44_a_model_of_another_kind_may_be_the_fallback(server: Loopback) -> None:
    server.stop()
    first = ChatOpenAICompatible(model="m", base_url=server.base_url, max_retries=0)
    chain = first.with_fallbacks([FakeListChatModel(responses=["another service"])])
    assert chain.invoke("hello").content == "another service"


def test_s1_77_reasoning_and_marks_of_one_provider_do_not_go_to_the_next(server: Loopback) -> None:
    from langchain_core.messages import AIMessage, HumanMessage

    thinking = {"content": "hi", "reasoning_content": "secret thought"}
    with loopback(json_reply({"choices": [{"message": thinking}]})) as first:
        echo = {"reasoning_replay": "always", "reasoning_field": "reasoning_content"}
        model = ChatOpenAICompatible(model="m", base_url=first.base_url, dialect=echo)
        answer = model.invoke("hello")
        assert isinstance(answer, AIMessage)
        other = ChatOpenAICompatible(model="m", base_url=server.base_url, dialect=echo)
        other.invoke([HumanMessage("hello"), answer, HumanMessage("and?")])
    assert b"secret thought" not in server.requests[0].body


# ---------------------------------------------------------------------- trouble


def test_s1_46_s1_78_a_refused_connection_says_to_check_that_the_server_runs(server: Loopback) -> None:
    server.stop()
    with Client(base_url=server.base_url, model="m", max_retries=0) as client:
        with pytest.raises(ConnectionFailedError, match="refused. Check that the server runs"):
            client.chat(HELLO)


def test_s1_47_the_request_is_told_as_curl_with_the_key_masked() -> None:
    told = explain(Client(base_url="http://localhost:8000/v1", model="m", api_key=CANARY), "Hi").curl()
    assert told.startswith("curl http://localhost:8000/v1/chat/completions")
    assert "Authorization: Bearer ***" in told
    assert CANARY not in told


def test_s1_48_without_a_base_url_there_is_no_default_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", CANARY)
    for make in (Client, ChatOpenAICompatible, OpenAICompatible):
        with pytest.raises(ConfigError):
            make(model="gpt-4")
    with pytest.raises(ConfigError, match="base_url"):
        Provider(name="a")  # type: ignore[call-arg]


@pytest.mark.parametrize("word", ["not-needed", "EMPTY", "sk-no-key-required", "none", "lm-studio"])
def test_s1_50_placeholders_are_sent_without_a_word(
    word: str, server: Loopback, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    assert sent(server, api_key=word).headers["authorization"] == f"Bearer {word}"
    assert not recwarn.list
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_s1_51_s1_52_a_missing_model_is_compared_with_the_servers_list() -> None:
    table_ = {
        "GET /v1/models": json_reply({"data": [{"id": "llama-3-70b-instruct"}]}),
        "POST /v1/chat/completions": json_reply(
            {"error": {"message": "model 'llama-3-70b' not found", "code": "model_not_found"}}, 404
        ),
    }
    with loopback(routes(table_)) as server:
        with Client(base_url=server.base_url, model="llama-3-70b") as client:
            assert [model.id for model in client.models()] == ["llama-3-70b-instruct"]
            with pytest.raises(ModelNotFoundError, match="llama-3-70b-instruct"):
                client.chat(HELLO)


def test_s1_53_a_corrected_id_keeps_comments_and_order_of_the_file(configured: Configured) -> None:
    text = table("a", more='[providers.models]\nsmall = "wrong" # the fast one\nlarge = "x"')
    configured(f"# mine\n{text}")
    edit(lambda file: file.set_model("a", "small", "right"))
    new = default_path().read_text(encoding="utf-8")
    assert new.startswith("# mine\n")
    assert "# the fast one" in new
    assert resolve("small", load_config())[0].model == "right"
    assert list(load_config().providers[0].models) == ["small", "large"]


# ---------------------------------------------------------------------- priority


def test_s1_21_s1_54_s1_55_s1_56_priority_is_a_number_1_is_first_and_3_is_usual(
    configured: Configured,
) -> None:
    shared = '\n[providers.models]\nm = "m"'
    config = configured(
        table("usual", more=shared)
        + table("also-usual", more="priority = 3" + shared)
        + table("first", more="priority = 1" + shared)
    )
    assert config.providers[0].priority == 3
    assert [one.provider.name for one in resolve("m", config)] == ["first", "usual", "also-usual"]


# ---------------------------------------------------------------------- how often


def test_s1_22_s1_82_rate_limits_of_endpoints_and_models_are_obeyed(
    configured: Configured, server: Loopback
) -> None:
    configured(
        table("a", server.base_url, "rate_limit = { requests_per_minute = 3 }\ntimeout = { total = 5 }")
        + "[providers.models.rare]\nrate_limit = 1\n"
    )
    for model in ("rare", "m", "m"):
        with Client(f"a/{model}") as client:
            client.chat(HELLO)
    for model in ("rare", "m"):
        with Client(f"a/{model}") as client:
            with pytest.raises(RateLimitError, match="a: its rate_limit leaves no request"):
                client.chat(HELLO)
    assert len(server.requests) == 3
    rare = {"rare": Model(rate_limit=1)}  # type: ignore[arg-type]
    provider = Provider(name="b", base_url=server.base_url, models=rare, timeout=Timeouts(total=5))
    for model, refused in (("rare", False), ("other", False), ("rare", True), ("other", False)):
        with Client(provider, model=model) as client:
            if refused:
                with pytest.raises(RateLimitError, match="rate_limit"):
                    client.chat(HELLO)
            else:
                client.chat(HELLO)


# ---------------------------------------------------------------------- keys and hosts


def test_s1_58_another_base_url_drops_the_key_source_of_a_preset(
    monkeypatch: pytest.MonkeyPatch, server: Loopback, configured: Configured
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    monkeypatch.setenv("GROQ_API_KEY", CANARY)
    monkeypatch.setenv("OPENROUTER_API_KEY", CANARY)
    for how in ("provider", "preset"):
        assert CANARY not in str(sent(server, **{how: "openai"}).headers)
    groq = Provider(preset="groq")  # type: ignore[call-arg]
    assert key_source(groq).describe() == "$GROQ_API_KEY"
    assert CANARY not in str(sent(server, provider=groq).headers)
    configured('[[providers]]\npreset = "openrouter"\n')
    assert CANARY not in str(sent(server, provider="openrouter").headers)


@pytest.mark.parametrize("how", ["provider", "preset"])
def test_s1_58_nor_does_the_variable_of_a_presets_name_follow_it(
    how: str, monkeypatch: pytest.MonkeyPatch, server: Loopback
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", CANARY)
    assert CANARY not in str(sent(server, **{how: "groq"}).headers)


@pytest.mark.filterwarnings("ignore:.*is written in this file")
def test_s1_59_each_of_two_servers_gets_its_own_key_and_never_the_others(
    configured: Configured, server: Loopback
) -> None:
    with loopback(json_reply({}, 503, {"retry-after": "0"})) as down:
        configured(
            table("openai-direct", down.base_url, 'api_key = "sk-local-key"')
            + table("openai-compatible", server.base_url, 'api_key = "sk-another-key"')
        )
        with Client("openai-direct/m", fallbacks=["openai-compatible/m"]) as client:
            client.chat(HELLO)
        assert {seen.headers["authorization"] for seen in down.requests} == {"Bearer sk-local-key"}
    assert {seen.headers["authorization"] for seen in server.requests} == {"Bearer sk-another-key"}


@pytest.mark.parametrize(
    "auth",
    [{"style": "header", "name": "X-Key"}, {"style": "query", "name": "k"}, {"style": "basic"}, "none"],
)
def test_s1_70_authentication_can_be_another_one(auth: Any, server: Loopback) -> None:
    seen = sent(server, api_key="k", auth=auth)
    found = (seen.headers.get("x-key"), seen.query.get("k"), seen.headers.get("authorization"))
    assert found in [("k", None, None), (None, "k", None), (None, None, "Basic Oms="), (None,) * 3]
    assert (found == (None,) * 3) is (auth == "none")


# ---------------------------------------------------------------------- what must not be


def test_s1_63_nothing_is_sent_that_nobody_asked_for(server: Loopback) -> None:
    assert sent(server).json == {"model": "m", "messages": HELLO}
    ChatOpenAICompatible(model="m", base_url=server.base_url).invoke("hello")
    OpenAICompatible(model="m", base_url=server.base_url).complete("hello")
    for seen in server.requests:
        assert seen.json.keys() == {"model", "messages"}


@pytest.mark.parametrize("retries", [0, 2])
def test_s1_64_s1_71_retries_and_timeouts_are_each_endpoints_own_and_are_obeyed(
    retries: int, configured: Configured
) -> None:
    with loopback(json_reply({}, 500, {"retry-after": "0"})) as server:
        configured(table("a", server.base_url, f"max_retries = {retries}\ntimeout = {{ call = 20 }}"))
        with Client("a/m") as client, pytest.raises(ServerError):
            client.chat(HELLO)
        assert len(server.requests) == 1 + retries
        server.app = Reply(body=[b"{", HANG])
        configured(table("a", server.base_url, "max_retries = 0\ntimeout = { call = 0.1 }"))
        with Client("a/m") as client, pytest.raises(TimeoutError, match="0.1 s"):
            client.chat(HELLO)


def test_s1_65_nothing_is_printed_and_no_log_line_has_a_key(
    server: Loopback, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    sent(server, api_key=CANARY, headers={"X-Own": CANARY})
    with pytest.raises(OpenAICompatibleError):
        sent(server, api_key=CANARY, model="scripted-400")
    printed = capfd.readouterr()
    assert printed.out == printed.err == ""
    assert caplog.records
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("status", "error", "goes_on"),
    [
        (400, InvalidRequestError, False),
        (401, AuthenticationError, False),
        (429, RateLimitError, True),
        (503, ServerError, True),
    ],
)
def test_s1_66_a_full_server_hands_over_to_the_next_and_a_wrong_request_does_not(
    status: int, error: type[Exception], goes_on: bool, server: Loopback
) -> None:
    spare = Provider(name="spare", base_url=server.base_url, default_model="m")
    with loopback(json_reply({"error": {"message": "no"}}, status, {"retry-after": "0"})) as first:
        with Client(base_url=first.base_url, model="m", fallbacks=[spare], max_retries=0) as client:
            if goes_on:
                assert client.chat(HELLO).text == "You said: hello"
            else:
                with pytest.raises(error):
                    client.chat(HELLO)
        assert len(server.requests) == goes_on


def test_s1_66_when_all_are_full_each_is_named() -> None:
    with loopback(json_reply({}, 429, {"retry-after": "0"})) as server:
        both = [Provider(name=name, base_url=server.base_url, max_retries=0) for name in ("a", "b")]
        with Client(both[0], model="m", fallbacks=both[1:]) as client:
            with pytest.raises(AllProvidersFailedError, match="a: .*; b: "):
                client.chat(HELLO)


# ---------------------------------------------------------------------- where files live


def test_s1_74_the_file_is_the_platforms_or_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: Configured
) -> None:
    configured(table("own"))
    assert default_path() == tmp_path / "home" / ".config" / "openai-compatible" / "providers.toml"
    assert load_config().providers[0].name == "own"
    other = tmp_path / "project.toml"
    other.write_text(table("project"), encoding="utf-8")
    assert load_config(other).providers[0].name == "project"
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(other))
    assert load_config().providers[0].name == "project"


def test_s1_76_capability_words_of_others_become_ours() -> None:
    text = """{"endpoints": {"a": {"baseUrl": "http://localhost:1"}}, "models": {"m": {
        "endpoints": ["a"], "capabilities": ["text", "function-calling", "vision"]}}}"""
    found = import_from("ponybunny", {"llm-config.json": text})
    assert found.providers[0]["models"]["m"] == {"tools": True, "image_inputs": True}
