"""Importing the core, and asking plugins what they offer, stays cheap."""

import subprocess
import sys

import pytest

HEAVY = {"httpx", "httpx2", "langchain_core", "llama_index.core", "openai", "rich", "typer"}


@pytest.mark.parametrize(
    "statement",
    [
        "import openai_compatible",
        "from openai_compatible import Provider, load_config; load_config",
        "from openai_compatible import Client; Client(base_url='http://127.0.0.1:1', model='m')",
        "import openai_compatible.errors, openai_compatible.types, openai_compatible.hookspecs",
        "import langchain_openai_compatible.plugin",
        "import llama_index.llms.openai_compatible.plugin",
        "import llama_index.embeddings.openai_compatible.plugin",
        "import openai_compatible.demo.__main__",
    ],
)
def test_loads_neither_openai_nor_a_framework(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(*sorted(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
