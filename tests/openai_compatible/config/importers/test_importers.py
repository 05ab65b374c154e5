"""Formats of other programs, what is told instead of carried over, and input that is none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from openai_compatible.config import jsonc
from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import Route, read
from openai_compatible.config.importers import FORMATS, guess, import_from
from openai_compatible.config.importers.environment import read as read_environment
from openai_compatible.errors import ConfigError

CANARY = "sk-canary-4711"


def one(kind: str, value: Any, **options: Any) -> Any:
    """What is made of a value written as JSON, which is YAML too."""
    return import_from(kind, {"file": json.dumps(value)}, **options)


# ---------------------------------------------------------------------- OpenCode, as Openwork writes it

OPENCODE = """{
  "$schema": "https://opencode.ai/config.json", // checked by editors
  "theme": "dark",
  "model": "lab/qwen3-0.6b",
  "provider": {
    "lab": {
      "npm": "@ai-sdk/openai-compatible",
      "name": "The lab",
      "options": {
        "baseURL": "http://{env:LAB_HOST}:8000/v1",
        "apiKey": "{env:LAB_KEY}",
        "headers": {"X-Team": "Bearer {env:TEAM}"},
        "timeout": 30000,
      },
      "models": {
        "qwen3-0.6b": {"name": "Small", "limit": {"context": 32768, "output": 0}, "cost": {"input": 0}},
        "big": {"id": "org/big", "tool_call": true, "modalities": {"input": ["text", "image"]}}
      }
    },
    "anthropic": {"options": {"apiKey": "{env:ANTHROPIC_API_KEY}"}}
  },
  "disabled_providers": ["lab"]
}"""


def test_S3_27_S3_91_an_opencode_file_is_imported() -> None:
    found = import_from("opencode", {"opencode.json": OPENCODE})
    assert found.providers == [
        {
            "name": "lab",
            "display_name": "The lab",
            "base_url": "http://${LAB_HOST}:8000/v1",
            "headers": {"X-Team": "Bearer ${TEAM}"},
            "timeout": 30.0,
            "enabled": False,
            "api_key_env": "LAB_KEY",
            "models": {
                "qwen3-0.6b": {"display_name": "Small", "context_window": 32768, "input_cost": 0.0},
                "big": {
                    "id": "org/big",
                    "tools": True,
                    "image_inputs": True,
                    "audio_inputs": False,
                },
            },
        }
    ]
    assert found.routes == {"default": Route("lab/qwen3-0.6b", (), "model of opencode.json")}
    assert found.notes == ["provider.anthropic: anthropic does not speak the OpenAI API"]


def test_a_key_in_a_file_of_opencode_stays_in_that_file() -> None:
    options = {"baseURL": "http://localhost:1/v1", "apiKey": "{file:~/.key}"}
    found = one("opencode", {"provider": {"a": {"options": options}}})
    assert found.providers[0]["api_key_file"] == "~/.key"


def test_a_service_that_opencode_knows_becomes_its_preset() -> None:
    found = one("opencode", {"provider": {"togetherai": {"models": {"m": {}}}}})
    assert found.providers[0]["preset"] == "together"


def test_the_name_of_a_service_at_another_host_does_not_bring_its_key_there() -> None:
    found = one(
        "opencode", {"provider": {"groq": {"options": {"baseURL": "https://evil.example.com/v1"}}}}
    )
    assert found.providers[0]["name"] == "groq-evil.example.com"
    assert "must not get there" in found.notes[0]


# ---------------------------------------------------------------------- LiteLLM


def deployment(name: str, **params: Any) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": params}


def test_deployments_at_one_server_are_one_provider() -> None:
    base = {"api_base": "http://localhost:8000/v1", "api_key": "os.environ/LAB"}
    models = [
        deployment("a", model="openai/org/a", **base),
        deployment("b", model="hosted_vllm/b", **base),
    ]
    info = {"max_input_tokens": 100, "supports_vision": True, "input_cost_per_token": 1e-6}
    found = one("litellm", {"model_list": [models[0] | {"model_info": info}, models[0]]})
    (provider,) = found.providers
    assert provider["models"]["a"] == {
        "id": "org/a",
        "context_window": 100,
        "image_inputs": True,
        "input_cost": 1.0,
    }
    found = one("litellm", {"model_list": models})
    assert [one.get("profile") for one in found.providers] == [None, "vllm"]


def test_a_group_of_deployments_and_its_fallbacks_are_a_route() -> None:
    models = [
        deployment("a", model="openai/a", api_base="http://localhost:1/v1", api_key="none"),
        deployment("a", model="openai/a", api_base="http://localhost:2/v1"),
        deployment("b", model="groq/b"),
    ]
    settings = {"fallbacks": [{"a": ["b", "gone"]}]}
    router = {"model_group_alias": {"c": "b"}}
    found = one(
        "litellm", {"model_list": models, "litellm_settings": settings, "router_settings": router}
    )
    assert found.routes == {
        "a": Route("localhost-1/a", ("localhost-2/a", "groq/b")),
        "c": Route("groq/b", (), "another name of b"),
    }
    assert "a: its fallback gone is not carried over" in found.notes


def test_what_does_not_speak_the_api_and_what_has_no_counterpart_is_told() -> None:
    models = [
        deployment("a", model="bedrock/x"),
        deployment("b", model="openai/b", api_base="http://localhost:1", rpm=3, temperature=0.1),
        deployment("*", model="*"),
        deployment("c", model="hosted_vllm/c"),
        deployment("d", model="openai/*", api_base="http://localhost:2"),
    ]
    found = one("litellm", {"model_list": models, "general_settings": {"master_key": CANARY}})
    told = "\n".join(found.notes)
    assert CANARY not in told
    for word in ("bedrock/x", "temperature", "every service", "no api_base", "all models"):
        assert word in told
    assert "general_settings" in told


def test_ollama_of_litellm_is_spoken_to_at_its_compatible_address() -> None:
    models = [deployment("a", model="ollama/a", api_base="http://gpu:11434")]
    found = one("litellm", {"model_list": models})
    assert found.providers[0]["base_url"] == "http://gpu:11434/v1"


def test_a_stored_credential_of_litellm_is_followed() -> None:
    store = {"credential_name": "lab", "credential_values": {"api_key": "os.environ/LAB"}}
    model = deployment(
        "a", model="openai/a", api_base="http://localhost:1", litellm_credential_name="lab"
    )
    found = one("litellm", {"model_list": [model], "credential_list": [store]})
    assert found.providers[0]["api_key_env"] == "LAB"


# ---------------------------------------------------------------------- llm, Continue, LibreChat


def test_models_of_llm_are_put_to_their_servers() -> None:
    entries = [
        {
            "model_id": "orca",
            "model_name": "orca-mini",
            "api_base": "http://localhost:8080",
            "vision": True,
        },
        {"model_id": "big", "model_name": "b", "api_base": "http://localhost:8080", "aliases": ["b2"]},
        {
            "model_id": "own",
            "model_name": "m",
            "api_base": "https://x.example/v1",
            "api_key_name": "acme",
        },
        {"model_id": "gpt", "model_name": "gpt-x"},
        {"model_id": "old", "model_name": "o", "completion": True},
    ]
    found = one("llm", entries)
    local, foreign, openai = found.providers
    assert local["models"] == {
        "orca": {"id": "orca-mini", "image_inputs": True},
        "big": {"id": "b"},
        "b2": {"id": "b"},
    }
    assert foreign["api_key_env"] == "ACME_API_KEY"
    assert openai["preset"] == "openai"
    assert any("old completions API" in note for note in found.notes)


CONTINUE = """
name: Mine
models:
  - uses: anthropic/claude-3.5-sonnet
  - name: My Model
    provider: openai
    model: my-custom-model
    apiBase: http://my-endpoint/v1
    apiKey: ${{ secrets.LAB_KEY }}
    capabilities: [tool_use, image_input]
    roles: [chat]
    defaultCompletionOptions: {contextLength: 4096, temperature: 0.7}
    requestOptions: {timeout: 30, verifySsl: false, headers: {X-Own: "${{ secrets.OWN }}"}}
  - {name: Local, provider: ollama, model: "qwen3:4b", apiBase: "http://gpu:11434"}
  - {name: Far, provider: anthropic, model: claude}
"""


def test_models_of_continue_are_put_to_their_servers() -> None:
    found = import_from("continue", {"config.yaml": CONTINUE})
    first, second = found.providers
    assert first == {
        "name": "my-endpoint",
        "base_url": "http://my-endpoint/v1",
        "headers": {"X-Own": "${OWN}"},
        "timeout": 30.0,
        "tls": {"verify": False},
        "api_key_env": "LAB_KEY",
        "models": {
            "my-model": {
                "id": "my-custom-model",
                "display_name": "My Model",
                "context_window": 4096,
                "tools": True,
                "image_inputs": True,
            }
        },
    }
    assert second["base_url"] == "http://gpu:11434/v1"
    told = "\n".join(found.notes)
    for word in ("hub", "temperature", "provider anthropic"):
        assert word in told


LIBRECHAT = """
endpoints:
  agents: {disableBuilder: true}
  custom:
    - name: The Lab
      apiKey: "${LAB_KEY}"
      baseURL: "${LAB_URL}"
      models: {default: [small, {name: large, description: big}], fetch: true}
      titleConvo: true
      dropParams: [stop]
      addParams: {safe_prompt: true, api_key: sk-canary-4711}
      headers: {x-user: "{{LIBRECHAT_USER_ID}}"}
      tokenConfig: {small: {prompt: 2, completion: 6, context: 128000}}
    - {name: Asked, apiKey: user_provided, baseURL: "http://localhost:1/v1", models: {default: [a]}}
    - {name: Open, apiKey: x, baseURL: user_provided, models: {default: [a]}}
    - {name: Claude, provider: anthropic, apiKey: x, baseURL: "https://api.example.com"}
"""


def test_endpoints_of_librechat_are_imported() -> None:
    found = import_from("librechat", {"librechat.yaml": LIBRECHAT})
    lab, asked = found.providers
    assert lab == {
        "name": "the-lab",
        "display_name": "The Lab",
        "base_url": "${LAB_URL}",
        "extra_body": {"safe_prompt": True},
        "default_model": "small",
        "dialect": {"drops": ["stop"]},
        "api_key_env": "LAB_KEY",
        "models": {
            "small": {"context_window": 128000, "input_cost": 2.0, "output_cost": 6.0},
            "large": {},
        },
    }
    assert asked["api_key_env"] == "ASKED_API_KEY"
    told = "\n".join(found.notes)
    assert CANARY not in told
    for word in ("endpoints.agents", "addParams.api_key", "x-user", "Claude", "base URL of Open"):
        assert word in told


# ---------------------------------------------------------------------- environment


def test_the_older_name_of_the_base_url_is_read() -> None:
    found = read_environment({"OPENAI_API_BASE": "http://localhost:8000/v1", "OPENAI_API_KEY": "EMPTY"})
    assert found.providers == [{"name": "localhost-8000", "base_url": "http://localhost:8000/v1"}]


def test_a_key_alone_is_for_openai() -> None:
    found = read_environment({"OPENAI_API_KEY": CANARY})
    assert found.providers == [{"name": "openai", "preset": "openai"}]


def test_variables_of_presets_need_no_import() -> None:
    found = read_environment({"GROQ_API_KEY": CANARY})
    assert found.providers == []
    assert found.notes == ["GROQ_API_KEY: nothing to import, the preset 'groq' takes it as it is"]


def test_an_empty_environment_is_told() -> None:
    assert "neither" in read_environment({}).notes[0]


# ---------------------------------------------------------------------- secrets

SECRET_PLACES: dict[str, Any] = {
    "conduit": {"ProviderName": "openai-compatible", "ApiBase": "http://h:1/v1", "ApiKey": CANARY},
    "continue": {
        "models": [
            {
                "name": "m",
                "provider": "openai",
                "model": "m",
                "apiBase": f"http://h:1/v1?token={CANARY}",
                "apiKey": CANARY,
                "requestOptions": {
                    "headers": {"X-Own": f"{CANARY} ${{X}}"},
                    "proxy": f"http://me:{CANARY}@proxy:1",
                    "extraBodyProperties": {"deep": [{"access_token": CANARY}]},
                },
            }
        ]
    },
    "librechat": {
        "endpoints": {"custom": [{"name": "m", "baseURL": "http://h:1/v1", "apiKey": CANARY}]}
    },
    "litellm": {
        "model_list": [
            deployment(
                "m",
                model="openai/m",
                api_base="http://h:1/v1",
                api_key=CANARY,
                extra_headers={"Authorization": f"Bearer {CANARY}"},
                extra_body={"api_key": CANARY},
                aws_secret_access_key=CANARY,
            )
        ]
    },
    "llm": [
        {"model_id": "m", "model_name": "m", "api_base": "http://h:1/v1", "headers": {"X-Key": CANARY}}
    ],
    "opencode": {
        "provider": {
            "m": {"options": {"baseURL": "http://h:1/v1", "apiKey": CANARY, "headers": {"a": CANARY}}}
        }
    },
    "ponybunny": {"endpoints": {"m": {"baseUrl": "http://h:1/v1", "apiKey": CANARY}}},
}


@pytest.mark.parametrize("kind", SECRET_PLACES)
def test_S1_10_S3_37_no_secret_of_a_foreign_file_is_copied(kind: str) -> None:
    found = one(kind, SECRET_PLACES[kind])
    assert found.providers
    values = [
        value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for provider in found.providers
        for value in provider.values()
    ]
    assert CANARY not in f"{values}{found.notes}{found!r}"


@pytest.mark.parametrize("kind", SECRET_PLACES)
def test_keys_are_copied_when_asked_for_and_not_shown(kind: str) -> None:
    found = one(kind, SECRET_PLACES[kind], keep_keys=True)
    (provider,) = found.providers
    held = provider.get("api_key")
    if kind != "llm":  # it keeps its keys elsewhere
        assert held.get_secret_value() == CANARY
    assert CANARY not in f"{held}{found.notes}{found!r}"


# ---------------------------------------------------------------------- what is no such file


def test_json_is_read_with_comments_and_commas_that_are_too_many() -> None:
    text = '\ufeff{"a": "http://x", /* two\nlines */ "b": ["//", 1, ], // end\n}'
    assert jsonc.loads(text, "f") == {"a": "http://x", "b": ["//", 1]}


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("opencode", '{"provider": \n ?}', "file:2:2: "),
        ("opencode", "[1]", "file: is no table but a list"),
        ("opencode", '{"provider": {"a": {"options": {"baseURL": 1}}}}', "provider.a.options.baseURL"),
        ("conduit", "{}", "has no ConduitSettings"),
        ("conduit", '{"ProviderName": "openai-compatible"}', "has no ApiBase"),
        ("ponybunny", '{"tiers": {"a": {}}}', "tiers.a has no primary"),
        ("gptme", "[[providers]]\nname =\n\n", "(at line 2"),
        ("gptme", "[[providers]]\nname = 'a'\n", "providers[0] has no base_url"),
        ("gptme", "[[providers]]\nname = 'a'\nbase_url = 'http:/x'", "providers[0]: the base URL"),
        ("llm", "- model_id: [", "file:1:"),
        ("llm", "- {model_id: a, model_name: 3}", "[0].model_name is no text but a number"),
        ("llm", "a: !!python/object:os.system []", "file:1:4: "),
        ("llm", "&a [*a]", "nested too deeply"),
        ("continue", "models: {a: 1}", "models is no list but a table"),
        ("litellm", "model_list: [{model_name: a}]", "litellm_params has no model"),
        ("librechat", "endpoints: {custom: [{name: a}]}", "endpoints.custom[0] has no baseURL"),
        ("form", "nothing", "has no URL"),
        ("environment", "OPENAI_BASE_URL=ftp://x", "OPENAI_BASE_URL: the base URL"),
    ],
)
def test_what_cannot_be_read_is_told_with_file_and_place(kind: str, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        import_from(kind, {"file": text})
    assert told in caught.value.message
    assert caught.value.message.startswith("file")


def test_a_format_that_is_not_known_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        import_from("opencod", {})
    assert caught.value.hint == "Did you mean 'opencode'?"
    with pytest.raises(ConfigError, match="one file"):
        import_from("opencode", {})


def test_a_file_is_known_by_its_name_and_content() -> None:
    assert guess("gptme.toml", "") == "gptme"
    assert guess("config.yaml", "models: []") == "continue"
    assert guess("config.yaml", "model_list: []") == "litellm"
    assert guess("config.yaml", "") is None
    assert guess("photo.png", "") is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "9" * 400, "1.5"])
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "opencode",
            '{"provider": {"lab": {"options": {"baseURL": "http://127.0.0.1:1/v1"}, '
            '"models": {"m": {"limit": {"context": NUMBER}}}}}}',
        ),
        (
            "ponybunny",
            '{"endpoints": {"a": {"protocol": "openai", "baseUrl": "http://127.0.0.1:1/v1", '
            '"rateLimit": {"requestsPerMinute": NUMBER}}}}',
        ),
    ],
)
def test_a_number_that_counts_nothing_is_told_with_its_place(kind: str, text: str, number: str) -> None:
    with pytest.raises(ConfigError, match="is no whole number above 0"):
        import_from(kind, {"file": text.replace("NUMBER", number)})


WORDS = sorted(
    {
        *("ConduitSettings", "ProviderCredentials", "ModelProviderMappings", "ProviderName", "ApiBase"),
        *("ApiKey", "ModelAlias", "ProviderModelName", "endpoints", "custom", "models", "default"),
        *("baseURL", "baseUrl", "apiKey", "options", "provider", "npm", "name", "headers", "limit"),
        *("context", "cost", "input", "model_list", "litellm_params", "model_name", "model", "api_base"),
        *("router_settings", "fallbacks", "model_group_alias", "model_info", "model_id", "aliases"),
        *("tiers", "primary", "fallback", "capabilities", "priority", "base_url", "providers"),
        *("apiBase", "requestOptions", "defaultCompletionOptions", "credential_list", "tokenConfig"),
    }
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**30),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(
        [
            "http://h:1",
            "http://[",
            "openai",
            "groq",
            "a/b",
            "os.environ/A",
            "{env:A}",
            "${A}",
            "*",
            "ollama",
        ]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=30,
)


@given(kind=st.sampled_from(sorted(FORMATS)), value=VALUES)
@example(kind="litellm", value={"model_list": [{"model_name": "a", "litellm_params": {"model": "/"}}]})
def test_odd_input_is_imported_or_told_and_nothing_else(kind: str, value: Any) -> None:
    if kind == "gptme":
        import tomlkit

        try:
            text = tomlkit.dumps(value)
        except Exception:
            text = str(value)
    else:
        text = (
            json.dumps(value) if kind in ("opencode", "ponybunny", "conduit") else yaml.safe_dump(value)
        )
    try:
        found = import_from(kind, {"file": text})
    except ConfigError as error:
        told = [error.message]
    else:
        told = ["file", *found.notes]
    assert told[0].startswith("file")
    assert all(isinstance(note, str) for note in told)


@given(kind=st.sampled_from(sorted(FORMATS)), text=st.text())
@example(kind="llm", text="=: 1")
@example(kind="llm", text="2024-99-99")
@example(kind="llm", text="? []\n")
@example(kind="opencode", text="[" * 100_000)
@example(kind="llm", text="[" * 5_000)
@example(kind="gptme", text="a=" + "[" * 5_000)
@example(kind="opencode", text="9" * 5_000)
@example(kind="opencode", text="," * 20_000)
def test_any_text_is_imported_or_told_and_nothing_else(kind: str, text: str) -> None:
    try:
        import_from(kind, {"file": text})
        told = "file"
    except ConfigError as error:
        told = error.message
    assert told.startswith("file")


# ---------------------------------------------------------------------- text that looks like ours

ODD = "${HOME}"
ODD_PLACES: dict[str, Any] = {
    "conduit": {
        "ConduitSettings": {
            "ProviderCredentials": [
                {"ProviderName": f"a {ODD}", "ApiBase": "http://h:1/v1", "ApiKey": f"k{ODD}"}
            ],
            "ModelProviderMappings": [
                {"ModelAlias": "m", "ProviderName": f"a {ODD}", "ProviderModelName": ODD}
            ],
        }
    },
    "continue": {
        "models": [
            {
                "name": ODD,
                "provider": "openai",
                "model": ODD,
                "apiBase": "http://h:1/v1",
                "apiKey": f"k{ODD}",
            }
        ]
    },
    "litellm": {
        "model_list": [
            deployment(
                "m",
                model=f"openai/{ODD}",
                api_base="http://h:1/v1",
                api_key=f"k{ODD}",
                extra_body={"a": ODD},
            )
        ]
    },
    "llm": [{"model_id": "m", "model_name": ODD, "api_base": "http://h:1/v1"}],
    "opencode": {
        "provider": {
            "a": {
                "name": ODD,
                "options": {"baseURL": "http://h:1/v1", "apiKey": f"k{ODD}", "headers": {"Accept": ODD}},
                "models": {"m": {"id": ODD, "name": ODD}},
            }
        }
    },
    "ponybunny": {
        "endpoints": {"a": {"baseUrl": "http://h:1/v1", "apiKey": f"k{ODD}"}},
        "models": {"m": {"displayName": ODD, "endpoints": ["a"]}},
    },
}


@pytest.mark.parametrize("kind", ODD_PLACES)
def test_text_of_a_foreign_file_never_refers_to_a_variable_here(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", CANARY)
    file = ProviderFile()
    for fields in one(kind, ODD_PLACES[kind], keep_keys=True).providers:
        file.add(fields)
    (provider,) = read(file.text, Path("providers.toml")).providers
    key = provider.api_key.get_secret_value() if isinstance(provider.api_key, SecretStr) else None
    values = [provider.model_dump(), provider.headers, key]
    assert CANARY not in str(values)
    assert ODD in str(values)
    if kind != "llm":
        assert key == f"k{ODD}"
