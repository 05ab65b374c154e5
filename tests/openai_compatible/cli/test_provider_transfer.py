"""``providers import`` and ``export``: what is taken, what is not, and never a key unasked."""

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
from openai_compatible.config.exporters import FORMATS as EXPORTED
from openai_compatible.config.importers import FORMATS as IMPORTED
from openai_compatible.config.load import load_config

Cli = Callable[..., Any]
Configured = Callable[..., Path]

DATA = Path(__file__).parents[1] / "config/importers/data"
KEY = "sk-canary-0815-abcdef"
GPTME = f"""
[[providers]]
name = "vllm-local"
base_url = "http://localhost:8000/v1"
default_model = "meta-llama/Llama-3.1-8B"

[[providers]]
name = "hosted"
base_url = "https://llm.example.com/v1"
api_key = "{KEY}"
"""


@pytest.fixture
def gptme(tmp_path: Path) -> Path:
    path = tmp_path / "gptme.toml"
    path.write_text(GPTME)
    return path


def names(path: Path) -> list[str]:
    return [one["name"] for one in tomllib.loads(path.read_text()).get("providers", [])]


def test_s2_02_providers_are_imported_from_a_file_whose_format_is_told_from_its_name(
    cli: Cli, configured: Configured, gptme: Path
) -> None:
    path = configured(mine="http://mine:1")
    done = cli("providers", "import", "auto", str(gptme))
    assert done.code == 0
    assert names(path) == ["mine", "vllm-local", "hosted"]
    assert "vllm-local, hosted: added" in done.out
    assert "HOSTED_API_KEY" in done.err  # where its key is to be put
    assert KEY not in done.out + done.err + path.read_text()
    assert len(load_config().providers) == 3


def test_a_dry_run_writes_nothing(cli: Cli, configured: Configured, gptme: Path) -> None:
    path = configured(mine="http://mine:1")
    before = path.read_text()
    done = cli("providers", "import", "gptme", str(gptme), "--dry-run")
    assert 'name = "vllm-local"' in done.out
    assert "would be added" in done.out
    told = json.loads(cli("providers", "import", "gptme", str(gptme), "--dry-run", "--json").out)
    assert told["written"] is False
    assert told["formats"][0]["added"] == ["vllm-local", "hosted"]
    assert path.read_text() == before


def test_names_that_are_taken_are_skipped_unless_overwritten(
    cli: Cli, configured: Configured, gptme: Path
) -> None:
    path = configured(
        '[[providers]]\nname = "hosted"  # mine\nbase_url = "http://mine:1"\npriority = 1\n'
    )
    done = cli("providers", "import", "gptme", str(gptme))
    assert "hosted: skipped" in done.err
    assert tomllib.loads(path.read_text())["providers"][0]["priority"] == 1
    assert cli("providers", "import", "gptme", str(gptme), "--overwrite").code == 0
    found = tomllib.loads(path.read_text())["providers"][0]
    assert found == {
        "name": "hosted",
        "base_url": "https://llm.example.com/v1",
        "api_key_env": "HOSTED_API_KEY",
    }
    assert "# mine" in path.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_keys_are_copied_only_if_asked_and_then_for_the_owner_alone(
    cli: Cli, configured: Configured, gptme: Path
) -> None:
    path = configured()
    done = cli("providers", "import", "gptme", str(gptme), "--keep-keys")
    assert KEY in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KEY not in done.out + done.err


def test_two_files_of_one_program_and_files_of_several(
    cli: Cli, configured: Configured, gptme: Path
) -> None:
    path = configured()
    pony = [str(DATA / f"ponybunny-{name}.json") for name in ("credentials", "llm-config")]
    copies = [gptme.parent / "credentials.json", gptme.parent / "llm-config.json"]
    for source, copy in zip(pony, copies, strict=True):
        copy.write_text(Path(source).read_text())
    done = cli("providers", "import", "auto", *map(str, copies), str(gptme), "--json")
    assert [one["format"] for one in json.loads(done.out)["formats"]] == ["ponybunny", "gptme"]
    assert "vllm-local" in names(path)
    assert len(names(path)) > 2


def test_standard_input_is_a_file_too(cli: Cli, configured: Configured) -> None:
    path = configured()
    form = (DATA / "openwork-vllm.txt").read_bytes()
    assert cli("providers", "import", "form", "-", stdin=form).code == 0
    assert names(path) == ["vllm-local"]


def test_the_variables_of_the_openai_sdk_are_imported_when_asked(
    cli: Cli, configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = configured()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    done = cli("providers", "import", "environment")
    assert done.code == 0
    assert tomllib.loads(path.read_text())["providers"] == [
        {
            "name": "localhost-8000",
            "base_url": "http://localhost:8000/v1",
            "api_key_env": "OPENAI_API_KEY",
        }
    ]
    assert KEY not in done.out + done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing", "x.json"], "cannot read"),
        (["gptme"], "no file"),
        (["auto", "FILE.ini"], "format"),
        (["opencode", "gptme.toml"], "gptme.toml"),
        (["bogus", "gptme.toml"], "no format"),
    ],
)
def test_what_cannot_be_imported_is_told_and_changes_nothing(
    cli: Cli,
    configured: Configured,
    gptme: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(gptme.parent)
    (gptme.parent / "FILE.ini").write_text("a = 1")
    path = configured(mine="http://mine:1")
    before = path.read_text()
    done = cli("providers", "import", *words)
    assert done.code == 3
    assert told in done.err
    assert path.read_text() == before


def test_text_of_a_foreign_file_is_escaped(cli: Cli, configured: Configured, gptme: Path) -> None:
    configured()
    gptme.write_text(
        '[[providers]]\nname = "a\\u001b[31m\\u202eb"\nbase_url = "http://a:1"\n"odd\\u001b[1m" = 1\n'
    )
    done = cli("providers", "import", "gptme", str(gptme))
    assert "\x1b" not in done.out + done.err
    assert "\u202e" not in done.out + done.err


# ---------------------------------------------------------------- export


@pytest.mark.parametrize("form", sorted(EXPORTED))
def test_every_format_is_exported_with_notes_beside_it_and_without_keys(
    cli: Cli, configured: Configured, form: str
) -> None:
    configured(
        f'[[providers]]\nname = "a"\nbase_url = "http://a:1/v1"\napi_key = "{KEY}"\nprofile = "vllm"\n'
        'default_model = "m"\n'
    ).chmod(0o600)
    done = cli("providers", "export", form)
    assert done.code == 0
    assert "http://a:1/v1" in done.out
    assert "note: a: other programs have no profiles" in done.err
    assert "note:" not in done.out
    told = json.loads(cli("providers", "export", form, "--json").out)
    assert told["text"] == done.out
    assert any("profiles" in note for note in told["notes"])
    assert KEY not in done.out + done.err


def test_an_export_goes_into_a_file_that_is_not_replaced_unasked(
    cli: Cli, configured: Configured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(a="http://a:1/v1")
    target = tmp_path / "out.json"
    assert cli("providers", "export", "opencode", "-o", str(target)).code == 0
    first = target.read_text()
    assert json.loads(first)
    target.write_text("mine")
    refused = cli("providers", "export", "opencode", "-o", str(target))
    assert refused.code == 2
    assert "--yes" in refused.err
    assert target.read_text() == "mine"
    monkeypatch.setattr(Screen, "interactive", True)
    assert "Nothing" in cli("providers", "export", "opencode", "-o", str(target), stdin=b"n\n").out
    assert cli("providers", "export", "opencode", "-o", str(target), "--yes").code == 0
    assert target.read_text() == first


def test_the_help_names_every_format(cli: Cli) -> None:
    for command, formats in (("import", ["auto", *IMPORTED]), ("export", list(EXPORTED))):
        text = " ".join(cli("providers", command, "--help").out.split())
        for form in formats:
            assert form in text
