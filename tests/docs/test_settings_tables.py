"""The settings that the packages' READMEs list are settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding

pytestmark = pytest.mark.docs

PACKAGES = Path(__file__).parents[2] / "packages"


@pytest.mark.parametrize(
    ("package", "cls"),
    [
        ("langchain-openai-compatible", ChatOpenAICompatible),
        ("llama-index-embeddings-openai-compatible", OpenAICompatibleEmbedding),
    ],
)
def test_the_table_of_settings_names_fields(package: str, cls: type) -> None:
    text = (PACKAGES / package / "README.md").read_text(encoding="utf-8")
    table = text.partition("| where to | how | what |\n")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", table))
    assert len(named) > 20
    assert named <= cls.model_fields.keys()
