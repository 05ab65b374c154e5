"""The package as a plugin of ``openai_compatible``."""

from __future__ import annotations

import subprocess
import sys

import openai_compatible
from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings

URL = "http://127.0.0.1:1/v1"


def test_create_makes_both_classes():
    made = openai_compatible.create("langchain.chat", "m", base_url=URL)
    assert isinstance(made, ChatOpenAICompatible)
    assert made.model_name == "m"
    made = openai_compatible.create("langchain.embeddings", "e", base_url=URL)
    assert isinstance(made, OpenAICompatibleEmbeddings)


def loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_the_plugin_and_the_package_import_no_framework():
    for statement in (
        "import langchain_openai_compatible",
        "import langchain_openai_compatible.plugin",
    ):
        assert not {"langchain_core", "openai", "llama_index"} & loaded_after(statement)


def test_the_classes_import_neither_the_sdk_nor_another_framework():
    loaded = loaded_after("from langchain_openai_compatible import ChatOpenAICompatible")
    assert "langchain_core" in loaded
    assert not {"openai", "llama_index"} & loaded


def test_the_names_of_the_package_are_listed():
    import langchain_openai_compatible as package

    assert package.__all__ == sorted(package.__all__)
    assert set(package.__all__) <= set(dir(package))
