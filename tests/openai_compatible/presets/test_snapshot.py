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
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import preset, presets
from openai_compatible.profiles.profile import FACTS
from openai_compatible.profiles.registry import GENERIC, profile

SNAPSHOT = Path(__file__).with_name("snapshot.json")
PAGE = Path(__file__).parents[3] / "docs" / "presets.md"


def resolved(row: Preset) -> dict[str, Any]:
    """The profile's name, and the facts that differ from the generic profile's."""
    facts = profile(row.profile)
    return {
        "profile": row.profile,
        **{f: value for f in FACTS if (value := getattr(facts, f)) != getattr(GENERIC, f)},
    }


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
def test_the_page_has_every_preset_with_its_tier_and_evidence(name: str) -> None:
    row, text = preset(name), PAGE.read_text(encoding="utf-8")
    assert f"| [`{name}`](#{name}) | {row.display_name} | `{row.base_url}` | {row.tier} |" in text
    section = text.partition(f"### {name}\n")[2].partition("\n###")[0]
    assert all(one.source in section for one in row.evidence)
    assert all(note in section for note in row.notes)
