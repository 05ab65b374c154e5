"""``plugins``: what installed distributions add, and what was left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOOD = """
from openai_compatible.hookspecs import hookimpl
from openai_compatible.profiles.profile import Profile

@hookimpl
def openai_compatible_profiles():
    return [Profile(name="acme"), Profile(name="vllm")]

@hookimpl
def openai_compatible_adapters():
    return {"acme.chat": "acme:Chat", "langchain.chat": "acme:Thief"}
"""


def install(site: Path, name: str, text: str) -> None:
    (site / f"{name}.py").write_text(text)
    info = site / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[openai_compatible]\n{name} = {name}\n")


@pytest.fixture
def listed(tmp_path: Path) -> Any:
    """The command in a process that has three more plugins installed."""
    install(tmp_path, "acme", GOOD)
    install(tmp_path, "broken", "raise RuntimeError('\\x1b[2Jout of order')")
    install(tmp_path, "unwanted", GOOD)
    env = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "OPENAI_COMPATIBLE_DISABLE_PLUGINS": "unwanted",
    }

    def go(*words: str) -> str:
        (tmp_path / "providers.toml").write_text("")
        done = subprocess.run(
            [sys.executable, "-m", "openai_compatible.cli", *words],
            capture_output=True,
            text=True,
            check=False,
            env=env,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    return go


def test_what_each_adds_and_what_was_left_out(listed: Any) -> None:
    document = json.loads(listed("plugins", "--json"))
    rows = {row["name"]: row for row in document["plugins"]}
    assert rows["acme"] == {
        "name": "acme",
        "module": "acme",
        "distribution": "acme",
        "version": "1.2",
        "state": "loaded",
        "hooks": ["openai_compatible_adapters", "openai_compatible_profiles"],
        "adds": {
            "openai_compatible_adapters": ["acme.chat"],
            "openai_compatible_profiles": ["acme"],
        },
    }
    assert (rows["broken"]["state"], rows["unwanted"]["state"]) == ("left out", "disabled")
    assert len(document["left_out"]) == 3
    assert any("out of order" in line for line in document["left_out"])
    assert any("the profile 'vllm' is taken" in line for line in document["left_out"])


def test_the_same_for_people(listed: Any) -> None:
    out = listed("plugins")
    (acme,) = [line for line in out.splitlines() if line.startswith("acme ")]
    assert acme.split()[1:4] == ["acme", "1.2", "loaded"]
    assert acme.rstrip().endswith("adapters: acme.chat; profiles: acme")
    assert out.count(" is left out: ") == 3
    assert "\x1b" not in out


def test_status_counts_them(listed: Any) -> None:
    assert "3 left out" in listed("status", "--offline")
