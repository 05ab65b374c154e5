"""Presets by name and by address."""

from __future__ import annotations

import doctest
import subprocess
import sys

import pytest

from openai_compatible.errors import ConfigError
from openai_compatible.presets import page, registry
from openai_compatible.presets import preset as preset_module
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import for_url, preset, presets, provider_fields


def test_a_preset_bears_the_name_it_is_found_by_and_is_always_the_same() -> None:
    assert len(presets()) == len(set(presets())) == 82
    for name in presets():
        assert preset(name).name == name
        assert preset(name) is preset(name)


def test_every_row_of_every_file_can_be_found() -> None:
    for file, names in registry._FILES.items():
        assert sorted(registry._rows(file)) == sorted(names.split())
        assert len(registry._rows(file)) == len(names.split())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("llama.cpp", "there is no preset 'llama.cpp'. Did you mean 'llamacpp' or 'llama-cpp-python'?"),
        ("LM Studio", "there is no preset 'LM Studio'. Did you mean 'lmstudio'?"),
        ("cohere", "there is no preset 'cohere'. Did you mean 'cohere-compat'?"),
        ("grok", "there is no preset 'grok'. Did you mean 'groq'?"),
        ("zzz", "there is no preset 'zzz'. They are listed by: openai-compatible providers presets"),
        ("", "there is no preset ''. They are listed by: openai-compatible providers presets"),
        ("../errors", "there is no preset '../errors'."),
    ],
)
def test_an_unknown_name_is_told_with_near_ones(name: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        preset(name)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://API.GROQ.COM/openai/v1/chat/completions", "groq"),
        ("https://api.groq.com", "groq"),
        ("https://api.deepseek.com/beta", "deepseek"),
        ("https://api.together.ai/v1", "together"),
        ("https://acme.openai.azure.com/openai/v1/", "azure-v1"),
        ("https://acme.openai.azure.com/openai/deployments/gpt?api-version=2024-10-21", "azure-openai"),
        ("https://acme.services.ai.azure.com/openai/v1", "azure-v1"),
        ("https://gateway.ai.cloudflare.com/v1/a/b/compat", "cloudflare-ai-gateway"),
        ("https://org-acme.snowflakecomputing.com/api/v2/cortex/v1", "snowflake"),
        ("https://mistral-7b.endpoints.kepler.ai.cloud.ovh.net/api/openai_compat/v1", "ovhcloud"),
        ("https://bedrock-mantle.eu-west-1.api.aws/openai/v1", "bedrock-openai"),
        ("https://ollama.com/v1", "ollama-cloud"),
        ("http://localhost:11434/v1", "ollama"),
        ("http://10.0.0.5:11434", "ollama"),
        ("http://localhost:1234/v1", "lmstudio"),
        ("localhost:4000", "litellm-proxy"),
        ("http://model-runner.docker.internal/engines/v1", "docker-model-runner"),
    ],
)
def test_an_address_says_which_preset_it_is(url: str, name: str) -> None:
    found = for_url(url)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/v1",  # vLLM, FastChat, llama-cpp-python ...
        "http://localhost:8080/v1",  # llama.cpp, LocalAI, TGI ...
        "http://localhost:5000/v1",  # two web servers
        "http://localhost:3000/v1",
        "http://localhost:9",
        "http://localhost/v1",
        "https://public.example.com:11434/v1",  # a port says nothing about a host in public
        "https://api.groq.com.example.com/openai/v1",
        "https://example.com/serving-endpoints",  # any host may be one of Databricks
        "https://acme.openai.azure.com/elsewhere",  # two presets of that host, and neither path
        "https://openai.azure.com/openai/v1",
        "https://",
        "::",
        "",
    ],
)
def test_an_address_of_nobody_or_of_several_is_none(url: str) -> None:
    assert for_url(url) is None


def test_fields_of_a_provider_are_those_that_say_something() -> None:
    assert provider_fields(preset("groq")) == {
        "name": "groq",
        "display_name": "Groq",
        "base_url": "https://api.groq.com/openai/v1",
        "profile": "groq",
        "api_key_env": "GROQ_API_KEY",
    }
    assert provider_fields(preset("azure-openai")) == {
        "name": "azure-openai",
        "display_name": "Azure OpenAI (deployments)",
        "base_url": "https://${AZURE_RESOURCE_NAME}.openai.azure.com/openai/deployments/${AZURE_DEPLOYMENT}",
        "profile": "azure",
        "auth": {"style": "header", "name": "api-key"},
        "query": {"api-version": "${OPENAI_API_VERSION}"},
        "api_key_env": "AZURE_OPENAI_API_KEY",
    }


def test_a_key_that_may_be_missing_is_not_asked_for() -> None:
    """quirk auth-anonymous-tier: naming a variable that is not set would be an error."""
    assert preset("ovhcloud").api_key_env[0] == "OVHCLOUD_API_KEY"
    assert "api_key_env" not in provider_fields(preset("ovhcloud"))
    assert "api_key_env" not in provider_fields(preset("vllm"))


def test_the_fields_are_not_the_rows_own() -> None:
    provider_fields(preset("azure-openai"))["query"]["api-version"] = "changed"
    provider_fields(preset("azure-openai"))["auth"]["name"] = "changed"
    assert preset("azure-openai").query == {"api-version": "${OPENAI_API_VERSION}"}
    assert preset("azure-openai").auth == {"style": "header", "name": "api-key"}


def test_headers_are_handed_on_and_variables_are_found_in_them() -> None:
    row = Preset(
        name="acme",
        display_name="Acme",
        kind="gateway",
        base_url="https://${REGION}.acme.example/${REGION}",
        tier="reported",
        headers={"X-Team": "${TEAM}"},
        query={"v": "${VERSION}"},
        auth="none",
    )
    assert row.variables == ("REGION", "TEAM", "VERSION")
    assert provider_fields(row)["headers"] == {"X-Team": "${TEAM}"}
    assert provider_fields(row)["auth"] == "none"
    assert hash(row) == hash(row)


def test_rows_are_loaded_when_one_of_their_file_is_asked_for() -> None:
    code = (
        "import sys\nfrom openai_compatible.presets.registry import preset, presets\n"
        "presets(); preset('vllm')\n"
        "print(*sorted(m for m in sys.modules if m.startswith('openai_compatible.presets.')))\n"
        "print(*sorted({'openai', 'httpx', 'httpx2', 'yaml', 'langchain_core'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules, heavy = done.stdout.splitlines()
    assert [name.rpartition(".")[2] for name in modules.split()] == [
        "local_servers",
        "preset",
        "registry",
    ]
    assert not heavy


@pytest.mark.parametrize("module", [registry, preset_module, page], ids=lambda module: module.__name__)
def test_the_examples_of_the_docstrings_are_true(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]
