"""``providers edit``, ``remove``, ``enable``, ``disable``: one thing changes, everything else stays."""

from __future__ import annotations

import json
import stat
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.cli.screen import Screen

Cli = Callable[..., Any]
Configured = Callable[..., Path]

TEXT = """\
version = 2
# my own machine
[[providers]]
name = "local"          # here
base_url = "http://127.0.0.1:8000/v1"
api_key_env = "LOCAL_KEY"

[providers.models.small]
id = "qwen3-0.6b"

[[providers]]
name = "other"
base_url = "http://127.0.0.1:9000/v1"

[providers.models.large]
id = "qwen3-32b"

[routes.main]
primary = "local/small"
fallback = ["other/large", "local"]

[routes.alias]
primary = "small"
"""


@pytest.fixture
def path(configured: Configured) -> Path:
    return configured(TEXT)


def provider(path: Path, name: str) -> dict[str, Any]:
    return next(one for one in tomllib.loads(path.read_text())["providers"] if one["name"] == name)


def test_a_field_is_set_and_the_comments_stay(cli: Cli, path: Path) -> None:
    done = cli("providers", "edit", "local", "--set", "priority=1", "--set", "timeout.idle=30")
    assert done.code == 0
    assert provider(path, "local")["priority"] == 1
    assert provider(path, "local")["timeout"] == {"idle": 30}
    assert "# my own machine" in path.read_text()
    assert 'name = "local"          # here' in path.read_text()
    assert "priority = 1" in done.out


def test_text_needs_no_quotes_and_toml_is_read(cli: Cli, path: Path) -> None:
    words = [
        "default_model=7b",
        'api_key_command=["op", "read"]',
        'headers.X-A="a=b"',
        "tls.verify=false",
    ]
    assert (
        cli("providers", "edit", "local", *(word for one in words for word in ("--set", one))).code == 0
    )
    found = provider(path, "local")
    assert found["default_model"] == "7b"
    assert found["api_key_command"] == ["op", "read"]
    assert found["headers"] == {"X-A": "a=b"}
    assert found["tls"] == {"verify": False}
    assert "api_key_env" not in found  # a new key source takes the place of the old one


def test_s1_53_a_models_id_is_corrected(cli: Cli, path: Path) -> None:
    assert cli("providers", "edit", "local", "--model", "small", "--set", "id=qwen3-0.6b-q8").code == 0
    assert cli("providers", "edit", "local", "-m", "small", "--set", "context_window=4096").code == 0
    assert provider(path, "local")["models"] == {
        "small": {"id": "qwen3-0.6b-q8", "context_window": 4096}
    }


def test_s4_10_models_are_added_by_the_servers_id(cli: Cli, path: Path) -> None:
    words = [
        "--set",
        "models.new=org/New",
        "--set",
        'models."gpt-4.1".tools=true',
        "--unset",
        "models.small",
    ]
    assert cli("providers", "edit", "local", *words).code == 0
    assert provider(path, "local")["models"] == {"new": {"id": "org/New"}, "gpt-4.1": {"tools": True}}


def test_a_field_is_taken_out(cli: Cli, path: Path) -> None:
    assert cli("providers", "edit", "local", "--unset", "api_key_env").code == 0
    assert "api_key_env" not in provider(path, "local")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "base_ulr=http://x"], "base_url"),
        (["--set", "priority=high"], "priority"),
        (["--set", "models.small.tool=true"], "tools"),
        (["--set", "priority"], "field=value"),
        (["--set", "base_url=nothing at all"], "base URL"),
        (["--unset", "nothing"], "nothing"),
    ],
)
def test_what_fits_nothing_is_told_and_changes_nothing(
    cli: Cli, path: Path, words: list[str], told: str
) -> None:
    done = cli("providers", "edit", "local", *words)
    assert done.code == 3
    assert told in done.err
    assert path.read_text() == TEXT


@pytest.mark.parametrize(
    "word",
    [
        "api_key=sk-canary-12345678",
        "models.small.api_key=sk-canary-12345678",
        "headers.Authorization=Bearer sk-canary-12345678",
        "api_key_env=sk-canary-12345678",
        'models={small={api_key="sk-canary-12345678"}}',
    ],
)
def test_s1_65_a_key_on_the_command_line_is_refused_and_not_repeated(
    cli: Cli, path: Path, word: str
) -> None:
    done = cli("providers", "edit", "local", "--set", word)
    assert done.code == 3
    assert "command line" in done.err
    assert "canary" not in done.out + done.err
    assert path.read_text() == TEXT


def test_references_and_placeholders_may_stand_on_the_command_line(cli: Cli, path: Path) -> None:
    assert cli("providers", "edit", "local", "--set", "api_key=EMPTY").code == 0
    assert cli("providers", "edit", "other", "--set", "headers.X-Key=${OTHER_KEY}").code == 0
    assert provider(path, "local")["api_key"] == "EMPTY"
    assert provider(path, "other")["headers"] == {"X-Key": "${OTHER_KEY}"}


def test_a_base_url_of_another_host_takes_the_key_away_and_says_so(cli: Cli, path: Path) -> None:
    done = cli("providers", "edit", "local", "--set", "base_url=https://elsewhere.example/v1")
    assert "api_key_env" in done.err
    assert "api_key_env" not in provider(path, "local")


def test_a_new_name_is_written_into_the_routes(cli: Cli, path: Path) -> None:
    done = cli("providers", "edit", "local", "--set", "name=vllm", "--json")
    assert json.loads(done.out)["routes"] == ["main"]
    assert tomllib.loads(path.read_text())["routes"]["main"] == {
        "primary": "vllm/small",
        "fallback": ["other/large", "vllm"],
    }


def test_without_a_terminal_an_edit_needs_set(cli: Cli, path: Path) -> None:
    done = cli("providers", "edit", "local")
    assert done.code == 2
    assert "--set" in done.err


def test_an_unknown_provider_is_told_with_the_known_ones(cli: Cli, path: Path) -> None:
    done = cli("providers", "edit", "locl", "--set", "priority=1")
    assert done.code == 3
    assert "local, other" in done.err


# ---------------------------------------------------------------- in an editor


@pytest.fixture
def editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Makes $EDITOR a program that changes the file as this code does; ``text`` is the file's."""
    monkeypatch.setattr(Screen, "interactive", True)
    monkeypatch.delenv("VISUAL", raising=False)

    def use(code: str) -> None:
        program = tmp_path / "editor.py"
        program.write_text(
            "import os, pathlib, stat, sys\n"
            "path = pathlib.Path(sys.argv[-1])\ntext = path.read_text()\n"
            f"print(oct(stat.S_IMODE(os.stat(path.parent).st_mode)))\n{code}\npath.write_text(text)\n"
        )
        monkeypatch.setenv("EDITOR", f'"{sys.executable}" "{program}"')

    return use


def test_without_options_the_file_is_edited_as_a_whole(
    cli: Cli, path: Path, editor: Callable[[str], None]
) -> None:
    editor("text = text.replace('9000', '9001') + '# by hand\\n'")
    done = cli("providers", "edit", "other")
    assert done.code == 0
    assert path.read_text() == TEXT.replace("9000", "9001") + "# by hand\n"


def test_an_edit_that_changes_nothing_writes_nothing(
    cli: Cli, path: Path, editor: Callable[[str], None]
) -> None:
    editor("")
    before = path.stat().st_mtime_ns
    assert "Nothing was changed" in cli("providers", "edit", "other").out
    assert path.stat().st_mtime_ns == before


def test_a_mistake_made_in_the_editor_is_never_written(
    cli: Cli, path: Path, editor: Callable[[str], None]
) -> None:
    editor("text = text.replace('base_url', 'base_ulr')")
    done = cli("providers", "edit", "other", stdin=b"n\n")
    assert done.code == 3
    assert "base_url" in done.err
    assert path.read_text() == TEXT


def test_after_a_mistake_one_can_go_on_editing(
    cli: Cli, path: Path, editor: Callable[[str], None]
) -> None:
    editor("text = text.replace('oops', '# fine') if 'oops' in text else text + 'oops\\n'")
    done = cli("providers", "edit", "other", stdin=b"y\n")
    assert "TOML" in done.err
    assert done.code == 0
    assert path.read_text() == TEXT + "# fine\n"


def test_what_another_program_saved_meanwhile_is_not_overwritten(
    cli: Cli, path: Path, editor: Callable[[str], None]
) -> None:
    editor(f"open({str(path)!r}, 'a').write('# theirs\\n')\ntext += '# mine\\n'")
    done = cli("providers", "edit", "other")
    assert done.code == 3
    assert "another program" in done.err
    assert path.read_text() == TEXT + "# theirs\n"


def test_an_editor_that_fails_or_is_missing_is_an_error(
    cli: Cli, path: Path, editor: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    editor("sys.exit(1)")
    assert cli("providers", "edit", "other").code == 3
    monkeypatch.setenv("EDITOR", "no-such-editor-here")
    done = cli("providers", "edit", "other")
    assert done.code == 3
    assert "$EDITOR" in done.err
    assert path.read_text() == TEXT


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_a_literal_key_that_was_typed_in_the_editor_is_for_the_owner_alone(
    cli: Cli, path: Path, editor: Callable[[str], None]
) -> None:
    path.chmod(0o644)
    editor("text = text.replace('api_key_env = \"LOCAL_KEY\"', 'api_key = \"sk-own\"')")
    assert cli("providers", "edit", "local").code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# ---------------------------------------------------------------- remove


def test_a_provider_in_a_route_is_not_removed_without_force(cli: Cli, path: Path) -> None:
    done = cli("providers", "remove", "local", "--yes")
    assert done.code == 3
    assert "main, alias" in done.err
    assert "--force" in done.err
    assert path.read_text() == TEXT


def test_force_takes_it_out_of_the_routes(cli: Cli, path: Path) -> None:
    done = cli("providers", "remove", "local", "--yes", "--force", "--json")
    told = json.loads(done.out)
    assert told["routes"] == {"main": "kept", "alias": "gone"}
    left = tomllib.loads(path.read_text())
    assert [one["name"] for one in left["providers"]] == ["other"]
    assert left["routes"] == {"main": {"primary": "other/large"}}


def test_an_alias_that_another_provider_has_too_keeps_its_route(
    cli: Cli, configured: Configured
) -> None:
    path = configured(TEXT.replace("models.large", "models.small").replace("other/large", "other/small"))
    done = cli("providers", "remove", "local", "--yes", "--force", "--json")
    assert json.loads(done.out)["routes"] == {"main": "kept"}
    assert tomllib.loads(path.read_text())["routes"]["alias"] == {"primary": "small"}


def test_removing_asks_and_without_a_terminal_needs_yes(
    cli: Cli, configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = configured(a="http://a:1", b="http://b:1")
    before = path.read_text()
    done = cli("providers", "remove", "a")
    assert done.code == 2
    assert "--yes" in done.err
    monkeypatch.setattr(Screen, "interactive", True)
    assert "Nothing was changed" in cli("providers", "remove", "a", stdin=b"n\n").out
    assert path.read_text() == before
    assert cli("providers", "remove", "a", stdin=b"y\n").code == 0
    assert [one["name"] for one in tomllib.loads(path.read_text())["providers"]] == ["b"]


# ---------------------------------------------------------------- enable and disable


def test_a_provider_is_disabled_and_enabled_again(cli: Cli, path: Path) -> None:
    assert cli("providers", "disable", "local").out == "local is disabled.\n"
    assert provider(path, "local")["enabled"] is False
    assert cli("providers", "disable", "local").out == "local is disabled already.\n"
    assert json.loads(cli("providers", "enable", "local", "--json").out) == {
        "provider": "local",
        "enabled": True,
        "changed": True,
    }
    assert provider(path, "local")["enabled"] is True
    assert cli("providers", "enable", "nobody").code == 3
