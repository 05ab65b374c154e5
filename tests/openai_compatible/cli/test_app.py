"""The whole of it: help, codes, streams, imports."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from openai_compatible import __version__, cli
from openai_compatible.cli.exit_codes import ROWS

COMMANDS = ["models", "chat", "embed", "explain", "status", "schema", "plugins", "demo", "providers"]
LAZY = {"openai", "httpx", "httpx2", "langchain_core", "llama_index.core", "tomlkit", "keyring"}


@pytest.mark.parametrize("command", [*COMMANDS, "keys"])
def test_help_names_json_or_commands_and_is_ascii(command: str, cli: Any) -> None:
    ran = cli(command, "--help")
    assert ran.code == 0
    assert "Usage: openai-compatible" in ran.out
    assert "--json" in ran.out or "Commands:" in ran.out
    assert ran.out.isascii()


def test_help_has_every_exit_code(cli: Any) -> None:
    out = " ".join(cli("--help").out.split())
    for row in ROWS:
        assert f"{row.code}: {row.meaning}" in out


def test_the_version_is_told(cli: Any) -> None:
    assert cli("--version").out == f"{__version__}\n"


def test_without_a_command_there_is_help(cli: Any) -> None:
    ran = cli()
    assert ran.code == 2
    assert "Commands:" in ran.out + ran.err


@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_help_loads_no_network_library_and_no_framework(command: str) -> None:
    words = [*([command] if command else []), "--help"]
    code = (
        f"from openai_compatible.cli.app import run\nimport sys\nassert run({words!r}) == 0\n"
        f"print('LOADED', *sorted(set(sys.modules) & {LAZY!r}))\n"
        "print(*sorted(m for m in sys.modules if m.startswith('openai_compatible.transport')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("LOADED\n\n")


def test_a_wrong_command_is_a_usage_error(cli: Any) -> None:
    assert cli("chatt").code == 2
    ran = cli("chatt", "--json")
    assert json.loads(ran.out)["error"]["type"] == "UsageError"


def test_warnings_are_one_line_beside_the_answer(configured: Any, cli: Any) -> None:
    from openai_compatible.testing.loopback import in_order, json_reply, loopback

    said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    refused = json_reply({"error": {"message": said, "param": "max_tokens"}}, 400)
    answer = json_reply({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})
    with loopback(in_order(refused, answer)) as server:
        configured(local=server.base_url)
        ran = cli("chat", "local/m", "Hello", "--no-stream", "--max-tokens", "5")
    assert ran.out == "hi\n"
    (line,) = [line for line in ran.err.splitlines() if line.startswith("warning: ")]
    assert "max_completion_tokens" in line


def test_what_the_command_line_needs_is_told_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name in list(sys.modules):
        if name.startswith(("openai_compatible.cli.", "typer")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typer", None)
    assert cli.main() == 3
    assert 'pip install "openai-compatible[cli]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["models", "local"],
        ["models", "--json"],
        ["status"],
        ["embed", "local/m", "Grüße →"],
        ["explain", "local/m", "Grüße →"],
        ["chat", "lökal/m", "Hello"],
        ["--help"],
    ],
)
def test_S2_26_every_command_works_on_an_ascii_terminal(
    words: list[str], configured: Any, program: Any
) -> None:
    from openai_compatible.testing.loopback import json_reply, loopback, routes

    vectors = {"data": [{"index": 0, "embedding": [0.5]}]}
    listed = {"data": [{"id": "模型→\U0001f600"}]}
    app = routes({"GET /v1/models": json_reply(listed), "POST /v1/embeddings": json_reply(vectors)})
    with loopback(app) as server:
        configured('display_name = "Größe"', local=server.base_url)
        process = program(*words, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
        out, err = process.communicate(timeout=60)
    assert process.returncode == (3 if "lökal/m" in words else 0), err
    assert out.isascii()
    assert err.isascii()
    assert out or err
    assert b"Traceback" not in err
