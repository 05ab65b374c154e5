"""``schema``: for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from openai_compatible.config.schema import schema


def test_S1_11_and_S1_17_the_schema_of_the_file_is_printed(cli: Any) -> None:
    for words in ([], ["--json"]):
        ran = cli("schema", *words)
        assert (ran.code, ran.err) == (0, "")
        assert json.loads(ran.out) == schema()


def test_it_is_written_into_a_file(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "providers.schema.json"
    assert cli("schema", "-o", str(path)).out == f"Written: {path}\n"
    assert json.loads(path.read_text()) == schema()
    assert json.loads(cli("schema", "-o", str(path), "--json").out) == {"file": str(path)}
    assert cli("schema", "-o", str(tmp_path / "none" / "x")).code == 3
