"""``providers list``, ``show`` and ``presets``: what is configured, and never a secret of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
Configured = Callable[..., Path]

CANARY = "s3cr3t-canary-0815"
SEED = """
[[providers]]
name = "vllm-local"
base_url = "http://localhost:8000/v1"
default_model = "meta-llama/Llama-3.1-8B"

[[providers]]
name = "azure-gpt4"
base_url = "https://my-azure-endpoint.openai.azure.com/openai/deployments"
api_key_env = "AZURE_API_KEY"
default_model = "gpt-4"
priority = 1
enabled = false

[[providers]]
preset = "groq"
default_model = "llama-3.1-70b-versatile"
"""


def test_s2_20_providers_list_is_a_command(cli: Cli, configured: Configured) -> None:
    configured(SEED)
    assert cli("providers", "list").code == 0


def test_s2_21_the_list_says_how_many_providers_there_are(cli: Cli, configured: Configured) -> None:
    configured(SEED)
    assert "3 providers" in cli("providers", "list").out
    assert json.loads(cli("providers", "list", "--json").out)["count"] == 3


def row(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(name))


def test_s2_22_the_list_has_the_base_urls(cli: Cli, configured: Configured) -> None:
    configured(SEED)
    done = cli("providers", "list")
    assert "http://localhost:8000/v1" in row(done.out, "vllm-local")
    assert "https://api.groq.com/openai/v1" in row(done.out, "groq")


def test_s2_23_a_key_by_convention_is_marked_default(cli: Cli, configured: Configured) -> None:
    configured(SEED)
    assert "$VLLM_LOCAL_API_KEY (default)" in row(cli("providers", "list").out, "vllm-local")
    [key, *_] = [one["key"] for one in json.loads(cli("providers", "list", "--json").out)["providers"]]
    assert key == {"source": "$VLLM_LOCAL_API_KEY", "state": "not set", "mark": "default"}


def test_s2_24_a_key_that_is_named_is_not_marked_and_is_set_or_not(
    cli: Cli, configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(SEED)
    assert "$AZURE_API_KEY, not set" in row(cli("providers", "list").out, "azure-gpt4")
    monkeypatch.setenv("AZURE_API_KEY", CANARY)
    done = cli("providers", "list")
    assert "$AZURE_API_KEY, set" in row(done.out, "azure-gpt4")
    assert CANARY not in done.out + done.err


def test_the_variable_of_a_preset_is_marked_as_the_presets(cli: Cli, configured: Configured) -> None:
    configured(SEED)
    assert "$GROQ_API_KEY (preset), not set" in row(cli("providers", "list").out, "groq")


def test_s2_25_the_list_has_default_model_priority_and_whether_it_is_enabled(
    cli: Cli, configured: Configured
) -> None:
    configured(SEED)
    words = row(cli("providers", "list").out, "azure-gpt4").split()
    assert words[-3:] == ["gpt-4", "1", "no"]


def test_s2_26_no_character_outside_ascii_is_needed(
    cli: Cli, configured: Configured, tmp_path: Path
) -> None:
    path = configured(SEED, '[[providers]]\nname="x"\nbase_url="http://x:1"\ndefault_model="modèle"\n')
    env = {
        **os.environ,
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
        "LC_ALL": "C",
        "OPENAI_COMPATIBLE_CONFIG": str(path),
    }
    for words in (["list"], ["show", "x"], ["presets"], ["list", "--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "openai_compatible.cli", "providers", *words],
            env=env,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.isascii()
        assert done.stderr == b""


def test_an_empty_list_says_what_to_do(cli: Cli, configured: Configured) -> None:
    configured()
    assert "openai-compatible providers add" in cli("providers", "list").out
    assert json.loads(cli("providers", "list", "--json").out)["providers"] == []


def test_a_mistake_in_the_file_is_told_with_its_line_and_code_3(
    cli: Cli, configured: Configured
) -> None:
    configured('[[providers]]\nname = "a"\nbase_ulr = "http://a"\n')
    done = cli("providers", "list")
    assert done.code == 3
    assert "providers.toml:3" in done.err
    assert "base_url" in done.err
    told = json.loads(cli("providers", "list", "--json").out)
    assert told["error"]["type"] == "ConfigError"


# ---------------------------------------------------------------- show


SECRETS = f"""
[[providers]]
name = "hidden"
base_url = "https://h.example/v1?token={CANARY}"
api_key = "{CANARY}"
proxy = "http://me:{CANARY}@proxy:3128"
headers = {{ X-Own = "{CANARY}", User-Agent = "mine" }}
query = {{ sig = "{CANARY}", api-version = "2024-10-21" }}
extra_body = {{ user = "me", nested = {{ api_key = "{CANARY}" }} }}

[providers.models.small]
id = "qwen3"
api_key = "{CANARY}"
extra_body = {{ token = "{CANARY}" }}

[providers.models.byname]
api_key_env = "sk-live-{CANARY}"
api_key_command = ["pass", "show", "{CANARY}"]
"""


def test_show_has_every_setting_and_where_it_comes_from(
    cli: Cli, configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = configured(SEED)
    monkeypatch.setenv("OPENAI_COMPATIBLE__GROQ__PRIORITY", "2")
    shown = json.loads(cli("providers", "show", "groq", "--json").out)["settings"]
    assert shown["base_url"] == {"value": "https://api.groq.com/openai/v1", "origin": "preset groq"}
    line = path.read_text().splitlines().index('default_model = "llama-3.1-70b-versatile"') + 1
    assert shown["default_model"]["origin"].endswith(f"providers.toml:{line}")
    assert shown["priority"] == {"value": 2, "origin": "$OPENAI_COMPATIBLE__GROQ__PRIORITY"}
    assert shown["timeout.idle"]["origin"] == "default"
    text = cli("providers", "show", "groq").out
    assert "$OPENAI_COMPATIBLE__GROQ__PRIORITY" in text
    assert "preset groq" in text


def test_s0_10_show_has_the_address_that_requests_go_to(cli: Cli, configured: Configured) -> None:
    configured(bare="http://localhost:8000")
    assert "http://localhost:8000/v1/chat/completions" in cli("providers", "show", "bare").out


def test_s0_12_a_base_url_without_a_version_stays_as_it_is(cli: Cli, configured: Configured) -> None:
    configured(own="https://my-api-server.com/openai")
    shown = json.loads(cli("providers", "show", "own", "--json").out)
    assert shown["requests"] == "https://my-api-server.com/openai/chat/completions"


@pytest.mark.parametrize("words", [["list"], ["show", "hidden"]])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_nothing_that_may_be_secret_is_shown(
    cli: Cli, configured: Configured, words: list[str], form: list[str]
) -> None:
    configured(SECRETS).chmod(0o600)
    done = cli("providers", *words, *form)
    assert done.code == 0
    assert CANARY not in done.out + done.err
    assert "***" in done.out or words == ["list"]


def test_what_is_harmless_is_shown_beside_it(cli: Cli, configured: Configured) -> None:
    configured(SECRETS).chmod(0o600)
    shown = json.loads(cli("providers", "show", "hidden", "--json").out)["settings"]
    assert shown["headers"]["value"] == {"X-Own": "***", "User-Agent": "mine"}
    assert shown["query"]["value"]["api-version"] == "2024-10-21"
    assert shown["extra_body"]["value"] == {"user": "me", "nested": {"api_key": "***"}}
    assert shown["proxy"]["value"] == "http://***@proxy:3128"
    assert shown["models.byname.api_key_command"]["value"] == ["pass", "***"]


def test_a_preset_can_be_shown_without_being_configured(cli: Cli, configured: Configured) -> None:
    configured()
    assert json.loads(cli("providers", "show", "ollama", "--json").out)["preset"] == "ollama"


def test_an_unknown_provider_is_told_with_a_near_name(cli: Cli, configured: Configured) -> None:
    configured(SEED)
    done = cli("providers", "show", "vllm-lokal")
    assert done.code == 3
    assert "vllm-local" in done.err


def test_text_of_the_file_cannot_move_the_cursor_or_turn_the_line(
    cli: Cli, configured: Configured
) -> None:
    configured('[[providers]]\nname="a"\nbase_url="http://a:1"\ndefault_model="\\u001b[2Jx\\u202ey"\n')
    for words in (["list"], ["show", "a"]):
        done = cli("providers", *words)
        assert "\x1b" not in done.out
        assert "\u202e" not in done.out
        assert "\\x1b[2Jx\\u202ey" in done.out


# ---------------------------------------------------------------- presets


def test_presets_are_listed_with_tier_and_base_url(cli: Cli) -> None:
    done = cli("providers", "presets")
    assert "http://localhost:11434/v1" in row(done.out, "ollama ")
    assert "documented" in row(done.out, "ollama ")
    assert "$GROQ_API_KEY" in row(done.out, "groq")


def test_presets_are_looked_for_by_text(cli: Cli) -> None:
    found = json.loads(cli("providers", "presets", "LLAMA", "--json").out)
    names = {one["name"] for one in found["presets"]}
    assert {"llamacpp", "ollama", "meta-llama"} <= names
    assert "groq" not in names
    assert found["count"] == len(names)


def test_one_preset_is_shown_with_its_notes_and_evidence(cli: Cli) -> None:
    done = cli("providers", "presets", "ollama")
    assert "OLLAMA_CONTEXT_LENGTH" in done.out
    assert "openai-compatible providers add ollama" in done.out
    assert json.loads(cli("providers", "presets", "ollama", "--json").out)["preset"]["evidence"]


def test_a_text_that_no_preset_mentions_is_an_error_with_near_names(cli: Cli) -> None:
    done = cli("providers", "presets", "olama")
    assert done.code == 3
    assert "'ollama'" in done.err
