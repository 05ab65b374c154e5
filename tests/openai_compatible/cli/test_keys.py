"""``keys set``, ``unset`` and ``list``: a key goes from a prompt into the keyring, and nowhere else."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail

from openai_compatible.cli.screen import Screen
from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.load import load_config
from openai_compatible.errors import ConfigError

Cli = Callable[..., Any]
Configured = Callable[..., Path]

KEY = "sk-canary-0815-abcdef"
ORIGIN = "http://127.0.0.1:8000"
TEXT = """
[[providers]]
name = "local"   # mine
base_url = "http://127.0.0.1:8000/v1"
api_key = "EMPTY"

[providers.models.small]
id = "qwen3-0.6b"
"""


class Memory(KeyringBackend):
    """A keyring as long as the test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture(autouse=True)
def ring() -> Iterator[Memory]:
    found = Memory()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(fail.Keyring())


def held(ring: Memory) -> dict[tuple[str, str], tuple[str, str]]:
    """Origins and keys of the entries."""
    entries = {whose: json.loads(entry) for whose, entry in ring.held.items()}
    return {whose: (entry["origin"], entry["key"]) for whose, entry in entries.items()}


@pytest.fixture
def path(configured: Configured) -> Path:
    return configured(TEXT)


def written(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(path.read_text())["providers"][0]
    return found


def test_a_key_from_standard_input_goes_into_the_keyring_and_the_file_says_so(
    cli: Cli, path: Path, ring: Memory
) -> None:
    done = cli("keys", "set", "local", stdin=f"{KEY}\nnot this\n".encode())
    assert done.code == 0
    assert held(ring) == {("openai-compatible", "local"): (ORIGIN, KEY)}
    assert written(path)["api_key_keyring"] == "openai-compatible"
    assert "api_key" not in written(path)  # the placeholder gave way
    assert 'name = "local"   # mine' in path.read_text()
    assert KEY not in done.out + done.err + path.read_text()


def test_a_provider_that_moves_does_not_take_its_key_along(cli: Cli, path: Path, ring: Memory) -> None:
    assert cli("keys", "set", "local", stdin=KEY.encode()).code == 0
    path.write_text(path.read_text().replace("127.0.0.1:8000", "127.0.0.1:8001"))
    listed = json.loads(cli("keys", "list", "--json").out)["keys"][0]
    assert (listed["state"], listed["mark"]) == ("not set", f"saved for {ORIGIN}")
    done = cli("chat", "local/m", "Hello")
    assert done.code == 3
    assert f"was saved for {ORIGIN}, not for http://127.0.0.1:8001" in done.err
    assert "run: openai-compatible keys set local" in done.err
    assert cli("keys", "set", "local", stdin=b"another").code == 0
    assert held(ring) == {("openai-compatible", "local"): ("http://127.0.0.1:8001", "another")}


def test_the_key_of_a_model_at_another_host_is_bound_to_that(cli: Cli, path: Path, ring: Memory) -> None:
    path.write_text(path.read_text() + 'base_url = "http://other.example:9/v1"\n')
    assert cli("keys", "set", "local", "--model", "small", stdin=b"two").code == 0
    assert held(ring) == {("openai-compatible/small", "local"): ("http://other.example:9", "two")}


def test_another_service_and_a_model_of_its_own(cli: Cli, path: Path, ring: Memory) -> None:
    assert cli("keys", "set", "local", "--service", "work", stdin=b"one").code == 0
    assert cli("keys", "set", "local", "--model", "small", "--json", stdin=b"two").code == 0
    assert held(ring) == {
        ("work", "local"): (ORIGIN, "one"),
        ("openai-compatible/small", "local"): (ORIGIN, "two"),
    }
    assert written(path)["models"]["small"]["api_key_keyring"] == "openai-compatible/small"
    loaded = load_config().providers[0]
    assert (loaded.api_key_keyring, loaded.models["small"].api_key_keyring) == (
        "work",
        "openai-compatible/small",
    )


def test_a_preset_becomes_a_provider_of_the_file(cli: Cli, configured: Configured, ring: Memory) -> None:
    path = configured()
    assert cli("keys", "set", "groq", stdin=KEY.encode()).code == 0
    assert written(path) == {"name": "groq", "preset": "groq", "api_key_keyring": "openai-compatible"}
    assert "keyring" in cli("keys", "list").out


@pytest.mark.parametrize(
    "words",
    [
        ["set", "local", KEY],
        ["set", KEY],
        ["set", "local", "--service", KEY],
        ["set", "local", f"--key={KEY}"],
        ["set", "local", "--api-key", KEY],
        ["unset", "local", KEY],
        ["set", "local", "550e8400-e29b-41d4-a716-446655440000"],
        ["set", "local", "short"],
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_s3_34_a_key_among_the_arguments_is_a_usage_error_that_does_not_repeat_it(
    cli: Cli, path: Path, ring: Memory, words: list[str], form: list[str]
) -> None:
    before = path.read_text()
    done = cli("keys", *words, *form, stdin=b"x")
    assert done.code == 2
    assert words[-1].partition("=")[2] not in done.err or "=" not in words[-1]
    assert KEY not in done.out + done.err
    assert "550e8400" not in done.out + done.err
    assert not ring.held
    assert path.read_text() == before


def test_the_error_says_why_and_what_to_do(cli: Cli, path: Path) -> None:
    done = cli("keys", "set", "local", KEY)
    assert "history" in done.err
    assert "standard input" in done.err


def test_no_key_on_standard_input_is_a_usage_error_that_names_the_option(
    cli: Cli, path: Path, ring: Memory
) -> None:
    done = cli("keys", "set", "local")
    assert done.code == 2
    assert "--stdin" in done.err
    assert not ring.held


def test_an_unknown_provider_or_model_is_told_before_a_key_is_read(cli: Cli, path: Path) -> None:
    assert "Known: local" in cli("keys", "set", "lokal", stdin=KEY.encode()).err
    done = cli("keys", "set", "local", "-m", "smal", stdin=KEY.encode())
    assert done.code == 3
    assert "providers edit local" in done.err


def test_a_machine_without_a_keyring_is_told_what_to_do_instead(cli: Cli, path: Path) -> None:
    keyring.set_keyring(fail.Keyring())
    before = path.read_text()
    done = cli("keys", "set", "local", stdin=KEY.encode())
    assert done.code == 3
    assert "api_key_env" in done.err
    assert KEY not in done.err
    assert path.read_text() == before


@pytest.mark.parametrize("before", [None, "the old one"])
def test_a_file_that_cannot_be_written_leaves_the_keyring_as_it_was(
    cli: Cli, path: Path, ring: Memory, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    if before:
        ring.held["openai-compatible", "local"] = before
    kept = dict(ring.held)

    def refuse(*_: object) -> None:
        raise ConfigError("no")

    monkeypatch.setattr(ProviderFile, "patch", refuse)
    assert cli("keys", "set", "local", stdin=KEY.encode()).code == 3
    assert ring.held == kept


def test_a_key_is_taken_out_of_keyring_and_file(cli: Cli, path: Path, ring: Memory) -> None:
    cli("keys", "set", "local", stdin=KEY.encode())
    refused = cli("keys", "unset", "local")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert ring.held
    done = cli("keys", "unset", "local", "--yes", "--json")
    assert json.loads(done.out) == {
        "provider": "local",
        "model": None,
        "removed": True,
        "taken_from_file": True,
    }
    assert not ring.held
    assert "api_key_keyring" not in written(path)


def test_taking_out_a_key_that_is_not_there_says_so(cli: Cli, path: Path) -> None:
    done = cli("keys", "unset", "local", "--yes")
    assert done.code == 0
    assert "held no key" in done.out


def test_taking_a_key_out_asks_at_a_terminal(
    cli: Cli, path: Path, ring: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("keys", "set", "local", stdin=KEY.encode())
    monkeypatch.setattr(Screen, "interactive", True)
    assert "Nothing was changed" in cli("keys", "unset", "local", stdin=b"n\n").out
    assert ring.held
    assert cli("keys", "unset", "local", stdin=b"y\n").code == 0
    assert not ring.held


LISTED = """
[[providers]]
name = "convention"
base_url = "http://a:1"

[[providers]]
name = "named"
base_url = "http://a:1"
api_key_env = "NAMED_KEY"

[[providers]]
name = "placeholder"
base_url = "http://a:1"
api_key = "not-needed"

[[providers]]
name = "literal"
base_url = "http://a:1"
api_key = "sk-canary-0815-abcdef"

[[providers]]
name = "file"
base_url = "http://a:1"
api_key_file = "FILE"

[[providers]]
name = "program"
base_url = "http://a:1"
api_key_command = ["sh", "-c", "echo sk-canary-0815-abcdef"]

[[providers]]
name = "gone"
base_url = "http://a:1"
api_key_command = ["no-such-program-here"]

[[providers]]
name = "ring"
base_url = "http://a:1"
api_key_keyring = "openai-compatible"

[providers.models.own]
api_key_env = "OWN_KEY"

[[providers]]
name = "open"
base_url = "http://a:1"
auth = "none"

[[providers]]
name = "mistaken"
base_url = "http://a:1"
api_key_env = "sk-canary-0815-abcdef"

[providers.models.file]
api_key_file = "sk-canary-0815-abcdef"

[providers.models.ring]
api_key_keyring = "sk-canary-0815-abcdef"

[providers.models.program]
api_key_command = ["sk-canary-0815-abcdef"]
"""


def test_the_list_says_where_each_key_is_and_whether_it_is_there_never_the_key(
    cli: Cli, configured: Configured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key.txt").write_text(KEY)
    configured(LISTED.replace("FILE", str(tmp_path / "key.txt").replace("\\", "/"))).chmod(0o600)
    monkeypatch.setenv("OWN_KEY", KEY)
    monkeypatch.setattr("shutil.which", lambda name: "/bin/sh" if name == "sh" else None)
    done = cli("keys", "list", "--json")
    rows = {
        (one["provider"], one["model"]): (one["source"], one["state"])
        for one in json.loads(done.out)["keys"]
    }
    path = str(tmp_path / "key.txt").replace("\\", "/")
    assert rows == {
        ("convention", None): ("$CONVENTION_API_KEY", "not set"),
        ("named", None): ("$NAMED_KEY", "not set"),
        ("placeholder", None): ("api_key", "placeholder"),
        ("literal", None): ("api_key", "set"),
        ("file", None): (f"file {path!r}", "set"),
        ("program", None): ("command 'sh'", "not asked"),
        ("gone", None): ("command 'no-such-program-here'", "not set"),
        ("ring", None): ("keyring 'openai-compatible'", "not set"),
        ("ring", "own"): ("$OWN_KEY", "set"),
        ("open", None): ("none", "not needed"),
        ("mistaken", None): ("$***", "not set"),
        ("mistaken", "file"): ("file '***'", "not set"),
        ("mistaken", "ring"): ("keyring '***'", "not set"),
        ("mistaken", "program"): ("command '***'", "not set"),
    }
    text = cli("keys", "list")
    shown = cli("providers", "show", "mistaken")
    assert shown.code == 0
    assert KEY not in shown.out + shown.err
    assert "$CONVENTION_API_KEY (default)" in text.out
    assert KEY not in done.out + done.err + text.out + text.err


def test_a_list_of_nothing_says_what_to_do(cli: Cli, configured: Configured) -> None:
    configured()
    assert "providers add" in cli("keys", "list").out


def test_a_machine_without_a_keyring_can_list_all_the_same(cli: Cli, configured: Configured) -> None:
    keyring.set_keyring(fail.Keyring())
    configured('[[providers]]\nname="r"\nbase_url="http://a:1"\napi_key_keyring="s"\n')
    assert "not set" in cli("keys", "list").out
