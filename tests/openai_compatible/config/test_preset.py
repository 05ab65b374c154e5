"""A preset fills in what is not given; a key stays with its host."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_compatible import ConfigError, Provider, load_config, make_provider, targets
from openai_compatible.config.keys import key_source
from openai_compatible.errors import UnknownModelReferenceError, UnknownProviderError


@pytest.fixture(autouse=True)
def no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "providers.toml"
    config.write_text("")
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(config))
    for name in ("GROQ_API_KEY", "OPENAI_COMPATIBLE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_preset_brings_name_address_key_and_profile() -> None:
    made = Provider(preset="groq")  # type: ignore[call-arg]
    assert (made.name, made.base_url) == ("groq", "https://api.groq.com/openai/v1")
    assert (made.api_key_env, made.profile) == ("GROQ_API_KEY", "groq")


def test_what_is_given_wins() -> None:
    made = make_provider(preset="groq", name="mine", api_key_env="MY_KEY", profile="vllm")
    assert (made.name, made.api_key_env, made.profile) == ("mine", "MY_KEY", "vllm")
    assert make_provider(preset="groq", api_key="k").api_key_env is None


def test_another_host_gets_nothing_that_was_made_for_the_first() -> None:
    made = make_provider(preset="groq", base_url="http://127.0.0.1:8000/v1")
    assert made.api_key_env is None
    assert made.profile == "groq"
    moved = make_provider(preset="groq").changed(base_url="http://127.0.0.1:8000/v1")
    assert moved.api_key_env is None
    stays = make_provider(preset="groq").changed(base_url="https://api.groq.com/v2")
    assert stays.api_key_env == "GROQ_API_KEY"


def test_of_several_key_variables_the_one_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from openai_compatible.presets.registry import preset, presets

    names, row = next(
        (name, row)
        for name in presets()
        if len((row := preset(name)).api_key_env) > 1 and row.key == "required" and not row.variables
    )
    for variable in row.api_key_env:
        monkeypatch.delenv(variable, raising=False)
    assert make_provider(preset=names).api_key_env == row.api_key_env[0]
    monkeypatch.setenv(row.api_key_env[1], "k")
    assert make_provider(preset=names).api_key_env == row.api_key_env[1]


def test_the_variable_of_a_key_that_is_optional_counts_if_it_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LITELLM_API_KEY", raising=False)
    assert make_provider(preset="litellm-proxy").api_key_env is None
    monkeypatch.setenv("LITELLM_API_KEY", "k")
    assert make_provider(preset="litellm-proxy").api_key_env == "LITELLM_API_KEY"
    elsewhere = make_provider(preset="litellm-proxy", base_url="https://llm.example.com")
    assert elsewhere.api_key_env is None


def test_variables_in_an_address_are_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID", raising=False)
    with pytest.raises(ConfigError, match="CLOUDFLARE_ACCOUNT_ID"):
        make_provider(preset="cloudflare-workers-ai")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "abc")
    assert "/accounts/abc/" in make_provider(preset="cloudflare-workers-ai").base_url


def test_presets_are_providers_in_references_and_by_name() -> None:
    (target,) = targets("groq/llama-3.3-70b")
    assert (target.provider.name, target.model) == ("groq", "llama-3.3-70b")
    (named,) = targets("llama-3.3-70b", provider="groq")
    assert named.provider.base_url == target.provider.base_url
    (_, spare) = targets("m", base_url="http://127.0.0.1:1", fallbacks=["groq/m"])
    assert spare.provider.name == "groq"


def test_a_configured_provider_of_the_same_name_wins(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[[providers]]\nname = "groq"\nbase_url = "http://127.0.0.1:9/v1"\n')
    (target,) = targets("groq/m", config=file)
    assert target.provider.base_url == "http://127.0.0.1:9/v1"


def test_the_environments_provider_takes_ids_with_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://127.0.0.1:9/v1")
    (target,) = targets("openai/gpt-oss-20b")
    assert (target.provider.name, target.model) == ("env", "openai/gpt-oss-20b")


def test_a_file_names_a_preset(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[[providers]]\npreset = "groq"\npriority = 1\n')
    (provider,) = load_config(file).providers
    assert (provider.name, provider.priority) == ("groq", 1)
    file.write_text('[[providers]]\npreset = "grok"\n')
    with pytest.raises(ConfigError, match=r"own\.toml.*grok"):
        load_config(file)


def test_unknown_names_are_errors_with_near_ones() -> None:
    with pytest.raises(UnknownProviderError, match="groq"):
        make_provider(provider="grok")
    with pytest.raises(UnknownModelReferenceError):
        targets("groq")
    with pytest.raises(UnknownProviderError):
        targets("nobody/m")


def test_a_base_url_that_the_presets_variables_could_make_is_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    mine = "https://mine.openai.azure.com/openai/deployments/gpt"
    own = Provider(preset="azure-openai", base_url=mine)
    assert (own.api_key_env, own.parameters) == ("AZURE_OPENAI_API_KEY", {"api-version": "2024-10-21"})
    monkeypatch.delenv("OPENAI_API_VERSION")
    dated = Provider(preset="azure-openai", base_url=mine, api_version="2025-01-01")
    assert dated.parameters == {"api-version": "2025-01-01"}
    with pytest.raises(ConfigError, match="OPENAI_API_VERSION"):
        Provider(preset="azure-openai", base_url=mine)
    for other in ("https://openai.azure.com.example.com/v1", "http://mine.openai.azure.com/v1"):
        lost = Provider(preset="azure-openai", base_url=other)
        assert (lost.api_key_env, lost.parameters) == (None, {})


def test_a_preset_named_beside_a_base_url_brings_its_dialect_and_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "sk-canary")
    (target,) = targets("m", provider="ollama", base_url="http://gpu:11434/v1")
    assert (target.provider.name, target.provider.profile) == ("ollama", "ollama")
    (target,) = targets("m", provider="groq", base_url="http://127.0.0.1:1/v1")
    assert target.provider.profile == "groq"
    assert key_source(target.provider).describe() == "none"
