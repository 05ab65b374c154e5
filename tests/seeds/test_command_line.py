"""What the guides do with forms, buttons and curl is done by the command line, from end to end."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from openai_compatible import Config, load_config
from openai_compatible.cli.app import run
from openai_compatible.config.load import default_path
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback, routes
from openai_compatible.testing.scripted import respond

CANARY = "sk-canary-4711"
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
Configured = Callable[[str], Config]


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that it said, in one line."""
        return " ".join(f"{self.out} {self.err}".split())


Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command without a terminal."""

    def go(*words: str) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        capsys.readouterr()
        code = run(words)
        return Ran(code, *capsys.readouterr())

    return go


def guarded(seen: Seen) -> Reply:
    """The scripted server, with a key."""
    return respond(seen.method, seen.path, seen.headers, seen.body, api_key=CANARY)


def lab(server: Loopback, more: str = 'default_model = "scripted"') -> str:
    """A provider ``lab`` of a file."""
    return f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n{more}\n'


# ---------------------------------------------------------------------- add, with a test


def test_s0_14_s1_73_s3_10_s3_12_s3_17_s4_07_s4_11_one_command_tests_a_connection_and_saves_it(
    cli: Cli, server: Loopback
) -> None:
    words = ("--base-url", server.url, "--name", "My vLLM Server", "--default-model", "scripted")
    done = cli("providers", "add", *words)
    assert done.code == 0
    assert "works" in done.text
    assert [seen.path for seen in server.requests][-1] == "/v1/chat/completions"
    (provider,) = load_config().providers
    assert (provider.name, provider.display_name) == ("my-vllm-server", "My vLLM Server")
    assert (provider.base_url, provider.default_model) == (server.base_url, "scripted")


def test_s0_14_s3_17_what_does_not_work_is_not_saved_unasked(cli: Cli, server: Loopback) -> None:
    server.stop()
    done = cli("providers", "add", server.base_url, "--name", "lab")
    assert done.code == 4
    assert "refuses connections" in done.text
    assert not default_path().exists()


def test_s0_39_s3_14_s3_81_the_spelling_that_works_is_saved(cli: Cli) -> None:
    app = routes(
        {
            "GET /api/v1/models": json_reply({"data": [{"id": "m"}]}),
            "POST /api/v1/chat/completions": json_reply(ANSWER),
        }
    )
    with loopback(app) as server:
        done = cli("providers", "add", server.url, "--name", "lab")
        assert done.code == 0
        assert f"{server.url}/api/v1" in done.text
        assert load_config().providers[0].base_url == f"{server.url}/api/v1"


def test_s3_40_a_url_without_a_scheme_is_completed(cli: Cli, server: Loopback) -> None:
    assert cli("providers", "add", f"127.0.0.1:{server.port}", "--name", "lab").code == 0
    assert load_config().providers[0].base_url.startswith("http://127.0.0.1:")


# ---------------------------------------------------------------------- test


def test_s0_38_s0_40_s1_46_s3_06_s3_38_nothing_listens_and_how_to_start_it(
    cli: Cli, configured: Configured, server: Loopback
) -> None:
    server.stop()
    configured(lab(server, 'preset = "ollama"'))
    done = cli("providers", "test", "lab")
    assert done.code == 4
    assert f"127.0.0.1:{server.port} refuses connections" in done.text
    assert "ollama serve" in done.text


def test_s0_41_s1_49_s3_48_s3_49_a_key_that_is_missing_or_wrong(
    cli: Cli, configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback(guarded) as server:
        configured(lab(server))
        missing = cli("providers", "test", "lab")
        monkeypatch.setenv("LAB_API_KEY", "sk-wrong-0815")
        wrong = cli("providers", "test", "lab")
        monkeypatch.setenv("LAB_API_KEY", CANARY)
        right = cli("providers", "test", "lab")
    assert (missing.code, wrong.code, right.code) == (5, 5, 0)
    assert "key" in missing.text
    assert missing.text != wrong.text
    for done in (missing, wrong, right):
        assert "0815" not in done.text
        assert CANARY not in done.text


def test_s0_42_s1_51_s3_19_s3_44_a_default_model_that_the_server_does_not_have(
    cli: Cli, configured: Configured
) -> None:
    error = {"message": "The model `llama2` does not exist.", "code": "model_not_found"}
    table = {
        "GET /v1/models": json_reply({"data": [{"id": "llama2-7b"}]}),
        "POST /v1/chat/completions": json_reply({"error": error}, 404),
    }
    with loopback(routes(table)) as server:
        configured(lab(server, 'default_model = "llama2"'))
        done = cli("providers", "test", "lab")
    assert done.code == 6
    assert "llama2-7b" in done.text


def test_s2_53_s2_56_a_test_has_many_outcomes_and_a_program_can_tell_them(
    cli: Cli, configured: Configured, server: Loopback
) -> None:
    configured(lab(server))
    found = json.loads(cli("providers", "test", "lab", "--json").out)
    assert found["ok"] is True
    (report,) = found["reports"]
    stages = {stage["name"]: stage["ok"] for stage in report["stages"]}
    assert stages["models"] is stages["chat"] is True
    assert stages["tls"] is None
    codes, verdicts = set(), set()
    for reply in (
        json_reply({"error": {"message": "no"}}, 401),
        json_reply({"error": {"message": "slower"}}, 429),
        json_reply({"error": {"message": "busy"}}, 503),
        json_reply({}, 404),
        Reply(200, {"content-type": "text/html"}, b"<html></html>"),
    ):
        with loopback(reply) as other:
            configured(lab(other))
            done = cli("providers", "test", "lab")
            codes.add(done.code)
            verdicts.add(done.out.splitlines()[-1].replace(str(other.port), ""))
    assert codes == {4, 5, 8}
    assert len(verdicts) == 5


def test_s4_15_an_endpoint_of_a_model_is_tested_by_itself(cli: Cli, configured: Configured) -> None:
    app = routes({"POST /alpha/chat/completions": json_reply(ANSWER)})
    with loopback(app) as server:
        configured(lab(server, f'\n[providers.models.alpha]\nbase_url = "{server.url}/alpha"\n'))
        done = cli("providers", "test", "lab", "--model", "alpha")
        assert done.code == 0
        assert "/alpha/chat/completions" in [seen.path for seen in server.requests]


def test_s1_47_s3_39_s3_47_s3_76_the_same_request_as_a_curl_command_without_the_key(
    cli: Cli, configured: Configured, monkeypatch: pytest.MonkeyPatch, server: Loopback
) -> None:
    monkeypatch.setenv("LAB_API_KEY", CANARY)
    configured(lab(server))
    done = cli("providers", "test", "lab", "--curl")
    assert f"curl {server.base_url}/chat/completions" in done.text
    assert "Bearer $LAB_API_KEY" in done.text
    assert CANARY not in done.text


def test_s3_18_s3_30_a_server_without_a_model_list_passes(cli: Cli, configured: Configured) -> None:
    with loopback(routes({"POST /v1/chat/completions": json_reply(ANSWER)})) as server:
        configured(lab(server, 'default_model = "m"'))
        assert cli("providers", "test", "lab").code == 0


# ---------------------------------------------------------------------- list, status, models, chat


def test_s2_20_s2_33_s3_78_providers_are_listed_with_the_source_of_their_key(
    cli: Cli, configured: Configured, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_API_KEY", CANARY)
    configured(lab(server))
    done = cli("providers", "list")
    for told in ("lab", server.base_url, "$LAB_API_KEY (default), set", "scripted", "1 provider"):
        assert told in done.text
    assert CANARY not in done.text


def test_s1_48_status_with_nothing_configured_asks_nobody(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    done = cli("status")  # sockets beyond loopback are an error in tests
    assert "openai.com" not in done.text
    assert CANARY not in done.text


def test_s1_52_models_are_listed(cli: Cli, configured: Configured, server: Loopback) -> None:
    configured(lab(server))
    done = cli("models", "lab")
    assert done.code == 0
    assert "scripted-reasoner" in done.text


@pytest.mark.parametrize("reference", ["lab/scripted", "lab"])
def test_s2_18_s2_19_s2_44_one_prompt_is_answered(
    reference: str, cli: Cli, configured: Configured, server: Loopback
) -> None:
    configured(lab(server))
    done = cli("chat", reference, "What is the capital of France?")
    assert done.code == 0
    assert "You said: What is the capital of France?" in done.text


def test_s1_11_s1_17_the_schema_is_printed(cli: Cli) -> None:
    found: dict[str, Any] = json.loads(cli("schema").out)
    assert "providers" in found["properties"]
