"""Rows of profiles: each says where its facts were seen, and holds to the rules of the house."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from openai_compatible.config.provider import Provider
from openai_compatible.profiles.profile import FACTS, Profile, with_facts
from openai_compatible.profiles.registry import GENERIC, names, profile

ROOT = Path(__file__).parents[3]
ROWS = [profile(name) for name in names() if name != GENERIC.name]
CHOICES = {"auto", "none", "required", "named"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_where_its_facts_were_seen(row: Profile) -> None:
    assert row.evidence
    for one in row.evidence:
        assert one.source.strip()
        assert date.fromisoformat(one.date) <= date(2026, 12, 31)
        for named in re.findall(r"tests/fixtures/[\w/]+", one.source):
            assert list(ROOT.glob(f"{named}*")), named


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_value_is_one_that_a_user_could_write(row: Profile) -> None:
    """The same reader that takes ``dialect={...}`` of users accepts each fact."""
    assert with_facts(GENERIC, {name: getattr(row, name) for name in FACTS}).name == GENERIC.name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_differs_from_the_generic_profile_or_says_that_nothing_is_known(row: Profile) -> None:
    differing = [name for name in FACTS if getattr(row, name) != getattr(GENERIC, name)]
    assert differing or row.name == "litellm"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_shipped_row_takes_a_parameter_away(row: Profile) -> None:
    """A parameter that somebody set is never left out because of a row."""
    assert row.drops == ()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_facts_fit_together(row: Profile) -> None:
    assert not row.tool_choices or set(row.tool_choices) <= CHOICES
    assert row.tools is not False or row.tool_choices is None
    assert row.reasoning_filler is None or (row.reasoning_field and row.reasoning_replay != "never")
    assert not row.reasoning_efforts or row.reasoning_switch == "reasoning_effort"
    assert len(set(row.ignores)) == len(row.ignores)
    assert row.embeddings_batch >= 1
    assert not (row.json_word and row.json_object is not True)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_provider_may_name_it(row: Profile) -> None:
    assert Provider(name="acme", base_url="http://127.0.0.1:8000", profile=row.name).profile == row.name


def test_there_is_no_fact_that_no_row_and_no_default_knows() -> None:
    assert set(FACTS) == {f.name for f in fields(Profile)} - {"name", "evidence"}


@pytest.mark.parametrize(
    ("name", "fact", "value"),
    [
        # quirk reasoning-must-echo
        ("deepseek", "reasoning_replay", "tool_calls"),
        ("moonshot", "reasoning_replay", "tool_calls"),
        ("openrouter", "reasoning_replay", "tool_calls"),
        # quirk reasoning-must-strip
        ("mistral", "reasoning_replay", "never"),
        ("groq", "reasoning_replay", "never"),
        ("cerebras", "reasoning_field", "reasoning"),
        # quirk tool-id-format-mistral, tool-then-user
        ("mistral", "tool_ids", "nine"),
        ("mistral", "tool_then_user", False),
        # quirk tool-choice-forms
        ("mistral", "tool_choice_required", "any"),
        ("fireworks", "tool_choice_required", "any"),
        ("lmstudio", "tool_choices", ("auto", "none", "required")),
        ("ollama", "tool_choices", ("auto",)),
        ("deepinfra", "tool_choices", ("auto", "none")),
        # quirk max-tokens-field
        ("openai", "max_tokens_field", "max_completion_tokens"),
        ("ollama", "max_tokens_field", "max_tokens"),
        # quirk json-object-refused, json-schema-unsupported, json-object-needs-word-json
        ("lmstudio", "json_object", False),
        ("deepseek", "json_schema", False),
        ("deepseek", "json_word", True),
        # quirk tool-plus-json-mutually-exclusive
        ("tgi", "schema_with_tools", False),
        ("groq", "schema_with_tools", False),
        # quirk embeddings-batch-limit, embeddings-input-type, embeddings-base64-default
        ("dashscope", "embeddings_batch", 10),
        ("tei", "embeddings_batch", 32),
        ("nvidia_nim", "embeddings_tasks", ("query", "passage")),
        ("sambanova", "embeddings_encoding", None),
        # quirk embeddings-dimensions
        ("llama_cpp", "embeddings_dimensions", False),
        # quirk message-name-field
        ("groq", "message_names", False),
        # quirk content-array-unsupported
        ("ionos", "text_parts", "string"),
        # quirk developer-role
        ("deepseek", "system_role", "system"),
        ("openai", "system_role", "as_given"),
        # quirk vllm-guided-removed
        ("vllm", "ignores", ("guided_choice", "guided_json", "guided_regex")),
        # quirk assistant-prefill
        ("vllm", "prefill", "continue_final_message"),
        ("mistral", "prefill", "prefix"),
        # quirk tool-strict-field
        ("together", "strict_tools", False),
        # quirk reasoning-switch
        ("dashscope", "reasoning_switch", "enable_thinking"),
        ("zai", "reasoning_switch", "thinking_object"),
        ("openrouter", "reasoning_switch", "reasoning_object"),
        # quirk roles-must-alternate
        ("perplexity", "merge_turns", True),
    ],
)
def test_what_is_known_of_a_family_is_in_its_row(name: str, fact: str, value: object) -> None:
    assert getattr(profile(name), fact) == value
