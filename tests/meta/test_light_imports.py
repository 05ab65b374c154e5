"""Importing the core, and asking plugins what they offer, stays cheap."""

import os
import subprocess
import sys
from pathlib import Path

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
        "import openai_compatible.cli",
    ],
)
def test_loads_neither_openai_nor_a_framework(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(*sorted(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["providers", "--help"],
        ["providers", "list", "--json"],
        ["keys", "list", "--json"],
        ["chat", "--help"],
        ["models", "--help"],
        ["schema"],
        ["plugins", "--json"],
        ["status", "--offline", "--json"],
    ],
)
def test_commands_that_call_nobody_load_neither_openai_nor_a_framework(
    words: list[str], tmp_path: Path
) -> None:
    lazy = HEAVY - {"typer", "rich"}
    code = (
        f"from openai_compatible.cli.app import run\nimport sys\nassert run({words!r}) == 0\n"
        f"print('LOADED', *sorted(set(sys.modules) & {lazy!r}))"
    )
    (tmp_path / "providers.toml").write_text("")
    env = {**os.environ, "OPENAI_COMPATIBLE_CONFIG": str(tmp_path / "providers.toml")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("LOADED")
