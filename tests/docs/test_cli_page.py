"""The page on the command line shows what commands print: each ``console`` block is run, in order.

A line with ``$`` is a command, what follows is its standard output (in a block marked ``console stderr``
its standard error). The server is the scripted one, with more to say of its models. Numbers that differ
from run to run are compared as if they were the same: seconds, versions, the port, the path of the file,
and so the width of columns.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from openai_compatible.cli.app import app, run
from openai_compatible.cli.exit_codes import ROWS
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback
from openai_compatible.testing.scripted import respond

pytestmark = pytest.mark.docs

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
FENCE = re.compile(r"^```(toml|console|json)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVER = "127.0.0.1:8000"
FILE = "~/.config/openai-compatible/providers.toml"
MODELS = [
    {
        "id": "scripted",
        "max_model_len": 32768,
        "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        "supported_parameters": ["tools", "structured_outputs"],
        "pricing": {"prompt": "0.0000002", "completion": "0.0000006"},
    },
    {"id": "scripted-reasoner", "max_model_len": 131072, "supported_parameters": ["tools", "reasoning"]},
    {"id": "scripted-embeddings"},
]


class Block(NamedTuple):
    language: str
    marks: str
    text: str


class Command(NamedTuple):
    line: str
    shown: str


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def blocks() -> list[Block]:
    return [Block(match[1], match[2].strip(), match[3]) for match in FENCE.finditer(page())]


def commands(text: str) -> list[Command]:
    """The commands of a block, each with what is shown below it."""
    found = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert found[0] == "", "a console block begins with a command"
    pairs = (one.partition("\n") for one in found[1:])
    return [Command(line, shown) for line, _, shown in pairs]


def app_of_the_page(seen: Seen) -> Reply:
    if seen.path == "/v1/models":
        return json_reply({"object": "list", "data": MODELS})
    return respond(seen.method, seen.path, seen.headers, seen.body)


def steady(text: str) -> str:
    """Text without what differs from run to run."""
    text = re.sub(r"\b\d+\.\d+ s\b", "0.00 s", text)
    text = re.sub(r'"seconds": [\d.]+', '"seconds": 0.0', text)
    text = re.sub(r"\b\d+\.\d+\.\d+(?!\.\d)[\w.+]*", "0.0.0", text)
    return "\n".join(re.sub(" {2,}", "  ", line).rstrip() for line in text.strip("\n").split("\n"))


class Shell:
    """As much of a shell as the page needs: ``echo TEXT |``, ``> FILE``, ``$?``."""

    def __init__(
        self, folder: Path, server: str, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self._file, self._server = folder / "providers.toml", server
        self._capsys, self._patch = capsys, patch
        self._code = 0

    def write(self, text: str) -> None:
        self._file.write_text(text.replace(SERVER, self._server), encoding="utf-8")

    def types(self, line: str) -> tuple[str, str]:
        """Standard output and error of a command line, as the page would show them."""
        if line == "echo $?":
            return f"{self._code}\n", ""
        piped, _, command = line.rpartition(" | ")
        stdin = f"{shlex.split(piped)[1]}\n" if piped else ""
        words = shlex.split(command)
        target = words[words.index(">") + 1] if ">" in words else None
        assert words.pop(0) == "openai-compatible"
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        self._capsys.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            self._code = run([word for word in words if word not in (">", target)])
        out, err = self._capsys.readouterr()
        if target is not None:
            Path(target).write_text(out, encoding="utf-8")
            out = ""
        return self._shown(out), self._shown(err)

    def _shown(self, text: str) -> str:
        return text.replace(self._server, SERVER).replace(str(self._file), FILE)


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(tmp_path / "providers.toml"))
    with loopback(app_of_the_page) as server:
        yield Shell(tmp_path, server.url.removeprefix("http://"), capsys, monkeypatch)


def test_every_command_of_the_page_prints_what_is_shown(shell: Shell) -> None:
    for language, marks, text in blocks():
        if language == "toml":
            shell.write(text)
        elif language == "console" and marks != "not run":
            for line, shown in commands(text):
                printed = shell.types(line)[marks == "stderr"]
                assert steady(printed) == steady(shown), f"$ {line}\n{printed}"
        elif language == "json" and marks:  # a file of that name
            Path(marks).write_text(text, encoding="utf-8")


def test_the_table_of_exit_codes_is_that_of_the_code() -> None:
    table = "\n".join(f"| {row.code} | {row.meaning} |" for row in ROWS)
    assert f"| code | meaning |\n|---|---|\n{table}\n" in page()


def test_the_page_names_every_command() -> None:
    import typer

    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", {})
        for full in [f"{name} {one}" for one in inner] or [name]:
            assert f"openai-compatible {full}" in page(), full


def test_the_page_names_every_option_of_the_commands_that_ask_servers() -> None:
    import typer

    group = typer.main.get_command(app)
    for name in ("models", "chat", "embed", "explain", "status"):
        command = group.commands[name]  # type: ignore[attr-defined]
        for option in command.params:
            long = next((one for one in option.opts if one.startswith("--")), None)
            assert long is None or long == "--help" or f"`{long}" in page(), f"{name} {long}"


def test_the_index_leads_to_the_page() -> None:
    assert "(cli.md)" in (PAGE.parent / "index.md").read_text(encoding="utf-8")
