"""``providers test``: each stage as it comes, what is wrong in one line, a code for each stage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.cli.exit_codes import ROWS, STAGES, stage_code
from openai_compatible.probe.outcomes import OUTCOMES
from openai_compatible.probe.stages import STAGES as PROBED
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback

Cli = Callable[..., Any]
Configured = Callable[..., Path]

KEY = "sk-canary-0815-abcdef"


def test_s2_56_s4_11_each_stage_is_printed_and_then_the_verdict(
    cli: Cli, configured: Configured, server: Loopback
) -> None:
    configured(a=server.base_url)
    done = cli("providers", "test", "a", "--model", "scripted")
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split()[1] for line in lines[:-1]] == list(PROBED)
    assert lines[-1] == f"a: works at {server.base_url}, 5 models listed"


def test_without_a_chat_no_token_is_spent(cli: Cli, configured: Configured, server: Loopback) -> None:
    configured(a=server.base_url)
    assert cli("providers", "test", "a", "--model", "scripted", "--no-chat").code == 0
    assert {seen.method for seen in server.requests} == {"GET"}


def test_s2_56_the_default_model_is_checked(cli: Cli, configured: Configured, server: Loopback) -> None:
    configured(f'[[providers]]\nname="a"\nbase_url="{server.base_url}"\ndefault_model="scriptd"\n')
    done = cli("providers", "test", "a", "--no-chat")
    assert done.code == 6
    assert "scripted" in done.out.splitlines()[-1]


def test_s1_78_a_server_that_is_not_running_is_told_in_one_line_with_what_to_do(
    cli: Cli, configured: Configured
) -> None:
    configured(a="http://127.0.0.1:1/v1")
    done = cli("providers", "test", "a")
    assert done.code == 4
    *stages, verdict = done.out.splitlines()
    assert verdict.startswith("a: 127.0.0.1:1 refuses connections")
    assert stages[-1].split()[:2] == ["wrong", "connection"]  # what was not tried is not listed
    told = json.loads(cli("providers", "test", "a", "--json").out)
    assert told["ok"] is False
    assert told["reports"][0]["failed"] == "connection"
    assert len(told["reports"][0]["stages"]) == len(PROBED)


def answers(status: int, message: str) -> Callable[[Seen], Reply]:
    """A server that lists its model, and answers every chat so."""

    def app(seen: Seen) -> Reply:
        if seen.path == "/v1/models":
            return json_reply({"data": [{"id": "m"}]})
        return json_reply({"error": {"message": message}}, status)

    return app


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (404, "The model `m` does not exist", 6),
        (400, "something is wrong", 7),
        (402, "Insufficient credits", 8),
        (429, "Rate limit reached", 8),
        (500, "out of memory", 8),
    ],
)
def test_the_chats_outcome_decides_the_code(
    cli: Cli, configured: Configured, status: int, message: str, code: int
) -> None:
    with loopback(answers(status, message)) as server:
        configured(a=server.base_url)
        assert cli("providers", "test", "a").code == code


def test_a_key_that_is_not_there_or_refused(
    cli: Cli, configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = json_reply({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401)
    with loopback(refused) as server:
        configured(f'[[providers]]\nname="a"\nbase_url="{server.base_url}"\napi_key_env="A_KEY"\n')
        done = cli("providers", "test", "a")
        assert done.code == 3
        assert "A_KEY" in done.out
        monkeypatch.setenv("A_KEY", KEY)
        done = cli("providers", "test", "a")
        assert done.code == 5
        assert KEY not in done.out + done.err


def test_s1_47_s3_76_the_same_chat_as_curl_without_the_key(
    cli: Cli, configured: Configured, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    configured(f'[[providers]]\nname="a"\nbase_url="{server.base_url}"\napi_key_env="A_KEY"\n')
    done = cli("providers", "test", "a", "-m", "scripted", "--curl")
    assert f"curl {server.base_url}/chat/completions" in done.out
    assert '-H "Authorization: Bearer $A_KEY"' in done.out
    assert KEY not in done.out + done.err


def test_all_enabled_providers_are_tested_and_the_first_failure_is_the_code(
    cli: Cli, configured: Configured, server: Loopback
) -> None:
    off = '[[providers]]\nname="off"\nbase_url="http://127.0.0.1:1"\nenabled=false\n'
    configured(off, a=server.base_url, b="http://127.0.0.1:1/v1")
    done = cli("providers", "test", "--all")
    assert done.code == 4
    assert "a: works" in done.out
    assert "b: 127.0.0.1:1 refuses" in done.out
    assert "off is disabled" in done.err
    told = json.loads(cli("providers", "test", "--all", "--json").out)
    assert [one["provider"] for one in told["reports"]] == ["a", "b"]


def test_s4_15_a_model_with_an_endpoint_of_its_own_is_tested_there(
    cli: Cli, configured: Configured, server: Loopback
) -> None:
    configured(
        '[[providers]]\nname="a"\nbase_url="http://127.0.0.1:1/v1"\n'
        f'[providers.models.own]\nid="scripted"\nbase_url="{server.base_url}"\n'
    )
    assert cli("providers", "test", "a").code == 4
    assert cli("providers", "test", "a", "--model", "own").code == 0


def test_a_preset_can_be_tested_without_being_configured(cli: Cli, configured: Configured) -> None:
    configured()
    assert cli("providers", "test", "groq").code == 3  # its key is not there; nothing was sent


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [([], 2, "--all"), (["a", "--all"], 2, "--all"), (["b"], 3, "'b'")],
)
def test_what_is_to_be_tested_must_be_said(
    cli: Cli, configured: Configured, words: list[str], code: int, told: str
) -> None:
    configured(a="http://127.0.0.1:1")
    done = cli("providers", "test", *words)
    assert done.code == code
    assert told in done.err


def test_all_of_none_is_an_error(cli: Cli, configured: Configured) -> None:
    configured()
    assert cli("providers", "test", "--all").code == 3


def test_text_of_the_server_is_escaped(cli: Cli, configured: Configured) -> None:
    def evil(seen: Seen) -> Reply:
        if seen.path == "/v1/models":
            return json_reply({"data": [{"id": "m\x1b[31m\u202e"}, {"id": "n\x9b\u2067\r\nok: fine"}]})
        return json_reply({"error": {"message": "\x1b]0;owned\x07\u202e\r\nall is well"}}, 400)

    with loopback(evil) as server:
        configured(a=server.base_url)
        done = cli("providers", "test", "a", "--model", "x\x1b[2J", "--curl")
    for bad in ("\x1b", "\x07", "\x9b", "\u202e", "\u2067", "\r"):
        assert bad not in done.out + done.err


def test_a_server_that_echoes_the_answer_with_escapes_cannot_reach_the_terminal(
    cli: Cli, configured: Configured
) -> None:
    def evil(seen: Seen) -> Reply:
        if seen.path == "/v1/models":
            return json_reply({"data": [{"id": "scripted"}]})
        message = {"role": "assistant", "content": "\x1b[2J\u202ehello\x07"}
        return json_reply({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    with loopback(evil) as server:
        configured(a=server.base_url)
        done = cli("providers", "test", "a")
    assert "hello" in done.out
    for bad in ("\x1b", "\x07", "\u202e"):
        assert bad not in done.out + done.err


def test_every_stage_and_every_failing_outcome_has_a_documented_code() -> None:
    known = {row.code for row in ROWS}
    assert set(STAGES) == set(PROBED)
    for row in OUTCOMES:
        if row.ok is False:
            assert stage_code(row.stage, row.id) in known - {0, 1}
