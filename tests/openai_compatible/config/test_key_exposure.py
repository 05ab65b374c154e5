"""Keys in a file that others see: told, one sentence each, and not shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openai_compatible import ConfigError, OpenAICompatibleWarning, Provider, load_config
from openai_compatible.config.exposure import exposed
from openai_compatible.config.file import read

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
    return read(file.read_text(), file).providers


def test_s2_07_a_key_in_a_file_of_ones_own_is_seen_by_nobody_else(file: Path) -> None:
    assert [key.public for key in exposed(file, providers(file))] == [False, False]


@posix
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666, 0o620])
def test_s2_07_a_key_in_a_file_that_others_may_read_is_told(file: Path, mode: int) -> None:
    known = providers(file)
    file.chmod(mode)
    said = exposed(file, known)
    assert len(said) == 2
    assert "the key of provider 'lab'" in said[0].text
    assert "the key of model 'own' of provider 'lab'" in said[1].text
    for key in said:
        assert key.public is bool(mode & 0o007)
        assert key.text.startswith(f"{file}: ")
        assert f"may read (mode {mode:04o}; chmod 600 ends that)" in key.text
        assert "api_key_env" in key.hint
        assert "openai-compatible keys set lab" in key.hint
        assert CANARY not in str(key)


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_s2_07_a_key_in_a_git_work_tree_is_told(file: Path, kind: str) -> None:
    known = providers(file)
    tree = file.parent.parent
    if kind == "folder":
        (tree / ".git").mkdir()
    else:
        (tree / ".git").write_text("gitdir: elsewhere")
    said = exposed(file, known)
    assert [key.public for key in said] == [True, True]
    assert said[0].text.endswith(f"lies in the git work tree {tree}")


@posix
def test_a_link_into_a_work_tree_is_followed(file: Path, tmp_path: Path) -> None:
    known = providers(file)
    (file.parent / ".git").mkdir()
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    said = exposed(link, known)
    assert all(f"{link}: " in key.text and str(file.parent) in key.text for key in said)
    assert len(said) == 2


@posix
def test_a_key_of_a_variable_is_not_in_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[[providers]]\nname = "lab"\nbase_url = "http://127.0.0.1:9"\n')
    file.chmod(0o644)
    monkeypatch.setenv("OPENAI_COMPATIBLE__LAB__API_KEY", CANARY)
    assert exposed(file, load_config(file).providers) == []


def test_a_file_that_is_not_there_is_no_warning(file: Path) -> None:
    known = providers(file)
    file.unlink()
    assert not any(key.public for key in exposed(file, known))


def test_s2_07_loading_a_file_with_a_key_warns(file: Path) -> None:
    with pytest.warns(OpenAICompatibleWarning, match="written in this file. Name its source") as told:
        assert len(load_config(file).providers) == 3
    assert {one.filename for one in told} == {__file__}
    assert CANARY not in str([str(one.message) for one in told])


@posix
def test_s2_07_a_file_that_shows_a_key_to_others_is_refused(file: Path) -> None:
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="which others may read .*chmod 600.*allow_plain_keys") as told:
        load_config(file)
    assert CANARY not in f"{told.value!r}"


@posix
def test_x12_who_means_it_says_so(file: Path) -> None:
    file.write_text(f"allow_plain_keys = true\n{file.read_text()}")
    file.chmod(0o644)
    (file.parent / ".git").mkdir()
    assert len(load_config(file).providers) == 3
    file.write_text(f"allow_plain_keys = 'yes'\n{file.read_text()}")
    with pytest.raises(
        ConfigError, match="providers.toml:1: allow_plain_keys is neither true nor false"
    ):
        read("allow_plain_keys = 1\n", file)
