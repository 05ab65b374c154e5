"""Items of gptme's guide that hold, each test named after those it proves."""

from __future__ import annotations

import subprocess
import sys
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
    ConfigError,
    MissingKeyError,
    OpenAICompatibleError,
    OpenAICompatibleWarning,
    Provider,
    QuotaExceededError,
    StreamInterruptedError,
    explain,
    load_config,
    resolve,
    targets,
)
from openai_compatible.config.edit import edit
from openai_compatible.config.importers import import_from
from openai_compatible.config.keys import conventional_variable, key_source
from openai_compatible.config.load import default_path
from openai_compatible.presets.registry import preset
from openai_compatible.testing.loopback import CUT, Loopback, event_stream, json_reply, loopback, routes

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
CANARY = "sk-canary-4711"
Configured = Callable[[str], Config]

GUIDE = """
[[providers]]
name = "vllm-local"
base_url = "http://localhost:8000/v1"
default_model = "meta-llama/Llama-3.1-8B"

[[providers]]
name = "azure-gpt4"
base_url = "https://my-azure-endpoint.openai.azure.com/openai/v1"
api_key_env = "AZURE_API_KEY"
auth = { style = "header", name = "api-key" }
default_model = "gpt-4"

[[providers]]
name = "groq"
base_url = "https://api.groq.com/openai/v1"
default_model = "llama-3.1-70b-versatile"
"""


def local(server: Loopback, more: str = "") -> str:
    """A provider ``vllm-local`` of a file, at the server."""
    return f'[[providers]]\nname = "vllm-local"\nbase_url = "{server.base_url}"\n{more}\n'


# ---------------------------------------------------------------------- the file


def test_s2_02_s2_04_several_providers_stand_next_to_those_that_are_shipped(
    configured: Configured,
) -> None:
    config = configured(GUIDE)
    assert [one.name for one in config.providers] == ["vllm-local", "azure-gpt4", "groq"]
    assert targets("openrouter/x/y", config=config)[0].provider.preset == "openrouter"


def test_s2_03_s2_31_the_users_file_is_in_the_users_configuration_folder(
    configured: Configured, home: Path
) -> None:
    configured(GUIDE)
    assert default_path() == home / ".config" / "openai-compatible" / "providers.toml"
    assert len(load_config().providers) == 3


@pytest.mark.parametrize(("field", "told"), [("name", "no name"), ("base_url", "base_url")])
def test_s2_05_s2_06_name_and_base_url_are_required(
    field: str, told: str, configured: Configured
) -> None:
    fields = {"name": '"a"', "base_url": '"http://localhost:1"'}
    del fields[field]
    with pytest.raises(ConfigError, match=rf"providers\.toml:\d: .*{told}"):
        configured("[[providers]]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items()))


def test_s2_09_s2_19_a_provider_alone_means_its_default_model(configured: Configured) -> None:
    config = configured(GUIDE)
    assert [resolve(name, config)[0].model for name in ("vllm-local", "azure-gpt4", "groq")] == [
        "meta-llama/Llama-3.1-8B",
        "gpt-4",
        "llama-3.1-70b-versatile",
    ]


def test_s2_14_s2_18_s2_36_a_reference_is_split_at_its_first_slash(
    configured: Configured, server: Loopback
) -> None:
    configured(local(server))
    with Client("vllm-local/meta-llama/Llama-3.1-8B") as client:
        client.chat(HELLO)
    assert server.requests[0].json["model"] == "meta-llama/Llama-3.1-8B"
    chat = ChatOpenAICompatible(model="vllm-local/my-model")
    chat.invoke("hello")
    OpenAICompatible(model="vllm-local/my-model").complete("hello")
    assert [seen.json["model"] for seen in server.requests[1:]] == ["my-model"] * 2


def test_s2_18_what_is_left_of_the_slash_must_be_a_provider(configured: Configured) -> None:
    with pytest.raises(ConfigError, match="neither model 'm' of a provider 'vllm-locl' nor an alias"):
        resolve("vllm-locl/m", configured(GUIDE))


def test_s2_16_a_path_before_the_version_is_kept(configured: Configured) -> None:
    configured(GUIDE)
    told = explain("groq/m", "Hi")
    assert told.url == "https://api.groq.com/openai/v1/chat/completions"


def test_s2_27_names_that_are_shipped_stay(configured: Configured) -> None:
    config = configured(GUIDE)
    for name in ("openai", "openrouter", "groq", "azure-openai", "ollama", "vllm", "deepseek"):
        assert preset(name).name == name
        if not preset(name).variables:
            assert targets("m", provider=name, config=config)[0].provider.name == name


# ---------------------------------------------------------------------- keys


@pytest.mark.filterwarnings("ignore:.*is written in this file")
def test_s2_07_s2_10_s2_35_a_key_in_the_file_is_used_and_never_shown(
    configured: Configured, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_LOCAL_API_KEY", "sk-by-convention")
    config = configured(local(server, f'api_key = "{CANARY}"'))
    with Client("vllm-local/m") as client:
        client.chat(HELLO)
        assert CANARY not in f"{client!r}{config!r}{config.providers[0].model_dump()}"
    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize("place", ["readable", "git"])
def test_s2_07_a_key_in_the_file_is_warned_about_and_one_that_others_see_refused(
    place: str, configured: Configured, server: Loopback
) -> None:
    with pytest.warns(OpenAICompatibleWarning, match="the key of provider 'vllm-local' is written"):
        configured(local(server, f'api_key = "{CANARY}"'))
    if place == "git":
        (default_path().parent / ".git").mkdir()
    else:
        default_path().chmod(0o644)
    with pytest.raises(ConfigError, match="the key of provider 'vllm-local' is written") as told:
        load_config()
    assert CANARY not in f"{told.value!r}"
    default_path().write_text(local(server, 'api_key = "EMPTY"'), encoding="utf-8")
    load_config()  # a placeholder is no key: no word


def test_s2_07_a_file_that_gets_a_key_is_closed_to_others(configured: Configured) -> None:
    configured(GUIDE)
    default_path().chmod(0o644)
    edit(lambda file: file.patch("vllm-local", {"api_key": CANARY}))
    assert default_path().stat().st_mode & 0o777 == 0o600


def test_s2_08_s2_11_s2_17_s2_24_a_named_variable_is_the_source_and_must_be_set(
    configured: Configured, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(local(server, 'api_key_env = "AZURE_API_KEY"'))
    with Client("vllm-local/m") as client:
        with pytest.raises(MissingKeyError, match="AZURE_API_KEY, named as the source.*is not set"):
            client.chat(HELLO)
        monkeypatch.setenv("AZURE_API_KEY", CANARY)
        client.chat(HELLO)
    assert [seen.headers["authorization"] for seen in server.requests] == [f"Bearer {CANARY}"]


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("groq", "GROQ_API_KEY"),
        ("vllm-local", "VLLM_LOCAL_API_KEY"),
        ("my.server_2", "MY_SERVER_2_API_KEY"),
        ("gpu-01", "GPU_01_API_KEY"),
    ],
)
def test_s2_12_s2_13_the_conventional_variable_of_a_name(
    name: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert conventional_variable(name) == variable
    provider = Provider(name=name, base_url="https://api.groq.com/openai/v1")
    assert key_source(provider).get() is None
    monkeypatch.setenv(variable, CANARY)
    assert key_source(provider).describe() == f"${variable}"
    assert key_source(provider).get() == CANARY


@pytest.mark.parametrize("name", ["Groq", "my server", "a/b", "a--b", "größe", "", "日本"])
def test_s2_12_a_name_from_which_no_variable_follows_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="lower case without spaces"):
        Provider(name=name, base_url="http://localhost:1")


def test_s2_23_a_conventional_variable_that_is_not_set_is_no_key(
    configured: Configured, server: Loopback
) -> None:
    configured(local(server))
    with Client("vllm-local/m") as client:
        client.chat(HELLO)
    assert "authorization" not in server.requests[0].headers


def test_s2_42_vllm_needs_no_placeholder(configured: Configured, server: Loopback) -> None:
    assert configured(local(server, 'profile = "vllm"')).providers[0].api_key_env is None
    assert OpenAICompatible(model="vllm-local/m").complete("hello").text == "You said: hello"
    assert "authorization" not in server.requests[0].headers


# ---------------------------------------------------------------------- variables of other programs


def test_s2_28_s2_41_openais_variables_serve_a_provider_only_when_they_are_imported(
    monkeypatch: pytest.MonkeyPatch, server: Loopback
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert load_config().providers == ()
    with Client(base_url=server.base_url, model="m") as client:
        client.chat(HELLO)
    assert "authorization" not in server.requests[0].headers
    text = f"OPENAI_BASE_URL={server.base_url}\nOPENAI_API_KEY=x\n"
    found = import_from("environment", {".env": text})
    edit(lambda file: file.add(found.providers[0]))
    with Client(f"{found.providers[0]['name']}/m") as client:
        client.chat(HELLO)
    assert server.requests[1].headers["authorization"] == f"Bearer {CANARY}"


def test_s2_29_s2_34_older_files_are_read_as_they_are(configured: Configured) -> None:
    assert configured("version = 1\n" + GUIDE).providers == configured(GUIDE).providers
    old = configured(f'version = 1\n{GUIDE}verify = "ca.pem"\n').providers[-1]
    assert old == configured(f'version = 2\n{GUIDE}tls = {{ ca_bundle = "ca.pem" }}\n').providers[-1]
    with pytest.raises(ConfigError, match=r"providers\.toml:1: .*version = 99"):
        configured("version = 99\n" + GUIDE)


# ---------------------------------------------------------------------- Azure


def test_s2_15_s2_43_azure_deployments_have_their_header_and_version(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_RESOURCE_NAME", "my-endpoint")
    monkeypatch.setenv("AZURE_DEPLOYMENT", "gpt-4")
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    monkeypatch.setenv("AZURE_API_KEY", CANARY)
    told = explain("azure-openai/gpt-4", "Hi")
    assert told.url == ("https://my-endpoint.openai.azure.com/openai/deployments/gpt-4/chat/completions")
    assert (told.query["api-version"], told.key) == ("2024-10-21", "$AZURE_API_KEY")
    assert {name.lower() for name in told.headers} >= {"api-key"}
    auth = {"style": "header", "name": "api-key"}
    url = f"{server.url}/openai/deployments/gpt-4?api-version=2024-10-21"
    with Client(base_url=url, model="gpt-4", auth=auth, api_key=CANARY) as client:
        client.chat(HELLO)
    seen = server.requests[0]
    assert seen.target == "/openai/deployments/gpt-4/chat/completions?api-version=2024-10-21"
    assert seen.headers["api-key"] == CANARY
    assert "authorization" not in seen.headers


def test_s2_43_the_address_of_the_guide_is_imported_as_one_that_works() -> None:
    text = (
        '[[providers]]\nname = "azure-gpt4"\napi_key_env = "AZURE_API_KEY"\n'
        'base_url = "https://my-endpoint.openai.azure.com/openai/deployments"\n'
    )
    (provider,) = import_from("gptme", {"gptme.toml": text}).providers
    assert provider["base_url"] == "https://my-endpoint.openai.azure.com/openai/v1"
    assert provider["auth"] == {"style": "header", "name": "api-key"}


# ---------------------------------------------------------------------- what was planned there


def test_s2_30_a_provider_has_more_than_five_fields() -> None:
    assert {"headers", "query", "models", "timeout", "proxy", "auth"} <= Provider.model_fields.keys()


@pytest.mark.parametrize("name", ["openai_compatible", "openai_compatible.config.load"])
def test_s2_32_reading_a_configuration_loads_no_sdk_and_no_framework(name: str) -> None:
    code = (
        f"import sys, {name}\nimport openai_compatible\nopenai_compatible.load_config()\n"
        "print([m for m in ('openai', 'httpx', 'langchain_core', 'llama_index') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["requesty", "aimlapi", "chutes"])
def test_s2_48_s2_49_s2_50_services_that_were_asked_for_are_presets(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = preset(name).api_key_env[0]
    monkeypatch.setenv(variable, CANARY)
    told = explain(f"{name}/some/model", "Hi")
    assert told.url.startswith("https://")
    assert (told.key, told.body["model"]) == (f"${variable}", "some/model")


# ---------------------------------------------------------------------- discovery


def test_s2_51_the_model_list_is_asked_for_where_chat_is_and_with_the_same_key() -> None:
    app = routes(
        {
            "GET /openai/models": json_reply({"data": [{"id": "m"}]}),
            "POST /openai/chat/completions": json_reply(ANSWER),
        }
    )
    with loopback(app) as server:
        fields: dict[str, Any] = {"headers": {"X-Team": "a"}, "query": {"v": "1"}, "api_key": CANARY}
        with Client(base_url=f"{server.url}/openai", model="m", **fields) as client:
            client.chat(HELLO)
            assert [model.id for model in client.models()] == ["m"]
        chat, listing = server.requests
    for name in ("authorization", "x-team"):
        assert listing.headers[name] == chat.headers[name]
    assert listing.query == chat.query == {"v": "1"}


def test_s2_51_an_error_of_the_list_is_an_error_and_not_an_empty_list() -> None:
    with loopback(json_reply({"error": {"message": "wrong key"}}, 401)) as server:
        with Client(base_url=server.base_url, model="m") as client:
            with pytest.raises(AuthenticationError, match="wrong key"):
                client.models()


@pytest.mark.parametrize("model", ["unheard-of", "gpt-4o", "llama-3.1-70b"])
def test_s2_52_an_unknown_context_window_stays_unknown(model: str, server: Loopback) -> None:
    with Client(base_url=server.base_url, model=model) as client:
        assert all(one.context_window is None for one in client.models())
        info = client.model_info(model)
    assert info is None or info.context_window is None
    profile = ChatOpenAICompatible(model=model, base_url=server.base_url).profile
    assert "max_input_tokens" not in (profile or {})


# ---------------------------------------------------------------------- secrets, streams, money


@pytest.mark.filterwarnings("ignore:.*is written in this file")
def test_s2_54_the_file_is_its_owners_and_a_key_is_never_shown_whole(configured: Configured) -> None:
    edit(lambda file: file.add({"name": "a", "base_url": "http://h:1", "api_key": CANARY}))
    assert default_path().stat().st_mode & 0o777 == 0o600
    (provider,) = load_config().providers
    assert CANARY not in f"{provider!r}{provider}{key_source(provider)!r}"
    assert CANARY not in str(explain("a/m", "Hi"))


def test_s2_55_a_stream_that_has_begun_is_not_repeated() -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "a"}}]}
    with loopback(event_stream(chunk, CUT)) as server:
        with Client(base_url=server.base_url, model="m", max_retries=3) as client:
            with pytest.raises(StreamInterruptedError) as caught, client.stream(HELLO) as events:
                list(events)
        assert len(server.requests) == 1
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a"


def test_s2_55_402_says_that_the_account_is_empty_and_is_not_tried_again() -> None:
    body = {"error": {"message": "Insufficient credits"}}
    with loopback(json_reply(body, 402)) as server:
        with Client(base_url=server.base_url, model="m", max_retries=3) as client:
            with pytest.raises(QuotaExceededError, match="Waiting does not help: check credit"):
                client.chat(HELLO)
        assert len(server.requests) == 1


def test_s2_58_a_gateway_is_a_provider_and_a_proxy_is_another_thing(
    configured: Configured, server: Loopback
) -> None:
    configured(f'[[providers]]\nname = "gateway"\nbase_url = "{server.url}/llm/v1"\n')
    with Client("gateway/anthropic/claude") as client:
        client.chat(HELLO)
    with Client(base_url="http://upstream.internal/v1", model="m", proxy=server.url) as client:
        client.chat(HELLO)
    through_gateway, through_proxy = server.requests
    assert through_gateway.path == "/llm/v1/chat/completions"
    assert through_gateway.json["model"] == "anthropic/claude"
    assert through_proxy.target.startswith("http://upstream.internal/v1")


def test_s2_58_no_variable_moves_all_requests_elsewhere(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.stop()
    for name in ("LLM_PROXY_URL", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/v1")
    with Client(base_url=server.base_url, model="m", max_retries=0) as client:
        with pytest.raises(OpenAICompatibleError, match=f"127.0.0.1:{server.port}"):
            client.chat(HELLO)
