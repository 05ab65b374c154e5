"""Many tables at once: they stand where single ones would, and nothing else changes."""

from __future__ import annotations

import pytest

from openai_compatible.config.bulk import extend
from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import Route
from openai_compatible.errors import ConfigError

PROVIDERS = [
    {"name": "a", "base_url": "http://a:1", "models": {"m": {"id": "x"}, "q/r": {}}},
    {"name": "b", "base_url": "http://b:1"},
]
ROUTES = {"z": Route("a/m"), "y": Route("b/m", ("a/m",), "both")}
TEXTS = [
    "",
    '# c\r\n[[providers]]\r\nname="mine"\r\nbase_url="http://m:1"  # x\r\n\r\n# r\r\n'
    '[routes.r]\r\nprimary="mine/x"\r\n',
    '[[providers]]\nname="mine"\nbase_url="http://m:1"',
    'routes = {k = {primary="x/y"}}\n',
]


@pytest.mark.parametrize("text", TEXTS, ids=["empty", "both", "unfinished", "inline"])
def test_tables_that_are_added_at_once_say_what_single_ones_would(text: str) -> None:
    at_once, singly = ProviderFile(text), ProviderFile(text)
    extend(at_once, PROVIDERS, ROUTES)
    for fields in PROVIDERS:
        singly.add(fields)
    for name, route in ROUTES.items():
        singly.set_route(name, route)
    assert at_once.tables == singly.tables
    assert at_once.routes == singly.routes
    assert all(line in at_once.text for line in text.split("\n")[:-1] if "routes" not in line)
    at_once.patch("b", {"priority": 1})
    at_once.remove("a")
    assert at_once.names[-1] == "b"


def test_a_name_that_is_taken_changes_nothing() -> None:
    file = ProviderFile(TEXTS[2])
    before = file.text
    with pytest.raises(ConfigError, match="already"):
        extend(file, [PROVIDERS[0], PROVIDERS[0]], {})
    with pytest.raises(ConfigError, match="takes over references"):
        extend(file, [], {"mine/x": Route("mine/x")})
    assert file.text == before
