"""Each recording has a source and an expectation, and nothing of the machine it was made on."""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path

import pytest

from openai_compatible import errors

FIXTURES = Path(__file__).parent.parent / "fixtures"
FOLDERS = sorted(path for path in FIXTURES.iterdir() if path.is_dir() and path.name != "quirks")
KINDS = {"chat", "stream", "models", "native", "embeddings", "error"}


def read(path: Path) -> dict[str, dict[str, object]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_folder_says_where_it_comes_from(folder: Path) -> None:
    source = read(folder / "SOURCE.toml")
    for case in ({}, *source.get("cases", {}).values()):
        whole = {**source, **case}
        assert isinstance(whole["date"], datetime.date)
        assert all(
            isinstance(whole[key], str) and whole[key] for key in ("server", "version", "command")
        )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_recording_has_an_expectation_and_every_expectation_a_recording(folder: Path) -> None:
    expected = read(folder / "expected.toml")
    assert set(expected) == {path.stem for path in folder.glob("*.http")}
    assert {path.stem for path in folder.glob("*.request")} <= set(expected)
    for case, want in expected.items():
        assert want["kind"] in KINDS, case
        if "error" in want:
            assert str(want["error"]) in errors.__all__, case
        else:
            assert want["kind"] != "error", case


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_recordings_hold_no_key_and_no_home_folder(folder: Path) -> None:
    for path in folder.iterdir():
        data = path.read_bytes()
        assert not re.search(rb"/(home|root|Users|tmp|work)/", data), path.name
        keys = re.findall(rb"\bsk-[A-Za-z0-9_-]+", data)
        assert set(keys) <= {b"sk-example"}, path.name


def test_git_keeps_recordings_byte_for_byte() -> None:
    assert "* -text" in (FIXTURES / ".gitattributes").read_text().splitlines()
