"""The resolved profile of every name, as committed text: an edit shows what else it changes.

To accept a change: ``OPENAI_COMPATIBLE_ACCEPT_SNAPSHOT=1 pytest tests/meta/test_profile_snapshot.py``.
"""

import os
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from openai_compatible.profiles.profile import Profile
from openai_compatible.profiles.registry import GENERIC, names, profile

SNAPSHOT = Path(__file__).with_name("profiles.txt")
SHIPPED = [name for name in names() if type(profile(name)).__module__.startswith("openai_compatible")]


def described(row: Profile) -> str:
    """Name, then one line a fact; a star marks what differs from the generic profile."""
    lines = [row.name]
    for name in (f.name for f in fields(row) if f.name not in {"name", "evidence"}):
        value = getattr(row, name)
        lines.append(f"  {' ' if value == getattr(GENERIC, name) else '*'} {name} = {value!r}")
    return "\n".join(lines)


def test_resolved_profiles_are_as_committed() -> None:
    text = "\n\n".join(described(profile(name)) for name in SHIPPED) + "\n"
    if os.environ.get("OPENAI_COMPATIBLE_ACCEPT_SNAPSHOT"):
        SNAPSHOT.write_text(text, encoding="utf-8")
    assert text == SNAPSHOT.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != GENERIC.name])
def test_a_profile_says_where_its_facts_were_seen(name: str) -> None:
    row = profile(name)
    assert row.evidence
    for seen in row.evidence:
        assert seen.source
        assert date.fromisoformat(seen.date)
