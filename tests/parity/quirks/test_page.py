"""The page of quirks says what the fixtures say, and every proof it names exists."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def test_the_page_is_made_of_the_fixtures() -> None:
    made = runpy.run_path(str(Path(__file__).with_name("page.py")))["page"]()
    assert (ROOT / "docs" / "quirks.md").read_text("utf-8") == made, (
        "run: python3 tests/parity/quirks/page.py > docs/quirks.md"
    )


def test_every_entry_has_a_case_or_a_test_that_exists(quirks: Any) -> None:
    assert len(quirks) == 150
    for quirk in quirks:
        proofs = quirk.facts.get("proof", [])
        assert quirk.cases or proofs, quirk.id
        for proof in proofs:
            path, _, name = proof.partition("::")
            assert (ROOT / path).is_file(), (quirk.id, proof)
            assert f"def {name}(" in (ROOT / path).read_text("utf-8") or not name, (quirk.id, proof)
