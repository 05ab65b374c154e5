"""``docs/seeds.md`` has every item of the five guides once, and says of none more than the tests do."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "seeds.md"
ITEMS = {"S0": 56, "S1": 83, "S2": 58, "S3": 91, "S4": 29}
RULES = 15
STATES = {"tested", "documented", "later", "not for a library"}
ROW = re.compile(r"^\| ([SX]\d+(?:-\d\d)?) \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)
LINK = re.compile(r"\[[^]]+\]\(([^)#]*)(?:#([^)]*))?\)")
NAMED = re.compile(r"`(test_\w+)`")
ID = re.compile(r"s([0-4])_(\d\d)(?!\d)")
SPAN = re.compile(r"s([0-4])_(\d\d)_to_s\1_(\d\d)(?!\d)")


class Row(NamedTuple):
    """One line of a table."""

    key: str
    fact: str
    state: str
    where: str

    @property
    def links(self) -> list[tuple[Path, str]]:
        """Files with the headings in them that are linked."""
        return [((PAGE.parent / path).resolve(), heading) for path, heading in LINK.findall(self.where)]


ROWS = [Row(*found) for found in ROW.findall(PAGE.read_text(encoding="utf-8"))]
ITEM_ROWS = [row for row in ROWS if row.key.startswith("S")]
RULE_ROWS = [row for row in ROWS if row.key.startswith("X")]


def ids(name: str) -> set[str]:
    """Items that a test is named after.

    >>> sorted(ids("test_S1_23_to_S1_25_and_s3_02_hold"))
    ['S1-23', 'S1-24', 'S1-25', 'S3-02']
    """
    name = name.lower()
    found = {f"S{guide}-{number}" for guide, number in ID.findall(name)}
    for guide, first, last in SPAN.findall(name):
        found |= {f"S{guide}-{number:02d}" for number in range(int(first), int(last) + 1)}
    return found


def files_of_tests() -> dict[str, set[Path]]:
    """Files of each test."""
    found: dict[str, set[Path]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
                "test_"
            ):
                found[node.name].add(path)
    return found


TESTS = files_of_tests()
FILES: dict[str, set[Path]] = defaultdict(set)
for test_name, paths in TESTS.items():
    for item in ids(test_name):
        FILES[item] |= paths


def test_every_item_and_every_rule_is_there_once_in_order() -> None:
    items = [f"{guide}-{n:02d}" for guide, last in ITEMS.items() for n in range(1, last + 1)]
    assert len(items) == 317
    assert [row.key for row in ITEM_ROWS] == items
    assert [row.key for row in RULE_ROWS] == [f"X{number}" for number in range(1, RULES + 1)]


def test_every_state_is_one_that_the_page_explains() -> None:
    assert [row.key for row in ITEM_ROWS if row.state not in STATES or not row.fact] == []
    text = PAGE.read_text(encoding="utf-8")
    assert [state for state in STATES if f"* **{state}**" not in text] == []


def test_what_is_tested_has_a_test_named_after_it_or_names_one() -> None:
    without = [
        row.key
        for row in ITEM_ROWS
        if row.state == "tested" and not FILES[row.key] and not NAMED.findall(row.where)
    ]
    assert without == []


def test_an_item_with_a_test_of_its_name_is_called_tested() -> None:
    state = {row.key: row.state for row in ITEM_ROWS}
    assert {item: state.get(item) for item, files in FILES.items() if files} == {
        item: "tested" for item, files in FILES.items() if files
    }


def test_a_test_that_is_named_exists() -> None:
    named = {name for row in ROWS for name in NAMED.findall(f"{row.where}{row.state}")}
    assert sorted(named - TESTS.keys()) == []


@pytest.mark.parametrize("row", ITEM_ROWS, ids=lambda row: row.key)
def test_a_linked_file_of_tests_has_one_named_after_the_row(row: Row) -> None:
    linked = {path for path, _ in row.links if path.suffix == ".py"}
    assert linked <= FILES[row.key]
    assert bool(linked) == bool(FILES[row.key])


def test_linked_pages_and_their_headings_exist() -> None:
    broken = [
        f"{row.key}: {path.name}#{heading}"
        for row in ROWS
        for path, heading in row.links
        if not path.is_file() or (heading and heading not in headings(path))
    ]
    assert broken == []


def headings(page: Path) -> set[str]:
    """Names under which the headings of a page can be linked."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


def test_what_has_no_test_says_where_it_is_or_what_there_is_instead() -> None:
    silent = [row.key for row in ITEM_ROWS if row.state != "tested" and not row.where.strip()]
    unlinked = [row.key for row in ITEM_ROWS if row.state == "documented" and not LINK.search(row.where)]
    assert [*silent, *unlinked] == [key for key in unlinked if key in {"S2-01", "S2-47"}]


def test_ids_are_read_from_names() -> None:
    assert ids("test_S1_23_to_S1_25_and_s3_02_hold") == {"S1-23", "S1-24", "S1-25", "S3-02"}
    assert ids("test_s1_222_is_none_and_gpus1_2_neither") == set()
