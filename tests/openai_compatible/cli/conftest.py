"""Runs commands in this process, or as a program where a terminal or a signal is needed."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from openai_compatible.cli.app import run
from openai_compatible.testing.loopback import Loopback
from openai_compatible.testing.scripted import scripted


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "NO_COLOR", "FORCE_COLOR", "TTY_")) or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(tmp_path / "providers.toml"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def server() -> Iterator[Loopback]:
    """The scripted server."""
    with scripted() as running:
        yield running


@pytest.fixture
def configured(tmp_path: Path) -> Callable[..., Path]:
    """Writes the provider file: one provider for each base URL, or the text itself."""

    def write(*text: str, **base_urls: str) -> Path:
        path = tmp_path / "providers.toml"
        tables = [
            f'[[providers]]\nname = "{name}"\nbase_url = "{url}"\n' for name, url in base_urls.items()
        ]
        path.write_text("\n".join([*tables, *text]), encoding="utf-8")
        return path

    return write


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Runs a command with what is piped into it."""

    def go(*words: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter("always")  # as in a program: printed, not raised
            code = run(words)
        return Ran(code, *capsys.readouterr())

    return go


@pytest.fixture
def program() -> Callable[..., subprocess.Popen[bytes]]:
    """Starts the command line as a program; ``env`` joins the environment."""

    def start(*words: str, env: dict[str, str] | None = None, **more: Any) -> subprocess.Popen[bytes]:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(
            [sys.executable, "-m", "openai_compatible.cli", *words],
            env={**os.environ, **(env or {})},
            **{**pipes, **more},
        )

    return start
