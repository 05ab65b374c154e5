"""Keys in a file that others see: told, one sentence each, and not shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openai_compatible import OpenAICompatibleWarning, Provider, load_config
from openai_compatible.config.exposure import warnings_about

CANARY = "sk-canary-4711"
posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A provider file that nobody else may read, in no work tree."""
    made = tmp_path / "conf" / "providers.toml"
    made.parent.mkdir()
    made.write_text(
        f"""
        [[providers]]
        name = "lab"
        base_url = "http://127.0.0.1:9"
        api_key = "{CANARY}"
        models.own = {{ api_key = "{CANARY}" }}
        models.none = {{ api_key = "EMPTY" }}

        [[providers]]
        name = "named"
        base_url = "http://127.0.0.1:9"
        api_key_env = "SOME_KEY"

        [[providers]]
        name = "referring"
        base_url = "http://127.0.0.1:9"
        api_key = "${{SOME_KEY}}"
        """
    )
    made.chmod(0o600)
    return made


def providers(file: Path) -> tuple[Provider, ...]:
    return load_config(file).providers


def test_s2_07_a_key_in_a_file_of_ones_own_is_no_warning(file: Path) -> None:
    assert warnings_about(file, providers(file)) == []


@posix
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666, 0o620])
def test_s2_07_a_key_in_a_file_that_others_may_read_is_told(file: Path, mode: int) -> None:
    known = providers(file)
    file.chmod(mode)
    said = warnings_about(file, known)
    assert len(said) == 2
    assert "the key of provider 'lab'" in said[0]
    assert "the key of model 'own' of provider 'lab'" in said[1]
    for line in said:
        assert line.startswith(f"{file}: ")
        assert f"others may read (mode {mode:04o}; chmod 600 ends that)" in line
        assert "api_key_env" in line
        assert "openai-compatible keys set lab" in line
        assert CANARY not in line


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_s2_07_a_key_in_a_git_work_tree_is_told(file: Path, kind: str) -> None:
    known = providers(file)
    tree = file.parent.parent
    if kind == "folder":
        (tree / ".git").mkdir()
    else:
        (tree / ".git").write_text("gitdir: elsewhere")
    said = warnings_about(file, known)
    assert len(said) == 2
    assert f"lies in the git work tree {tree}. Name its source there instead" in said[0]


@posix
def test_a_link_into_a_work_tree_is_followed(file: Path, tmp_path: Path) -> None:
    known = providers(file)
    (file.parent / ".git").mkdir()
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    assert all(f"{link}: " in line and str(file.parent) in line for line in warnings_about(link, known))
    assert len(warnings_about(link, known)) == 2


@posix
def test_a_key_of_a_variable_is_not_in_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[[providers]]\nname = "lab"\nbase_url = "http://127.0.0.1:9"\n')
    file.chmod(0o644)
    monkeypatch.setenv("OPENAI_COMPATIBLE__LAB__API_KEY", CANARY)
    assert warnings_about(file, providers(file)) == []


def test_a_file_that_is_not_there_is_no_warning(file: Path) -> None:
    known = providers(file)
    file.unlink()
    assert warnings_about(file, known) == []


@posix
def test_s2_07_loading_a_file_warns(file: Path) -> None:
    file.chmod(0o644)
    with pytest.warns(
        OpenAICompatibleWarning, match="written in this file, which others may read"
    ) as told:
        load_config(file)
    assert {one.filename for one in told} == {__file__}
