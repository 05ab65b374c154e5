"""``providers add`` where nobody can be asked: options for everything, and nothing half done."""

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

from openai_compatible.config.load import load_config
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback
from openai_compatible.testing.scripted import respond

Cli = Callable[..., Any]
Configured = Callable[..., Path]

KEY = "sk-canary-0815-abcdef"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "providers.toml"


def written(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(path.read_text())["providers"] if path.exists() else []
    return found


def one_model(seen: Seen) -> Reply:
    """A server with one model, and the API below ``/v1`` alone."""
    if not seen.path.startswith("/v1/"):
        return json_reply({"detail": "Not Found"}, 404)
    if seen.path == "/v1/models":
        return json_reply({"object": "list", "data": [{"id": "meta-llama/Llama-2-7b-chat-hf"}]})
    return respond(seen.method, seen.path, seen.headers, seen.body)


@pytest.fixture
def vllm() -> Iterator[Loopback]:
    with loopback(one_model) as running:
        yield running


def test_s0_08_s1_73_one_command_tests_and_writes_and_says_what_is_next(
    cli: Cli, path: Path, vllm: Loopback
) -> None:
    done = cli("providers", "add", vllm.url, "--name", "vllm Local")
    assert done.code == 0, done.err
    assert written(path) == [
        {
            "name": "vllm-local",
            "base_url": f"{vllm.url}/v1",
            "display_name": "vllm Local",
            "default_model": "meta-llama/Llama-2-7b-chat-hf",
        }
    ]
    assert 'name = "vllm-local"' in done.out
    assert 'openai-compatible chat vllm-local "Hello"' in done.out


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_s0_11_s3_13_s3_14_every_spelling_of_the_url_ends_in_the_one_that_works(
    cli: Cli, path: Path, vllm: Loopback, suffix: str
) -> None:
    assert cli("providers", "add", f"{vllm.url}{suffix}", "--name", "a").code == 0
    assert cli("chat", "a", "Hello").code == 0
    assert load_config().providers[0].base_url.rstrip("/").startswith(f"{vllm.url}/v1")


def test_s0_12_a_path_without_a_version_is_kept_where_it_works(cli: Cli, path: Path) -> None:
    def below(seen: Seen) -> Reply:
        inner = Seen(
            seen.method, seen.path.replace("/openai", "/v1"), seen.query, seen.headers, seen.body
        )
        return one_model(inner) if seen.path.startswith("/openai/") else json_reply({}, 404)

    with loopback(below) as server:
        assert cli("providers", "add", f"{server.url}/openai", "--name", "a").code == 0
        assert written(path)[0]["base_url"] == f"{server.url}/openai"


def test_s0_39_a_wrong_path_is_corrected_and_the_right_one_written(
    cli: Cli, path: Path, vllm: Loopback
) -> None:
    done = cli("providers", "add", f"{vllm.url}/wrong/place", "--name", "a")
    assert done.code == 0, done.out + done.err
    assert written(path)[0]["base_url"] == f"{vllm.url}/v1"


def test_s0_13_without_a_key_none_is_sent(cli: Cli, path: Path, vllm: Loopback) -> None:
    assert cli("providers", "add", vllm.url).code == 0
    assert all("authorization" not in seen.headers for seen in vllm.requests)


def test_s0_09_a_name_is_free_and_unique(cli: Cli, path: Path, vllm: Loopback) -> None:
    assert cli("providers", "add", vllm.url, "--name", "mine").code == 0
    done = cli("providers", "add", vllm.url, "--name", "Mine")
    assert done.code == 3
    assert "'mine' already" in done.err
    assert len(written(path)) == 1


@pytest.mark.parametrize(
    ("name", "slug"),
    [("vLLM Local", "vllm-local"), ("My vLLM Server", "my-vllm-server"), ("日本", "127.0.0.1")],
)
def test_s3_11_s3_90_a_display_name_with_spaces_makes_a_slug(
    cli: Cli, path: Path, name: str, slug: str
) -> None:
    assert cli("providers", "add", "http://127.0.0.1", "--name", name, "--no-test").code == 0
    assert (written(path)[0]["name"], written(path)[0]["display_name"]) == (slug, name)


def test_options_for_everything(cli: Cli, path: Path) -> None:
    words = [
        *("--base-url", "http://h:1/v1", "--name", "a", "--profile", "vllm", "--priority", "1"),
        *("--api-key-command", "op read 'op://my vault/key'", "--header", "X-Team=search"),
        *("--header", "X-Ref: ${REF}", "--model", "small=qwen3-0.6b", "-m", "org/big"),
        *("--default-model", "small", "--set", "timeout.idle=30", "--set", "tls.verify=false"),
    ]
    done = cli("providers", "add", *words, "--no-test")
    assert done.code == 3
    assert "REF" in done.err  # a variable that the file would refer to must be set
    assert not path.exists()


def test_options_for_everything_are_written(
    cli: Cli, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REF", KEY)
    words = [
        *("--base-url", "http://h:1/v1", "--name", "a", "--profile", "vllm", "--priority", "1"),
        *("--api-key-command", "op read 'op://my vault/key'", "--header", "X-Team=search"),
        *("--header", "X-Ref: ${REF}", "--model", "small=qwen3-0.6b", "-m", "org/big"),
        *("--default-model", "small", "--set", "timeout.idle=30", "--set", "tls.verify=false"),
    ]
    done = cli("providers", "add", *words, "--no-test")
    assert done.code == 0
    assert written(path) == [
        {
            "name": "a",
            "base_url": "http://h:1/v1",
            "profile": "vllm",
            "api_key_command": ["op", "read", "op://my vault/key"],
            "headers": {"X-Team": "search", "X-Ref": "${REF}"},
            "timeout": {"idle": 30},
            "tls": {"verify": False},
            "priority": 1,
            "default_model": "small",
            "models": {"small": {"id": "qwen3-0.6b"}, "org/big": {"id": "org/big"}},
        }
    ]
    assert "X-Ref" in done.out
    assert KEY not in done.out + done.err


def test_a_preset_needs_only_its_name(cli: Cli, path: Path) -> None:
    assert cli("providers", "add", "groq", "--no-test").code == 0
    assert written(path) == [{"name": "groq", "preset": "groq"}]


def test_the_address_of_a_known_service_is_its_preset(cli: Cli, path: Path) -> None:
    done = cli("providers", "add", "https://api.groq.com/openai/v1", "--no-test")
    assert written(path) == [{"name": "groq", "preset": "groq"}]
    assert "preset groq" in done.err


def test_s3_15_a_company_url_without_a_scheme_is_https(cli: Cli, path: Path) -> None:
    assert cli("providers", "add", "api.mycompany.com/v1", "--no-test").code == 0
    assert written(path)[0]["base_url"] == "https://api.mycompany.com/v1"


def test_the_usual_port_of_a_server_is_only_a_hint(cli: Cli, path: Path) -> None:
    done = cli("providers", "add", "http://localhost:11434", "--no-test")
    assert "--preset ollama" in done.err
    assert "preset" not in written(path)[0]
    assert cli("providers", "add", "http://10.0.0.5:11434", "--preset", "ollama", "--no-test").code == 0
    assert load_config().providers[1].profile == "ollama"


def test_x5_a_services_name_does_not_bring_its_key_to_another_host(
    cli: Cli, path: Path, monkeypatch: pytest.MonkeyPatch, vllm: Loopback
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    assert cli("providers", "add", vllm.url, "--name", "groq").code == 0
    assert all("authorization" not in seen.headers for seen in vllm.requests)
    words = ["--name", "on-purpose", "--api-key-env", "GROQ_API_KEY"]
    assert cli("providers", "add", vllm.url, *words).code == 0
    assert vllm.requests[-1].headers["authorization"] == f"Bearer {KEY}"


# ---------------------------------------------------------------- what is missing or wrong


def test_without_a_terminal_a_missing_url_is_a_usage_error_that_names_it(cli: Cli, path: Path) -> None:
    done = cli("providers", "add")
    assert done.code == 2
    assert "PRESET_OR_URL" in done.err
    told = json.loads(cli("providers", "add", "--json").out)
    assert told["error"]["type"] == "UsageError"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["olama"], 3, "'ollama'"),
        (["http://"], 3, "base URL"),
        (["http://a:1", "--base-url", "http://b:1"], 2, "twice"),
        (["http://a:1", "--api-key-env", "A", "--api-key-file", "B"], 2, "one source"),
        (["http://a:1", "--header", "nonsense"], 2, "NAME=VALUE"),
        (["http://a:1", "--api-key-command", "op 'read"], 2, "quote"),
        (["http://a:1", "--model", "=x"], 2, "ALIAS=ID"),
        (["http://a:1", "--set", "prioritty=1"], 3, "priority"),
        (["http://a:1", "--profile", "vlm"], 3, "vllm"),
        (["azure-v1"], 3, "AZURE_RESOURCE_NAME"),
    ],
)
def test_mistakes_are_told_before_anything_is_tried(
    cli: Cli, path: Path, words: list[str], code: int, told: str
) -> None:
    done = cli("providers", "add", *words, "--no-test")
    assert done.code == code
    assert told in done.err
    assert not path.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--api-key-env", KEY],
        ["--api-key-keyring", KEY],
        ["--api-key-file", KEY],
        ["--header", f"Authorization: Bearer {KEY}"],
        ["--header", f"api-key={KEY}"],
        ["--set", f"api_key={KEY}"],
    ],
)
def test_a_key_on_the_command_line_is_refused_and_not_repeated(
    cli: Cli, path: Path, words: list[str]
) -> None:
    done = cli("providers", "add", "http://a:1", "--no-test", *words)
    assert done.code == 3
    assert KEY not in done.out + done.err
    assert not path.exists()


def test_s3_17_x8_a_failed_test_writes_nothing_and_ends_with_the_stages_code(
    cli: Cli, path: Path
) -> None:
    done = cli("providers", "add", "http://127.0.0.1:1", "--name", "a")
    assert done.code == 4
    assert "refuses connections" in done.out
    assert "--no-test" in done.err
    assert not path.exists()
    told = json.loads(cli("providers", "add", "http://127.0.0.1:1", "--name", "a", "--json").out)
    assert told["written"] is False
    assert told["report"]["failed"] == "connection"


def test_a_failed_test_writes_with_a_note_if_that_was_said_beforehand(cli: Cli, path: Path) -> None:
    done = cli("providers", "add", "http://127.0.0.1:1", "--name", "a", "--yes")
    assert done.code == 0
    assert "The test failed" in done.err
    assert [one["name"] for one in written(path)] == ["a"]
    assert cli("providers", "add", "http://127.0.0.1:1", "--name", "b", "--no-test").code == 0
    assert [one["name"] for one in written(path)] == ["a", "b"]


def test_s0_41_a_key_that_is_missing_or_wrong_has_codes_of_their_own(
    cli: Cli, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guarded(seen: Seen) -> Reply:
        if seen.headers.get("authorization") != "Bearer right":
            return json_reply({"error": {"message": "Incorrect API key provided"}}, 401)
        return one_model(seen)

    with loopback(guarded) as server:
        words = ["providers", "add", server.url, "--name", "a", "--api-key-env", "A_KEY"]
        assert cli(*words).code == 3  # the variable is not set
        monkeypatch.setenv("A_KEY", "wrong")
        assert cli(*words).code == 5
        assert not path.exists()
        monkeypatch.setenv("A_KEY", "right")
        assert cli(*words).code == 0


def test_a_server_with_several_models_leaves_the_choice_open(
    cli: Cli, path: Path, server: Loopback
) -> None:
    done = cli("providers", "add", server.url, "--name", "a")
    assert done.code == 0
    assert "default_model" not in written(path)[0]
    assert "default_model=ID" in done.err
    assert cli("providers", "add", server.url, "--name", "b", "--default-model", "scripted").code == 0
    assert written(path)[1]["default_model"] == "scripted"


class Memory(KeyringBackend):
    priority = 1  # type: ignore[assignment]
    held: dict[tuple[str, str], str]

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def ring() -> Iterator[Memory]:
    found = Memory()
    found.held = {}
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(fail.Keyring())


def test_s3_34_a_key_from_standard_input_is_used_and_kept_in_the_keyring(
    cli: Cli, path: Path, ring: Memory, vllm: Loopback
) -> None:
    done = cli("providers", "add", vllm.url, "--name", "a", "--api-key-stdin", stdin=KEY.encode())
    assert done.code == 0, done.err
    assert vllm.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(ring.held["openai-compatible", "a"]) == {"origin": vllm.url, "key": KEY}
    assert written(path)[0]["api_key_keyring"] == "openai-compatible"
    assert KEY not in done.out + done.err + path.read_text()


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\xfe\x00"])
def test_standard_input_without_a_key_is_a_usage_error(
    cli: Cli, path: Path, ring: Memory, data: bytes
) -> None:
    done = cli("providers", "add", "http://127.0.0.1:1", "--api-key-stdin", stdin=data)
    assert done.code == 2
    assert "--stdin" in done.err


def test_a_failed_test_leaves_no_key_in_the_keyring(cli: Cli, path: Path, ring: Memory) -> None:
    words = ["providers", "add", "http://127.0.0.1:1", "--name", "a", "--api-key-stdin"]
    assert cli(*words, stdin=KEY.encode()).code == 4
    assert not ring.held
    assert not path.exists()


def test_a_machine_without_a_keyring_writes_nothing(cli: Cli, path: Path, vllm: Loopback) -> None:
    keyring.set_keyring(fail.Keyring())
    done = cli("providers", "add", vllm.url, "--name", "a", "--api-key-stdin", stdin=KEY.encode())
    assert done.code == 3
    assert "api_key_env" in done.err
    assert not path.exists()


def test_with_json_there_is_one_document_and_no_secret(
    cli: Cli, path: Path, vllm: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    done = cli("providers", "add", vllm.url, "--name", "a", "--api-key-env", "A_KEY", "--json")
    told = json.loads(done.out)
    assert (told["written"], told["report"]["ok"]) == (True, True)
    assert told["provider"]["api_key_env"] == "A_KEY"
    assert KEY not in done.out
    assert done.err == ""


def test_text_of_the_server_is_escaped(cli: Cli, path: Path) -> None:
    def evil(seen: Seen) -> Reply:
        if seen.path.endswith("/models"):
            return json_reply({"data": [{"id": "m\x1b]0;owned\x07\u202e\r\n[[providers]]"}]})
        return json_reply({"error": {"message": "\x1b[2J\x9b31m no\u2066 \x00"}}, 400)

    with loopback(evil) as server:
        done = cli("providers", "add", server.url, "--name", "a", "--yes")
    for bad in ("\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\x00", "\r"):
        assert bad not in done.out + done.err
    assert [one["name"] for one in written(path)] == ["a"]


def test_s1_73_the_only_model_that_is_named_is_the_default_and_is_tried(
    cli: Any, server: Loopback, tmp_path: Path
) -> None:
    ran = cli("providers", "add", server.base_url, "--name", "lab", "--model", "small=scripted")
    assert ran.code == 0
    assert "small answers" in ran.out or "scripted answers" in ran.out
    (lab,) = load_config().providers
    assert (lab.default_model, lab.models["small"].id) == ("small", "scripted")
