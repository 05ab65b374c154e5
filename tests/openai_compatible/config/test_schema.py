"""The JSON Schema of the provider file says what the reader takes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from openai_compatible.config.file import read
from openai_compatible.config.provider import (
    Auth,
    Model,
    Provider,
    RateLimit,
    ResponseLimits,
    Timeouts,
    Tls,
)
from openai_compatible.config.schema import schema
from openai_compatible.errors import ConfigError

DOCS = Path(__file__).parents[3] / "docs"
HEAD = '[[providers]]\nname = "a"\nbase_url = "http://127.0.0.1:1"\n'


def faults(text: str) -> list[str]:
    checker = jsonschema.Draft202012Validator(schema())
    return [error.message for error in checker.iter_errors(tomllib.loads(text))]


def test_s1_11_the_shipped_schema_is_the_one_that_is_made() -> None:
    code = "import json, openai_compatible.config.schema as s; print(json.dumps(s.schema(), indent=2))"
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    shipped = files("openai_compatible.config").joinpath("providers.schema.json").read_text("utf-8")
    assert shipped == made


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("cls", [Provider, Model, Auth, RateLimit, ResponseLimits, Timeouts, Tls])
def test_every_field_is_in_the_schema(cls: Any) -> None:
    made = schema()["$defs"][cls.__name__]
    assert set(made["properties"]) == set(cls.model_fields)
    assert made["additionalProperties"] is False


EXAMPLES = [
    pytest.param(text, id=f"{page.stem}-{number}")
    for page in sorted(DOCS.rglob("*.md"))
    for number, text in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
    if "[[providers]]" in text
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_schema_takes_every_example_of_the_documentation(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    "more",
    [
        'auth = "none"',
        "timeout = 30",
        "rate_limit = 60",
        'models = {small = "qwen3-0.6b"}',
        'models = {small = {id = "x", rate_limit = 3, dialect = {tools = false}}}',
        'tls = {ca_bundle = "ca.pem"}',
        'api_key_command = ["pass", "show", "key"]',
        'api_key = "EMPTY"',
        'proxy = "http://${NUMBER}:3128"',
        'headers = {X-Team = "${NUMBER}"}',
        'default_model = "${NOT_SET}"',
        'models = {small = {id = "${NOT_SET}", base_url = "http://${NUMBER}"}}',
        'dialect = {max_tokens_field = "max_completion_tokens"}',
    ],
)
def test_reader_and_schema_take_the_same(more: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBER", "3")
    assert faults(HEAD + more) == []
    assert read(HEAD + more, Path("p.toml")).providers[0].name == "a"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + 'base_ulr = "x"',
        HEAD + 'auth = "digest"',
        HEAD + "max_retries = -1",
        HEAD + 'max_retries = "${NUMBER}"',
        HEAD + 'timeout = {idle = "${NUMBER}"}',
        HEAD + 'adapt = "${ADAPT}"',
        HEAD + 'models = {small = {context_window = "${NUMBER}"}}',
        HEAD + 'models = {"a\\u001b[2J" = {}}',
        HEAD.replace('"a"', '"${NAME}"'),
        HEAD + "rate_limit = 0",
        HEAD + "timeout = {idle = 0}",
        HEAD + "tls = {verfy = true}",
        HEAD + 'models = {small = {tools = "perhaps"}}',
        HEAD + 'dialect = {max_tokens_feld = "max_tokens"}',
        HEAD + "models = {small = {dialect = {nobody = 1}}}",
        HEAD + 'tls = {client_key = "key.pem"}',
        HEAD + 'tls = {verify = false, ca_bundle = "ca.pem"}',
        HEAD.replace('"a"', '"Not A Name"'),
        HEAD.replace('"a"', '"a--b"'),
        HEAD.replace("http://127.0.0.1:1", ""),
        HEAD + "[routes.a]\nfallback = []",
        '[[providers]]\nbase_url = "http://127.0.0.1:1"',
        "version = 99",
        "provider = []",
    ],
)
def test_reader_and_schema_refuse_the_same(text: str) -> None:
    assert faults(text)
    with pytest.raises(ConfigError):
        read(text, Path("p.toml"))


def test_descriptions_are_the_docstrings() -> None:
    made = schema()["$defs"]
    assert made["Timeouts"]["properties"]["idle"]["description"].startswith("Between two useful events")
    assert "``" not in json.dumps(made)


def test_every_key_has_a_meaning() -> None:
    defined = schema()["$defs"]
    mute = [
        f"{name}.{key}"
        for name, made in defined.items()
        if name != "Route"
        for key, field in made["properties"].items()
        if not field.get("description")
    ]
    assert mute == []


def test_the_page_of_keys_is_current() -> None:
    code = "from openai_compatible.config.reference import page; print(page(), end='')"
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert (DOCS / "provider-file.md").read_text("utf-8") == made


def test_no_limit_is_inf_in_a_file() -> None:
    found = (
        read(f"{HEAD}timeout = {{ idle = inf, first_event = 5 }}", Path("p.toml")).providers[0].timeout
    )
    assert (found.idle, found.first_event) == (None, 5)
