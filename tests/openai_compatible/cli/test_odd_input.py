"""Odd values, files and paths end in an error of ours, with a code that is documented."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.config.texts import write_text
from openai_compatible.errors import ConfigError
from openai_compatible.testing.loopback import Reply, json_reply, loopback

Cli = Callable[..., Any]
ONE = '[[providers]]\nname = "a"\nbase_url = "http://127.0.0.1:9/v1"\n'


@pytest.mark.parametrize(
    "line",
    [
        f"max_retries = {'9' * 5000}",  # more digits than Python reads
        f"timeout = -{'9' * 400}",  # more than a float holds
        "[providers.models.m]\ninput_cost = inf",
    ],
)
def test_a_number_that_nobody_can_read_is_told(cli: Cli, tmp_path: Path, line: str) -> None:
    (tmp_path / "providers.toml").write_text(ONE + line + "\n")
    done = cli("providers", "list")
    assert (done.code, done.err.count("error: ")) == (3, 1)
    assert "providers.toml" in done.err


@pytest.mark.parametrize("limit", ["1e308", "9" * 400, "3_000_000", "inf"])
def test_a_limit_longer_than_systems_count_is_none(cli: Cli, tmp_path: Path, limit: str) -> None:
    with loopback(json_reply({"choices": [{"message": {"content": "hi"}}]})) as server:
        one = ONE.replace("http://127.0.0.1:9/v1", server.base_url)
        (tmp_path / "providers.toml").write_text(f"{one}timeout = {limit}\n")
        assert cli("chat", "a/m", "Hello", "--no-stream").out == "hi\n"


def test_an_option_has_a_limit_that_systems_can_count(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "providers.toml").write_text(ONE)
    for command in (["status"], ["models", "a"], ["providers", "test", "a"]):
        assert cli(*command, "--timeout", "1e10").code == 2
        assert cli(*command, "--timeout", "nan").code == 2


@pytest.mark.parametrize(
    "host", ["a..b", f"{'a' * 70}.example"], ids=["an empty part", "a part too long"]
)
def test_a_host_that_no_resolver_takes_is_not_known(cli: Cli, tmp_path: Path, host: str) -> None:
    text = ONE.replace("127.0.0.1:9", host) + "max_retries = 0\n"
    (tmp_path / "providers.toml").write_text(text)
    for command in (["chat", "a/m", "Hello"], ["models", "a"]):
        done = cli(*command)
        assert (done.code, "the host name is not known" in done.err) == (4, True)


def test_a_path_that_no_system_takes_is_told(cli: Cli, tmp_path: Path) -> None:
    text = ONE.replace("http:", "https:") + 'tls = { ca_bundle = "a\\u0000b" }\n'
    (tmp_path / "providers.toml").write_text(text)
    done = cli("chat", "a/m", "Hello")
    assert (done.code, "cannot read the TLS files" in done.err) == (3, True)


@pytest.mark.parametrize("path", ["~nobody-of-that-name/p.toml", f"/{'x' * 5000}"])
def test_a_provider_file_that_cannot_be_is_told_by_every_command(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", path)
    add = ["add", "http://127.0.0.1:9/v1", "--name", "n", "--no-test"]
    for command in (["list"], add, ["remove", "a", "--yes"], ["disable", "a"]):
        done = cli("providers", *command)
        assert (done.code, done.err.count("error: ")) == (3, 1)
    assert cli("status", "--offline").code == 3


def test_a_file_without_end_is_not_read_to_its_end(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", "/dev/zero")
    done = cli("providers", "list")
    assert (done.code, "longer than any configuration" in done.err) == (3, True)


def test_a_redirect_to_no_url_is_refused(cli: Cli, tmp_path: Path) -> None:
    with loopback(Reply(status=302, headers={"Location": "http://[bad"}, body=b"")) as server:
        one = ONE.replace("http://127.0.0.1:9/v1", server.base_url)
        (tmp_path / "providers.toml").write_text(one)
        for command in (["chat", "a/m", "Hello"], ["models", "a"]):
            done = cli(*command)
            assert (done.code, "no URL" in done.err) == (4, True)


def test_what_json_has_not_is_shown_but_not_exported(cli: Cli, tmp_path: Path) -> None:
    body = "extra_body = { at = 07:32:00, most = inf, top_k = 5 }\n"
    (tmp_path / "providers.toml").write_text(f'{ONE}default_model = "m"\n{body}')
    shown = cli("providers", "show", "a", "--json").out

    def refuse(name: str) -> None:
        raise AssertionError(name)

    found = json.loads(shown, parse_constant=refuse)["settings"]["extra_body"]["value"]
    assert found == {"at": "07:32:00", "most": None, "top_k": 5}
    for form in ("litellm", "llm", "continue", "opencode"):
        done = cli("providers", "export", form)
        assert (done.code, "07:32" in done.out) == (0, False)
    assert "top_k: 5" in cli("providers", "export", "litellm").out
    assert "extra_body.at is no JSON value" in cli("providers", "export", "litellm").err


@pytest.mark.parametrize(
    "param",
    [
        "headers.A.B=1",
        "headers=[]",
        "query.a.b=1",
        "extra_query.a.b=1",
        "extra_headers=3",
        "extra_body=3",
        "stream_options=3",
        "stop=3",
        "stop=[3]",
        "tools=3",
        "tools=[3]",
    ],
)
def test_a_parameter_of_the_wrong_kind_is_a_wrong_option(cli: Cli, tmp_path: Path, param: str) -> None:
    (tmp_path / "providers.toml").write_text(ONE)
    for command in ("chat", "explain"):
        done = cli(command, "a/m", "Hello", "--param", param)
        assert (done.code, "--param" in done.err) == (2, True)


def test_a_number_in_a_header_or_query_is_text(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "providers.toml").write_text(ONE)
    words = ("--param", "headers.X-Request-Id=5", "--param", "extra_query.api-version=2024")
    found = json.loads(cli("explain", "a/m", "Hello", *words, "--json").out)
    assert found["headers"]["X-Request-Id"] == "5"
    assert found["query"]["api-version"] == "2024"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk is full here")
@pytest.mark.parametrize("command", [["providers", "list"], ["providers", "list", "--json"], ["schema"]])
def test_output_that_cannot_be_written_is_told(
    program: Callable[..., Any], tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "providers.toml").write_text(ONE)
    with Path("/dev/full").open("wb") as full:
        running = program(*command, stdout=full)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 1
    assert told.decode().startswith("error: cannot write the output: ")
    assert len(told.splitlines()) == 1


def test_a_file_that_cannot_be_written_to_its_end_is_not_left(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write"):
        write_text(tmp_path / "new.json", "\ud800")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "old.json").write_text("old")
    with pytest.raises(ConfigError, match="is there already"):
        write_text(tmp_path / "old.json", "new")
    assert (tmp_path / "old.json").read_text() == "old"


def test_a_provider_file_below_a_file_is_told(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(tmp_path / "file" / "p.toml"))
    for command in (["providers", "remove", "a", "--yes"], ["keys", "unset", "a", "--yes"]):
        done = cli(*command)
        assert (done.code, "cannot read" in done.err) == (3, True)


def test_what_was_typed_cannot_move_the_cursor(cli: Cli) -> None:
    done = cli("keys", "list", "\x1b[2J\u202e")
    assert (done.code, "unexpected extra argument" in done.err) == (2, True)
    assert not {"\x1b", "\u202e"} & {*done.err}
