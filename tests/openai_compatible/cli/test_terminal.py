"""The guided commands at a real terminal: a pseudo terminal, POSIX only."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from openai_compatible.testing.loopback import Loopback

pty = pytest.importorskip("pty")

KEY = "sk-canary-0815-abcdef"
CTRL_C = "\x03"
SECONDS = 40.0
RING = """
import json, pathlib
from keyring.backend import KeyringBackend

FILE = pathlib.Path({path!r})

class Ring(KeyringBackend):
    priority = 1
    def _all(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {{}}
    def get_password(self, service, username):
        return self._all().get(f"{{service}} {{username}}")
    def set_password(self, service, username, password):
        FILE.write_text(json.dumps({{**self._all(), f"{{service}} {{username}}": password}}))
    def delete_password(self, service, username):
        FILE.write_text("{{}}")
"""


class Played(NamedTuple):
    code: int
    text: str


Play = Callable[..., Played]


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a keyring that the program uses."""
    path = tmp_path / "ring.json"
    (tmp_path / "our_ring.py").write_text(RING.format(path=str(path)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "our_ring.Ring")
    return path


@pytest.fixture
def play() -> Iterator[Play]:
    """Runs a command at a terminal. Each answer is typed once its question has appeared.

    A hidden question is whole with the space at its end: from there on nothing is echoed.
    """
    running: list[subprocess.Popen[bytes]] = []

    def go(words: list[str], *answers: tuple[str, str], env: dict[str, str] | None = None) -> Played:
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "openai_compatible.cli", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "dumb", "COLUMNS": "200", **(env or {})},
            start_new_session=True,
        )
        running.append(process)
        os.close(slave)
        text = _played(master, process, list(answers))
        os.close(master)
        return Played(process.wait(SECONDS), text)

    yield go
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()


def _played(master: int, process: subprocess.Popen[bytes], answers: list[tuple[str, str]]) -> str:
    seen, fresh = "", ""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if answers and answers[0][0] in fresh:
            fresh, answer = "", answers.pop(0)[1]
            if answer == CTRL_C:
                process.send_signal(signal.SIGINT)
            else:
                os.write(master, answer.encode() + b"\n")
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(master, 65536).decode(errors="replace")
        except OSError:  # Linux's end of the file
            break
        if not data:
            break
        seen, fresh = seen + data, fresh + data
    assert not answers, f"never asked: {answers[0][0]}\n{seen}"
    return seen


def written(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(path.read_text())["providers"] if path.exists() else []
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "providers.toml"


def test_s1_73_one_guided_command_does_endpoint_key_and_model(
    play: Play, server: Loopback, ring: Path, path: Path
) -> None:
    done = play(
        ["providers", "add"],
        ("Base URL", "olama"),
        ("Did you mean 'ollama'", server.url),
        ("Name [", "My vLLM Server"),
        ("Number", "3"),
        ("Key (hidden): ", KEY),
        ("Default model", "2"),
    )
    assert done.code == 0, done.text
    assert KEY not in done.text
    assert written(path) == [
        {
            "name": "my-vllm-server",
            "base_url": server.base_url,
            "display_name": "My vLLM Server",
            "api_key_keyring": "openai-compatible",
            "default_model": "scripted-reasoner",
        }
    ]
    entry = json.loads(json.loads(ring.read_text())["openai-compatible my-vllm-server"])
    assert entry == {"origin": server.url, "key": KEY}
    assert KEY not in path.read_text()
    assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert 'openai-compatible chat my-vllm-server "Hello"' in done.text


def test_s3_17_a_failed_test_asks_and_loses_nothing_that_was_typed(
    play: Play, server: Loopback, path: Path
) -> None:
    done = play(
        ["providers", "add", "http://127.0.0.1:1", "--name", "late", "--priority", "1"],
        ("Number", "2"),
        ("Variable", "LATE_KEY"),
        ("What now?", "3"),
        ("Number", "1"),
        ("What now?", "2"),
        ("Base URL", server.base_url),
        ("Default model", "scripted"),
    )
    assert done.code == 0, done.text
    assert written(path) == [
        {"name": "late", "base_url": server.base_url, "priority": 1, "default_model": "scripted"}
    ]


@pytest.mark.parametrize(("answer", "code", "count"), [("5", 0, 1), ("6", 4, 0)])
def test_a_failed_test_can_be_written_all_the_same_or_given_up(
    play: Play, path: Path, answer: str, code: int, count: int
) -> None:
    done = play(
        ["providers", "add", "http://127.0.0.1:1", "--name", "late"],
        ("Number", "1"),
        ("What now?", answer),
    )
    assert done.code == code, done.text
    assert len(written(path)) == count
    assert 'name = "late"' in done.text  # what was typed is there to be copied


def test_what_the_port_tells_is_asked_and_other_sources_of_a_key_are_written(
    play: Play, path: Path
) -> None:
    done = play(
        ["providers", "add", "--no-test"],
        ("Base URL", "http://10.0.0.5:8000"),
        ("Name [", ""),
        ("Number", "6"),
        ("Command", "op 'read"),
        ("Number", "2"),
        ("Variable", KEY),
        ("no name of a variable", "6"),
        ("Command", "op read op://vault/key"),
    )
    assert done.code == 0, done.text
    done = play(
        ["providers", "add", "--no-test"],
        ("Base URL", "http://10.0.0.5:11434"),
        ("Is it that?", "y"),
        ("Name [", "box"),
    )
    assert done.code == 0, done.text
    assert written(path) == [
        {
            "name": "10.0.0.5-8000",
            "base_url": "http://10.0.0.5:8000",
            "api_key_command": ["op", "read", "op://vault/key"],
        },
        {"name": "box", "base_url": "http://10.0.0.5:11434", "preset": "ollama"},
    ]


def test_what_stands_for_a_variable_in_a_preset_is_asked_for(play: Play, path: Path) -> None:
    done = play(
        ["providers", "add", "azure-v1", "--no-test"],
        ("AZURE_RESOURCE_NAME (", "mine"),
        ("Name [", ""),
    )
    assert done.code == 0, done.text
    assert written(path) == [
        {
            "name": "azure-v1",
            "base_url": "https://mine.openai.azure.com/openai/v1",
            "preset": "azure-v1",
            "api_key_env": "AZURE_OPENAI_API_KEY",
        }
    ]


def test_a_name_that_is_taken_is_asked_for_again(play: Play, server: Loopback, path: Path) -> None:
    path.write_text('[[providers]]\nname = "one"\nbase_url = "http://a:1"\n')
    done = play(
        ["providers", "add", server.url, "--name", "one", "--no-test"],
        ("Name [one", "two"),
        ("Number", "1"),
    )
    assert done.code == 0, done.text
    assert [one["name"] for one in written(path)] == ["one", "two"]


def test_ctrl_c_at_a_question_writes_nothing(play: Play, path: Path) -> None:
    done = play(["providers", "add", "http://127.0.0.1:1", "--name", "a"], ("Number [1]: ", CTRL_C))
    assert done.code == 130, done.text
    assert not path.exists()


def test_a_key_is_asked_for_without_being_shown(play: Play, ring: Path, path: Path) -> None:
    path.write_text('[[providers]]\nname = "a"\nbase_url = "http://a:1"\n')
    done = play(["keys", "set", "a"], ("Key of a (hidden): ", KEY))
    assert done.code == 0, done.text
    assert KEY not in done.text
    entry = json.loads(json.loads(ring.read_text())["openai-compatible a"])
    assert entry == {"origin": "http://a:1", "key": KEY}


def test_with_json_nobody_is_asked_even_at_a_terminal(play: Play, path: Path) -> None:
    path.write_text('[[providers]]\nname = "a"\nbase_url = "http://a:1"\n')
    for words in (["providers", "add"], ["providers", "remove", "a"], ["keys", "set", "a"]):
        done = play([*words, "--json"])
        assert done.code == 2, done.text
        assert json.loads(done.text)["error"]["type"] == "UsageError"
