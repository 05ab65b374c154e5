"""What each preset resolves to, as committed text: an edit shows what else it changes.

To accept a change: ``OPENAI_COMPATIBLE_ACCEPT_SNAPSHOT=1 pytest tests/openai_compatible/presets``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.presets.page import page
from openai_compatible.presets.pages import preset_page
from openai_compatible.presets.pages_facts import facts_that_differ
from openai_compatible.presets.pages_quirks import read_quirks
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import preset, presets
from openai_compatible.profiles.registry import profile

SNAPSHOT = Path(__file__).with_name("snapshot.json")
DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "presets.md"
PAGES = DOCS / "presets"
QUIRKS = read_quirks((DOCS / "quirks.md").read_text(encoding="utf-8"))


def resolved(row: Preset) -> dict[str, Any]:
    """The profile's name, and the facts that differ from the generic profile's."""
    return {"profile": row.profile, **facts_that_differ(profile(row.profile))}


def agrees(path: Path, text: str) -> None:
    if os.environ.get("OPENAI_COMPATIBLE_ACCEPT_SNAPSHOT"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_resolved_facts_of_every_preset_are_as_committed() -> None:
    found = {name: resolved(preset(name)) for name in presets()}
    agrees(SNAPSHOT, json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def test_the_page_is_made_of_the_rows() -> None:
    agrees(PAGE, page())


@pytest.mark.parametrize("name", presets())
def test_the_page_of_a_preset_is_made_of_its_row(name: str) -> None:
    agrees(PAGES / f"{name}.md", preset_page(preset(name), QUIRKS))


def test_there_is_a_page_for_every_preset_and_for_nothing_else() -> None:
    assert sorted(path.name for path in PAGES.iterdir()) == sorted(f"{name}.md" for name in presets())


@pytest.mark.parametrize("name", presets())
def test_the_page_has_every_preset_with_its_tier_and_evidence(name: str) -> None:
    row, table = preset(name), PAGE.read_text(encoding="utf-8")
    (line,) = [
        line
        for line in table.splitlines()
        if line.startswith(f"| [`{name}`](presets/{name}.md) |") and row.base_url in line
    ]
    assert line.endswith(f" | {row.tier} | {row.date} |")
    own = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert f"[{row.tier}](../presets.md#tiers), {row.date}" in own
    assert f"<{row.docs}>" in own
    assert all(one.source in own for one in (*row.evidence, *row.start_evidence))
    assert all(text in own for text in (*row.notes, *row.start))
