"""What a writer that was killed left is removed by the next one, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from openai_compatible.config.atomic import rewrite


def test_leftovers_of_a_name_with_brackets_are_its_own(tmp_path: Path) -> None:
    own, other = tmp_path / ".[a].toml.0123.new", tmp_path / ".a.toml.0123.new"
    own.write_text("")
    other.write_text("of another writer")
    assert rewrite(tmp_path / "[a].toml", lambda text: "new")
    assert (own.exists(), other.exists()) == (False, True)
