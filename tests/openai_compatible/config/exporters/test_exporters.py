"""Exported files: what is in them, what is told instead, and that no key ever is."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from openai_compatible.config.exporters import FORMATS, export_to
from openai_compatible.config.file import Config, Route
from openai_compatible.config.importers import import_from
from openai_compatible.config.provider import Auth, Model, Provider
from openai_compatible.errors import ConfigError

CANARY = "sk-canary-4711"


def parsed(kind: str, config: Config, present: tuple[str, ...] = ()) -> Any:
    text = export_to(kind, config, present).text
    return json.loads(text) if kind == "opencode" else yaml.safe_load(text)


def lab(**fields: Any) -> Provider:
    facts = Model(id="org/small", context_window=4096, tools=True, image_inputs=True, input_cost=2.0)
    given: dict[str, Any] = {"models": {"small": facts}, "api_key_env": "LAB_KEY", **fields}
    return Provider(**{"name": "lab", "base_url": "http://127.0.0.1:8000", **given})


def one(provider: Provider) -> Config:
    return Config((provider,))


def test_S3_59_a_model_for_litellm() -> None:
    assert parsed("litellm", one(lab(timeout=30, max_retries=1)))["model_list"] == [
        {
            "model_name": "small",
            "litellm_params": {
                "model": "openai/org/small",
                "api_base": "http://127.0.0.1:8000/v1",
                "api_key": "os.environ/LAB_KEY",
                "timeout": 30.0,
                "stream_timeout": 30.0,
                "max_retries": 1,
                "input_cost_per_token": 2e-06,
            },
            "model_info": {
                "mode": "chat",
                "max_input_tokens": 4096,
                "supports_function_calling": True,
                "supports_vision": True,
            },
        }
    ]


def test_a_model_for_llm() -> None:
    exported = export_to("llm", one(lab()))
    assert yaml.safe_load(exported.text) == [
        {
            "model_id": "small",
            "model_name": "org/small",
            "api_base": "http://127.0.0.1:8000/v1",
            "api_key_name": "lab",
            "supports_tools": True,
            "vision": True,
        }
    ]
    assert 'lab: run llm keys set lab --value "$LAB_KEY"' in exported.notes
    assert any("OPENAI_API_KEY" in note for note in exported.notes)


def test_a_model_for_continue() -> None:
    made = parsed(
        "continue", one(lab(headers={"X-Own": CANARY, "User-Agent": "me"}, tls={"verify": False}))
    )
    assert made["models"] == [
        {
            "name": "small",
            "provider": "openai",
            "model": "org/small",
            "apiBase": "http://127.0.0.1:8000/v1",
            "apiKey": "${{ secrets.LAB_KEY }}",
            "capabilities": ["tool_use", "image_input"],
            "defaultCompletionOptions": {"contextLength": 4096},
            "requestOptions": {
                "headers": {"User-Agent": "me", "X-Own": "${{ secrets.LAB_X_OWN }}"},
                "verifySsl": False,
            },
        }
    ]


def test_S3_27_a_provider_for_opencode() -> None:
    config = Config((lab(display_name="The lab"),), {"default": Route("lab/small")})
    assert parsed("opencode", config) == {
        "$schema": "https://opencode.ai/config.json",
        "provider": {
            "lab": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "The lab",
                "options": {"baseURL": "http://127.0.0.1:8000/v1", "apiKey": "{env:LAB_KEY}"},
                "models": {
                    "small": {
                        "id": "org/small",
                        "name": "small",
                        "tool_call": True,
                        "modalities": {"input": ["text", "image"], "output": ["text"]},
                        "limit": {"context": 4096, "output": 0},
                        "cost": {"input": 2.0},
                    }
                },
            }
        },
        "model": "lab/small",
    }


@pytest.mark.parametrize("kind", FORMATS)
def test_S3_91_what_is_exported_is_imported_as_it_was(kind: str) -> None:
    text = export_to(kind, one(lab(models={"small": Model(id="org/small", tools=True)}))).text
    (provider,) = import_from(kind, {"file": text}).providers
    (alias,) = provider["models"]
    assert provider["base_url"] == "http://127.0.0.1:8000/v1"
    assert provider["api_key_env"] == ("LAB_API_KEY" if kind == "llm" else "LAB_KEY")
    facts = {"id": "org/small", "tools": True}
    assert {name: provider["models"][alias].get(name) for name in facts} == facts
    assert alias == "small"


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "fields",
    [
        {"api_key_env": None, "api_key": CANARY},
        {"headers": {"X-Key": CANARY, "Cookie": CANARY}},
        {"query": {"key": CANARY}},
        {"base_url": f"http://127.0.0.1:8000/v1?key={CANARY}"},
        {"proxy": f"http://me:{CANARY}@127.0.0.1:1"},
        {"extra_body": {"deep": [{"api_key": CANARY}]}},
        {"models": {"m": Model(api_key=CANARY, extra_body={"token": CANARY})}},
        {"api_key_env": None, "api_key": lambda: CANARY},
    ],
    ids="+".join,
)
def test_no_key_is_ever_written(kind: str, fields: dict[str, Any]) -> None:
    exported = export_to(kind, one(lab(**fields)))
    assert CANARY not in exported.text
    assert CANARY not in str(exported.notes)
    assert exported.notes


@pytest.mark.parametrize("kind", FORMATS)
def test_keys_that_are_in_no_variable_get_one_and_a_note(kind: str) -> None:
    for source in (
        {"api_key_keyring": "own"},
        {"api_key_command": ("pass", "own")},
        {"api_key_file": "~/own"},
    ):
        exported = export_to(kind, one(lab(api_key_env=None, **source)))
        assert any("put it into LAB_API_KEY" in note for note in exported.notes)
        assert "LAB_API_KEY" in exported.text or kind == "llm"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_key_by_the_providers_name_counts_only_where_it_is_set(kind: str) -> None:
    config = one(lab(api_key_env=None))
    assert "LAB_API_KEY" not in f"{export_to(kind, config)}"
    assert "LAB_API_KEY" in f"{export_to(kind, config, {'LAB_API_KEY'})}"


@pytest.mark.parametrize("kind", FORMATS)
def test_the_variables_of_openai_are_not_named_for_another_host(kind: str) -> None:
    given = {"OPENAI_API_KEY", "OPENAI_COMPATIBLE_API_KEY"}
    for name in ("openai", "openai-compatible"):
        text = export_to(kind, one(lab(name=name, api_key_env=None)), given).text
        assert "OPENAI" not in text


def test_a_key_in_a_header_goes_into_that_header() -> None:
    config = one(lab(auth=Auth(style="header", name="X-Key")))
    (model,) = parsed("litellm", config)["model_list"]
    assert model["litellm_params"]["api_key"] == "not-needed"
    assert model["litellm_params"]["extra_headers"] == {"X-Key": "os.environ/LAB_KEY"}
    (model,) = parsed("continue", config)["models"]
    assert model["requestOptions"]["headers"] == {"X-Key": "${{ secrets.LAB_KEY }}"}
    options = parsed("opencode", config)["provider"]["lab"]["options"]
    assert options["headers"] == {"X-Key": "{env:LAB_KEY}"}
    assert any("Bearer tokens only" in note for note in export_to("llm", config).notes)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("style", ["query", "basic"])
def test_auth_that_others_do_not_have_is_told_and_no_key_is_referred_to(kind: str, style: Any) -> None:
    exported = export_to(kind, one(lab(auth=Auth(style=style))))
    assert "LAB_KEY" not in exported.text
    assert any("has no counterpart" in note for note in exported.notes)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_not_exported_is_told(kind: str) -> None:
    off = Provider(name="off", base_url="http://127.0.0.1:1", enabled=False, models={"m": Model()})
    provider = lab(
        dialect={"stream_usage": False}, drop_params=("seed",), profile="vllm", proxy="http://p:1"
    )
    config = Config((provider, off), {"main": Route("lab/small", ("gone/x",))})
    told = "\n".join(export_to(kind, config).notes)
    for word in ("dialect", "drop_params", "vllm", "proxy", "switched off", "main"):
        assert word in told


def test_S4_04_S4_06_a_model_with_an_address_and_a_key_of_its_own_keeps_them() -> None:
    own = Model(base_url="http://127.0.0.1:9/v1", api_key_env="OWN_KEY")
    config = one(lab(models={"small": Model(), "own": own}))
    models = parsed("litellm", config)["model_list"]
    assert models[1]["litellm_params"]["api_base"] == "http://127.0.0.1:9/v1"
    assert models[1]["litellm_params"]["api_key"] == "os.environ/OWN_KEY"
    providers = parsed("opencode", config)["provider"]
    assert {name: one["options"]["apiKey"] for name, one in providers.items()} == {
        "lab": "{env:LAB_KEY}",
        "lab-own": "{env:OWN_KEY}",
    }
    assert [one["api_key_name"] for one in parsed("llm", config)] == ["lab", "own_key"]


def test_an_alias_of_two_providers_is_named_with_its_provider() -> None:
    config = Config((lab(), lab(name="second"), lab(name="third", models={}, default_model="small")))
    names = [one["model_name"] for one in parsed("litellm", config)["model_list"]]
    assert names == ["lab/small", "second/small", "third/small"]


def test_a_route_for_litellm_is_a_model_with_fallbacks() -> None:
    second = lab(name="second", models={"big": Model()})
    config = Config((lab(), second), {"main": Route("lab/small", ("big",))})
    made = parsed("litellm", config)
    assert [one["model_name"] for one in made["model_list"]] == ["small", "big", "main"]
    assert made["router_settings"] == {"fallbacks": [{"main": ["big"]}]}


def test_models_for_embeddings_are_told_apart() -> None:
    config = one(lab(models={"vectors": Model(dimensions=384)}))
    assert parsed("litellm", config)["model_list"][0]["model_info"]["mode"] == "embedding"
    assert parsed("continue", config)["models"][0]["roles"] == ["embed"]
    assert parsed("llm", config) == []


def test_a_provider_without_models_is_all_models_for_litellm_and_told_elsewhere() -> None:
    config = one(lab(models={}))
    (model,) = parsed("litellm", config)["model_list"]
    assert (model["model_name"], model["litellm_params"]["model"]) == ("lab/*", "openai/*")
    for kind in ("llm", "continue", "opencode"):
        assert any("it has no models" in note for note in export_to(kind, config).notes)


def test_an_empty_config_and_a_format_that_is_not_known() -> None:
    assert parsed("litellm", Config()) == {"model_list": []}
    with pytest.raises(ConfigError) as caught:
        export_to("opencod", Config())
    assert caught.value.hint == "Did you mean 'opencode'?"
