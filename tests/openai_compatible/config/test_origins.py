"""Where every value comes from: argument, variable, file and line, preset, profile, default."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from openai_compatible import Client, explain
from openai_compatible.config.load import load_config
from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError, OpenAICompatibleWarning

FILE = """\
version = 2
[[providers]]
name = "lab"
base_url = "http://127.0.0.1:1/v1"
profile = "vllm"
timeout = { idle = 5 }
dialect = { system_messages = "merge_leading" }

[providers.models.small]
id = "qwen3-0.6b"
context_window = 4096
dialect = { max_tokens_field = "max_completion_tokens" }

[[providers]]
preset = "groq"
priority = 1
"""


@pytest.fixture(name="file")
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "providers.toml"
    path.write_text(FILE)
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(path))
    return path


def test_s1_41_explain_says_for_every_value_who_won(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE__LAB__MAX_RETRIES", "7")
    client = Client("lab/small", headers={"X-Own": "1"})
    messages = [{"role": role, "content": "a"} for role in ("system", "system", "user")]
    found = client.explain(messages, max_tokens=3)
    said = {name: origin for name, origin in found.origins.items() if origin != "default"}
    assert said == {
        "name": f"{file}:3",
        "base_url": f"{file}:4",
        "profile": f"{file}:5",
        "timeout": f"{file}:6",
        "dialect": f"{file}:7",
        "max_retries": "$OPENAI_COMPATIBLE__LAB__MAX_RETRIES",
        "headers": "argument",
        "models.small.id": f"{file}:10",
        "models.small.context_window": f"{file}:11",
        "models.small.dialect": f"{file}:12",
        "dialect.system_messages": f"{file}:7",
        "dialect.max_tokens_field": f"{file}:12",
    }
    assert set(Provider.model_fields) - {"models"} <= set(found.origins)
    assert f"base_url: {file}:4" in str(found)
    assert found.to_dict()["origins"]["priority"] == "default"


def test_a_preset_and_a_profile_are_named(file: Path) -> None:
    groq = load_config().providers[1]
    assert groq.origin("base_url") == "preset groq"
    assert groq.origin("priority") == f"{file}:16"
    assert groq.changed(timeout=3).origin("base_url") == "preset groq"
    found = explain(Client(provider="openai", model="m", profile="openai"), "a", max_tokens=3)
    assert found.origins["dialect.max_tokens_field"] == "profile openai"


def test_what_a_server_taught_is_called_learned() -> None:
    client = Client(base_url="http://127.0.0.1:1/v1", model="m")
    with pytest.warns(OpenAICompatibleWarning):
        client.learn({"max_tokens_field": "max_completion_tokens"}, "it asks for another name")
    assert client.explain([], max_tokens=3).origins["dialect.max_tokens_field"] == "learned"


def test_origins_are_no_part_of_the_value_and_travel_with_it(file: Path) -> None:
    lab = load_config().providers[0]
    fields = {name: getattr(lab, name) for name in lab.model_fields_set}
    assert lab == Provider(**fields)
    assert pickle.loads(pickle.dumps(lab)).origin("base_url") == f"{file}:4"
    assert lab.changed(base_url="http://127.0.0.1:2").origin("base_url") == "argument"


def test_variables_alone_make_a_provider(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_LAB__BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_LAB__DEFAULT_MODEL", "m")
    made = load_config().providers[-1]
    assert (made.name, made.base_url, made.default_model) == ("my-lab", "http://127.0.0.1:9/v1", "m")
    assert made.origin("base_url") == "$OPENAI_COMPATIBLE__MY_LAB__BASE_URL"
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_LAB__PRESET", "vllm")
    assert load_config().providers[-1].profile == "vllm"
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_LAB__BASE_ULR", "x")
    with pytest.raises(ConfigError, match="BASE_ULR sets an unknown field"):
        load_config()


def test_variables_of_a_preset_change_it_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE__OLLAMA__BASE_URL", "http://127.0.0.1:9/v1")
    assert load_config().providers == ()
    for client in (Client("ollama/m"), Client(provider="ollama", model="m")):
        assert client.targets[0].provider.base_url == "http://127.0.0.1:9/v1"


def test_a_variable_that_changes_nothing_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE__LAP__TIMEOUT", "3")
    with pytest.warns(OpenAICompatibleWarning, match=r"LAP__TIMEOUT changes nothing.*'lap'.*'lab'"):
        load_config()


def test_s1_39_s1_40_the_provider_of_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "k")
    (made,) = load_config().providers
    assert made.origin("base_url") == "$OPENAI_COMPATIBLE_BASE_URL"
    assert made.origin("api_key_env") == "$OPENAI_COMPATIBLE_API_KEY"


def test_the_query_of_a_base_url_comes_from_where_the_base_url_does(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(FILE.replace("127.0.0.1:1/v1", "127.0.0.1:1/v1?zone=a"))
    (lab, _) = load_config().providers
    assert (lab.query, lab.origin("query")) == ({"zone": "a"}, f"{file}:4")
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://127.0.0.1:1/v1?zone=b")
    assert load_config().providers[-1].origin("query") == "$OPENAI_COMPATIBLE_BASE_URL"
    assert Provider(name="a", base_url="http://127.0.0.1:1").origin("query") == "default"
