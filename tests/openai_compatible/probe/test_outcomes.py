"""Rows of outcomes, and the page that is made of them.

To accept a changed page: ``OPENAI_COMPATIBLE_ACCEPT_SNAPSHOT=1 pytest tests/openai_compatible/probe``.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from openai_compatible.probe.outcomes import OUTCOMES, Outcome, outcome, stage
from openai_compatible.probe.page import page
from openai_compatible.probe.stages import STAGES

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "connection-test.md"
SOURCES = ROOT / "packages/openai-compatible/src/openai_compatible/probe"


def ids(row: Outcome) -> str:
    return f"{row.stage}-{row.id}"


def test_an_outcome_is_one_row_and_rows_are_in_the_order_of_the_stages() -> None:
    assert [key for key, times in Counter(map(ids, OUTCOMES)).items() if times > 1] == []
    of_stages = list(dict.fromkeys(row.stage for row in OUTCOMES if row.id != "skipped"))
    assert of_stages == list(STAGES)


@pytest.mark.parametrize("row", OUTCOMES, ids=ids)
def test_what_is_wrong_says_what_to_change_and_every_row_where_it_was_seen(row: Outcome) -> None:
    assert row.text
    assert row.source
    assert row.change or row.ok is not False
    assert row.ok is not None or row.change == "" or row.id in ("empty", "which")
    facts = dict.fromkeys(re.findall(r"\{(\w+)\}", f"{row.text}{row.change}"), "x")
    assert stage(row.stage, row.id, 0.5, **facts).ok is row.ok


@pytest.mark.parametrize("row", OUTCOMES, ids=ids)
def test_every_row_can_happen(row: Outcome) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.py"))
    reach = (SOURCES.parent / "transport" / "reach.py").read_text(encoding="utf-8")
    rows = sum(path.count(f'"{row.id}"') for path in _rows())
    assert (text + reach).count(f'"{row.id}"') > rows or row.id in ("skipped",)


def _rows() -> list[str]:
    names = ("before_http", "over_http", "about_models")
    return [(SOURCES / f"{name}.py").read_text(encoding="utf-8") for name in names]


def test_a_stage_and_an_id_name_a_row() -> None:
    assert outcome("tls", "expired").ok is False
    with pytest.raises(KeyError):
        outcome("tls", "no-such-id")


def test_the_page_is_made_of_the_rows() -> None:
    if os.environ.get("OPENAI_COMPATIBLE_ACCEPT_SNAPSHOT"):
        PAGE.write_text(page(), encoding="utf-8")
    assert page() == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("row", OUTCOMES, ids=ids)
def test_the_page_has_every_outcome(row: Outcome) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"`{row.id}`" in text
    assert "{" not in text.partition("## Outcomes")[2]
