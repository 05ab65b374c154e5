"""``docs/configuration.md`` lists the fields in which ``${NAME}`` is a variable."""

from __future__ import annotations

import re
from pathlib import Path

from openai_compatible.config.expanded_fields import EXPANDED_FIELDS

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_lists_the_fields_that_are_expanded() -> None:
    found = re.search(r"in these fields and no others:\n\n(.*?)\n\n", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    listed: list[str] = []
    for line in found[1].splitlines():
        of_model = line.startswith("* of a model")
        listed += [f"models.*.{one}" if of_model else one for one in re.findall(r"`([\w.]+)`", line)]
    assert sorted(listed) == sorted(EXPANDED_FIELDS)
