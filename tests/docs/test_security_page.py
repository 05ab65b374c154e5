"""Each promise of docs/security.md has a test that exists, and each security test is on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+/test_\w+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize(("file", "function"), NAMED, ids=lambda part: part or "all")
def test_the_test_behind_a_promise_exists(file: str, function: str) -> None:
    text = (TESTS / file).read_text("utf-8")
    assert re.search(rf"^(async )?def {function or 'test_'}", text, re.MULTILINE)


def test_every_row_of_promises_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and "---" not in line]
    promises = [row for row in rows if row != "| promise | test |"]
    assert promises
    assert [row for row in promises if "test_" not in row.rpartition("|")[0].rpartition("|")[2]] == []


def test_every_security_test_stands_on_the_page() -> None:
    elsewhere = {"security/test_tokens.py", "security/test_keys_page.py"}  # of docs/keys.md
    files = {f"security/{path.name}" for path in (TESTS / "security").glob("test_*.py")}
    assert files - {file for file, _ in NAMED} - elsewhere == set()
