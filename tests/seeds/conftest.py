"""An empty home for each test, a scripted server, and provider files that are written and read.

Tests here are named after the items of ``docs/seeds.md`` that they prove.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openai_compatible import Config, load_config
from openai_compatible.config.load import default_path
from openai_compatible.testing.loopback import Loopback
from openai_compatible.testing.scripted import scripted


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and no variables that name a server or hold a key."""
    for name in os.environ:
        if name.startswith(("OPENAI", "XDG_")) or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def server() -> Iterator[Loopback]:
    """The scripted model server, with no request seen yet."""
    with scripted() as running:
        yield running


@pytest.fixture
def configured() -> Callable[[str], Config]:
    """Writes the user's provider file and reads it."""

    def write(text: str) -> Config:
        path = default_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return load_config()

    return write
