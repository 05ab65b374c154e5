"""What the pages of presets are made of: facts in words, quirks by name, variables."""

from __future__ import annotations

import doctest
import tomllib
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from openai_compatible.config.keys import conventional_variable
from openai_compatible.presets import pages, pages_examples, pages_facts, pages_quirks
from openai_compatible.presets.pages_examples import environment, key_variable
from openai_compatible.presets.pages_facts import SENTENCES, as_toml, facts_that_differ, sentence
from openai_compatible.presets.pages_quirks import quirks_of, read_quirks
from openai_compatible.presets.registry import preset, presets
from openai_compatible.profiles.profile import FACTS, ReasoningSwitch
from openai_compatible.profiles.registry import names, profile

ROOT = Path(__file__).parents[3]
QUIRKS = read_quirks((ROOT / "docs" / "quirks.md").read_text(encoding="utf-8"))


def test_every_fact_can_be_said_in_words() -> None:
    assert tuple(SENTENCES) == FACTS
    for switch in get_args(ReasoningSwitch):
        assert sentence("reasoning_switch", switch).endswith(".")


@pytest.mark.parametrize("name", names())
def test_every_fact_of_every_profile_has_a_sentence_and_a_form_in_toml(name: str) -> None:
    for fact, value in facts_that_differ(profile(name)).items():
        assert sentence(fact, value)[-1] == "."
        if value is not None:
            assert tomllib.loads(f"x = {as_toml(value)}")["x"] == (
                list(value) if isinstance(value, tuple) else value
            )


@pytest.mark.parametrize("name", presets())
def test_a_key_has_a_variable_and_an_address_has_examples(name: str) -> None:
    row = preset(name)
    variable = key_variable(row)
    assert (variable is None) == (row.key == "none")
    if variable is not None and not row.api_key_env:
        assert variable == conventional_variable(name)
    assert set(environment(row)) == {*row.variables, *([variable] if variable else [])}


def test_the_page_of_quirks_is_read_whole() -> None:
    files = sorted(path.stem for path in (ROOT / "tests/fixtures/quirks").glob("*.toml"))
    assert [one.id for one in QUIRKS] == files
    assert all(one.what and one.seen_at for one in QUIRKS)


@pytest.mark.parametrize(
    ("name", "named", "not_named"),
    [
        ("openai", "strict-schema-rules", "auth-foreign-key-leak"),  # "every SDK subclassing openai"
        ("openai", "embeddings-batch-limit", "url-v1-doubled"),  # "azure/openai"; "/v1beta/openai"
        ("azure-openai", "azure-empty-first-chunk", "url-azure-v1"),
        ("azure-v1", "url-azure-v1", "url-azure-deployments"),
        ("ollama", "num-ctx-silent-truncation", "url-azure-v1"),
        ("ollama-cloud", "json-schema-unsupported", "num-ctx-silent-truncation"),
        ("llamacpp", "system-multiple-or-late", "stream-options-unsupported"),  # "cortex.llamacpp"
        ("vllm", "error-body-shapes", "langchain-stream-usage-off"),
        ("vertex", "url-vertex-bedrock-openai", "gemini-thought-signature"),
        ("gemini", "gemini-thought-signature", "url-vertex-bedrock-openai"),
        ("mistral", "tool-id-format-mistral", "system-multiple-or-late"),  # "Mistral templates"
    ],
)
def test_a_quirk_is_a_services_if_its_record_names_it(name: str, named: str, not_named: str) -> None:
    found = {one.id for one in quirks_of(preset(name), QUIRKS)}
    assert named in found
    assert not_named not in found


def test_most_quirks_are_on_the_page_of_some_preset() -> None:
    shown = {one.id for name in presets() for one in quirks_of(preset(name), QUIRKS)}
    assert len(shown) > 110


@pytest.mark.parametrize(
    "module", [pages, pages_examples, pages_facts, pages_quirks], ids=lambda module: module.__name__
)
def test_the_examples_of_the_docstrings_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0
