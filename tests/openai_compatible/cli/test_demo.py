"""``demo``: what it needs, and that it runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_compatible.demo import __main__ as demo


def test_what_is_not_installed_is_told(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "NEEDED", ("a_package_that_nobody_has",))
    ran = cli("demo")
    assert ran.code == 3
    assert 'pip install "openai-compatible[demo]"' in ran.err
    assert json.loads(cli("demo", "--json").out)["done"] is False


def test_what_it_printed_is_in_the_document(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def show() -> int:
        print("1  A part")
        return 0

    monkeypatch.setattr(demo, "main", show)
    assert cli("demo").out == "1  A part\n"
    document = json.loads(cli("demo", "--json").out)
    assert (document["done"], document["output"]) == (True, "1  A part\n")
