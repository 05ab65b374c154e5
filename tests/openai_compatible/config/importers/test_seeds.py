"""The examples of the guides this product grew from, word for word, and what becomes of them.

A test is named after the items of those guides (``docs/seeds.md``) that it proves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import Config, Route, read
from openai_compatible.config.importers import Imported, guess, import_from
from openai_compatible.config.keys import key_source
from openai_compatible.plan.routing import resolve

DATA = Path(__file__).parent / "data"


def imported(kind: str, *names: str, **options: Any) -> Imported:
    return import_from(kind, {name: (DATA / name).read_text("utf-8") for name in names}, **options)


def loaded(found: Imported) -> Config:
    """What is imported, written into a file and read again."""
    file = ProviderFile()
    for fields in found.providers:
        file.add(fields)
    for name, route in found.routes.items():
        file.set_route(name, route)
    return read(file.text, Path("providers.toml"))


FORMATS = {
    "conduit-*.json": "conduit",
    "ponybunny-*.json": "ponybunny",
    "*.sh": "environment",
    "gptme-*.toml": "gptme",
    "openwork-*.txt": "form",
}
EXAMPLES = [
    (kind, path.name) for pattern, kind in FORMATS.items() for path in sorted(DATA.glob(pattern))
]


@pytest.mark.parametrize(("kind", "name"), EXAMPLES)
def test_every_example_of_the_guides_is_imported_as_it_stands(kind: str, name: str) -> None:
    found = imported(kind, name)
    assert found.providers or found.notes
    config = loaded(found)
    assert [provider.name for provider in config.providers] == [one["name"] for one in found.providers]


def test_no_example_of_the_guides_is_left_out() -> None:
    assert {name for _, name in EXAMPLES} == {path.name for path in DATA.iterdir()}
    assert len(EXAMPLES) == 4 + 11 + 4 + 4 + 4


# ---------------------------------------------------------------------- Conduit


def test_S0_15_S0_16_S0_17_S0_20_a_list_of_credentials_becomes_providers() -> None:
    found = imported("conduit", "conduit-appsettings.json")
    assert [one["base_url"] for one in found.providers] == ["http://localhost:5001/v1"]


def test_S0_18_the_type_is_a_name_that_several_may_have() -> None:
    entries = [
        {"ProviderName": "openai-compatible", "ApiBase": f"http://localhost:{port}/v1"}
        for port in (1, 2)
    ]
    text = json.dumps({"ConduitSettings": {"ProviderCredentials": entries}})
    found = import_from("conduit", {"appsettings.json": text})
    assert [one["name"] for one in found.providers] == ["openai-compatible", "openai-compatible-2"]
    assert any("named 'openai-compatible-2'" in note for note in found.notes)


def test_S0_19_a_key_in_the_file_becomes_a_variable_and_a_note() -> None:
    found = imported("conduit", "conduit-appsettings.json")
    assert found.providers[0]["api_key_env"] == "LOCALHOST_5001_API_KEY"
    assert any("LOCALHOST_5001_API_KEY" in note for note in found.notes)
    assert "your-api-key" not in str(found.providers) + str(found.notes)


def test_S0_21_S0_22_S0_23_S0_24_S0_28_an_alias_leads_to_its_provider_and_wire_id() -> None:
    config = loaded(imported("conduit", "conduit-appsettings.json"))
    (target,) = resolve("local-llama", config)
    assert (target.provider.name, target.model) == ("openai-compatible", "llama2-7b")


def test_S0_12_a_base_url_with_a_path_is_taken_as_written() -> None:
    text = '{"ProviderName": "openai-compatible", "ApiBase": "https://my-api-server.com/openai"}'
    found = import_from("conduit", {"appsettings.json": text})
    assert found.providers[0]["base_url"] == "https://my-api-server.com/openai"


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("conduit-localai.json", "http://localhost:8080/v1"),
        ("conduit-ollama.json", "http://localhost:11434/v1"),
    ],
)
def test_S0_32_S0_33_S0_34_S0_35_comments_are_read_and_placeholders_are_no_keys(
    name: str, url: str
) -> None:
    found = imported("conduit", name)
    assert found.providers == [{"name": "openai-compatible", "base_url": url}]
    assert key_source(loaded(found).providers[0]).describe() == "none"


def test_S0_37_a_real_key_of_text_generation_webui_stays_outside() -> None:
    found = imported("conduit", "conduit-text-generation-webui.json")
    assert found.providers[0]["base_url"] == "http://localhost:5000/v1"
    assert found.providers[0]["api_key_env"] == "LOCALHOST_5000_API_KEY"


# ---------------------------------------------------------------------- PonyBunny

ALL = ("ponybunny-credentials.json", "ponybunny-llm-config.json", "ponybunny-models.json")


def test_S1_10_S1_12_S1_15_S1_16_S1_20_two_files_make_one_provider() -> None:
    found = imported("ponybunny", *ALL, "ponybunny-tiers.json")
    (provider,) = found.providers
    assert provider["name"] == "openai-compatible"
    assert provider["base_url"] == "http://localhost:8000/v1"


def test_S1_20_two_base_urls_are_told_and_the_credentials_win() -> None:
    config = '{"endpoints": {"a": {"baseUrl": "http://localhost:2/v1"}}}'
    secret = '{"endpoints": {"a": {"apiKey": "none", "baseUrl": "http://localhost:1/v1"}}}'
    found = import_from("ponybunny", {"llm-config.json": config, "credentials.json": secret})
    assert found.providers[0]["base_url"] == "http://localhost:1/v1"
    assert any("two base URLs" in note for note in found.notes)


@pytest.mark.parametrize("off", ["credentials", "config"])
def test_S1_13_S1_18_either_file_may_switch_an_endpoint_off(off: str) -> None:
    def text(kind: str) -> str:
        return json.dumps(
            {"endpoints": {"a": {"enabled": kind != off, "baseUrl": "http://localhost:1"}}}
        )

    found = import_from("ponybunny", {"a.json": text("credentials"), "b.json": text("config")})
    assert found.providers[0]["enabled"] is False


def test_S1_19_an_endpoint_of_another_protocol_is_told() -> None:
    text = '{"endpoints": {"a": {"protocol": "anthropic", "baseUrl": "https://a.example.com"}}}'
    found = import_from("ponybunny", {"llm-config.json": text})
    assert found.providers == []
    assert "protocol is anthropic" in found.notes[0]


def test_S1_14_S1_39_no_key_of_the_file_goes_by_the_name_of_our_own_variable() -> None:
    (provider,) = imported("ponybunny", *ALL).providers
    assert provider["api_key_env"] == "LOCALHOST_8000_API_KEY"


def test_S1_21_S1_54_S1_55_S1_56_the_priority_is_taken_with_its_comment() -> None:
    found = imported("ponybunny", "ponybunny-credentials.json", "ponybunny-priority.json")
    assert found.providers[0]["priority"] == 1


def test_S1_22_a_rate_limit_is_carried_over() -> None:
    (provider,) = imported("ponybunny", *ALL).providers
    assert provider["rate_limit"] == 60


def test_S1_23_to_S1_32_facts_of_a_model_are_carried_over() -> None:
    (provider,) = imported("ponybunny", *ALL).providers
    assert provider["models"] == {
        "llama-3-70b": {
            "display_name": "Llama 3 70B",
            "context_window": 8192,
            "input_cost": 0.0,
            "output_cost": 0.0,
            "reasoning": False,
            "streaming": True,
            "tools": True,
        }
    }


def test_S1_27_S1_28_costs_are_per_million_and_nothing_is_not_zero() -> None:
    model = {"endpoints": ["a"], "costPer1kTokens": {"input": 0.003}}
    text = json.dumps({"endpoints": {"a": {"baseUrl": "http://localhost:1"}}, "models": {"m": model}})
    found = import_from("ponybunny", {"llm-config.json": text})
    assert found.providers[0]["models"]["m"] == {"input_cost": 3.0}


@pytest.mark.parametrize(
    ("name", "port"), [("localai", 8080), ("vllm", 8000), ("ollama", 11434), ("lmstudio", 1234)]
)
def test_S1_33_S1_34_S1_35_S1_36_S1_50_local_servers_need_no_key(name: str, port: int) -> None:
    found = imported("ponybunny", f"ponybunny-{name}.json")
    assert found.providers == [{"name": "openai-compatible", "base_url": f"http://localhost:{port}/v1"}]


def test_S1_37_a_key_of_any_prefix_is_a_key() -> None:
    found = imported("ponybunny", "ponybunny-proxy.json")
    assert found.providers[0]["api_key_env"] == "API_FAST_AI_CHAT_API_KEY"
    kept = imported("ponybunny", "ponybunny-proxy.json", keep_keys=True)
    assert kept.providers[0]["api_key"].get_secret_value() == "tb_xxxxxxxxxxxxx"


def test_S1_39_S1_40_the_variables_become_a_provider_of_the_file() -> None:
    found = imported("environment", "ponybunny-environment.sh")
    assert found.providers == [
        {
            "name": "localhost-8000",
            "base_url": "http://localhost:8000/v1",
            "api_key_env": "OPENAI_COMPATIBLE_API_KEY",
        }
    ]


def test_S1_42_S1_43_S1_45_tiers_and_agents_become_routes() -> None:
    found = imported("ponybunny", *ALL, "ponybunny-tiers.json")
    assert found.routes == {
        "simple": Route("openai-compatible/llama-3-70b"),
        "execution": Route("openai-compatible/llama-3-70b", (), "ReAct execution with local model"),
    }
    config = loaded(found)
    assert resolve("simple", config)[0].model == "llama-3-70b"


def test_S1_44_a_fallback_of_another_kind_is_told() -> None:
    found = imported("ponybunny", *ALL, "ponybunny-tiers.json")
    assert any("claude-haiku-4-5" in note for note in found.notes)


def test_S1_48_an_endpoint_without_a_base_url_gets_none() -> None:
    found = imported("ponybunny", "ponybunny-priority.json")
    assert found.providers == []
    assert "no baseUrl" in found.notes[0]


def test_S1_57_S1_58_S1_59_two_servers_are_two_providers_with_keys_of_their_own() -> None:
    found = imported("ponybunny", "ponybunny-two-endpoints.json")
    assert [(one["name"], one["base_url"], one["api_key_env"]) for one in found.providers] == [
        ("openai-direct", "http://localhost:8000/v1", "OPENAI_DIRECT_API_KEY"),
        ("openai-compatible", "http://localhost:9000/v1", "LOCALHOST_9000_API_KEY"),
    ]


# ---------------------------------------------------------------------- gptme


def test_S2_02_S2_04_S2_05_S2_06_S2_09_S2_14_providers_are_taken_as_they_are() -> None:
    vllm, _, groq = imported("gptme", "gptme-providers.toml").providers
    assert vllm == {
        "name": "vllm-local",
        "base_url": "http://localhost:8000/v1",
        "default_model": "meta-llama/Llama-3.1-8B",
    }
    assert groq["base_url"] == "https://api.groq.com/openai/v1"


def test_S2_07_S2_10_a_key_in_the_file_becomes_a_variable_unless_it_is_to_be_kept() -> None:
    text = '[[providers]]\nname = "lab"\nbase_url = "http://localhost:1/v1"\napi_key = "sk-canary"\n'
    found = import_from("gptme", {"gptme.toml": text})
    assert found.providers[0]["api_key_env"] == "LAB_API_KEY"
    assert "canary" not in f"{found.providers}{found.notes}"
    kept = import_from("gptme", {"gptme.toml": text}, keep_keys=True)
    assert kept.providers[0]["api_key"].get_secret_value() == "sk-canary"
    assert "canary" not in f"{kept}{kept.providers}{kept.notes}"


def test_S2_08_S2_11_S2_17_a_named_variable_stays_the_source() -> None:
    _, azure, groq = imported("gptme", "gptme-providers.toml").providers
    assert (azure["api_key_env"], groq["api_key_env"]) == ("AZURE_API_KEY", "GROQ_API_KEY")


def test_S2_12_S2_13_without_a_source_the_convention_holds_as_it_did_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VLLM_LOCAL_API_KEY", "sk-1")
    config = loaded(imported("gptme", "gptme-vllm.toml"))
    assert key_source(config.providers[0]).describe() == "$VLLM_LOCAL_API_KEY"


def test_S2_15_S2_43_azure_is_given_an_address_and_a_header_that_work() -> None:
    _, azure, _ = imported("gptme", "gptme-providers.toml").providers
    assert azure["base_url"] == "https://my-azure-endpoint.openai.azure.com/openai/v1"
    assert azure["auth"] == {"style": "header", "name": "api-key"}


def test_S2_28_the_variables_of_openai_are_imported_when_asked_for() -> None:
    text = "OPENAI_BASE_URL=http://localhost:8000/v1\nOPENAI_API_KEY=sk-1\n"
    found = import_from("environment", {".env": text})
    assert found.providers[0]["api_key_env"] == "OPENAI_API_KEY"
    assert any("is sent to localhost:8000" in note for note in found.notes)


def test_S2_42_a_placeholder_in_a_variable_makes_no_provider() -> None:
    found = imported("environment", "gptme-vllm.sh")
    assert found.providers == []


# ---------------------------------------------------------------------- Openwork


def test_S3_11_S3_90_a_friendly_name_is_shown_and_a_slug_is_used() -> None:
    (provider,) = imported("form", "openwork-vllm.txt").providers
    assert (provider["name"], provider["display_name"]) == ("vllm-local", "vLLM Local")


def test_S3_13_S3_22_S3_79_a_url_without_v1_and_no_key() -> None:
    found = imported("form", "openwork-vllm.txt")
    (provider,) = loaded(found).providers
    assert provider.base_url == "http://localhost:8000"
    assert provider.default_model == "meta-llama/Llama-2-7b-chat-hf"
    assert key_source(provider).describe() == "none"


def test_S3_23_tgi_is_imported_with_its_model_id() -> None:
    (provider,) = imported("form", "openwork-tgi.txt").providers
    assert (provider["base_url"], provider["default_model"]) == ("http://localhost:8080", "tgi")


def test_S3_15_S3_24_a_gateway_with_a_key_and_a_model_named_like_openais() -> None:
    (provider,) = imported("form", "openwork-enterprise.txt").providers
    assert provider["default_model"] == "gpt-4-company"
    assert provider["api_key_env"] == "COMPANY_AI_GATEWAY_API_KEY"
    assert "preset" not in provider
    assert "profile" not in provider


def test_S3_14_S3_25_a_remark_in_brackets_is_no_part_of_a_model_id() -> None:
    found = imported("form", "openwork-localai.txt")
    assert found.providers[0]["default_model"] == "gpt-3.5-turbo"
    assert found.notes == ["Model ID: read without its remark in brackets"]


def test_S3_27_S3_35_S3_36_the_file_that_openwork_writes_for_opencode_is_known_by_its_name() -> None:
    assert guess("opencode.json", "{}") == "opencode"


def test_S4_04_S4_05_S4_06_S4_13_one_endpoint_for_each_model_and_a_default_key() -> None:
    text = """
model_list:
  - model_name: large
    litellm_params: {model: openai/large, api_base: "https://large.example.com", api_key: os.environ/ALL}
  - model_name: small
    litellm_params: {model: openai/small, api_base: "https://small.example.com", api_key: os.environ/OWN}
"""
    config = loaded(import_from("litellm", {"config.yaml": text}))
    found = {name: resolve(name, config)[0].provider for name in ("large", "small")}
    assert found["large"].base_url == "https://large.example.com"
    assert [key_source(one).describe() for one in found.values()] == ["$ALL", "$OWN"]
