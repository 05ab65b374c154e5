"""Line numbers of settings in TOML texts, and the nearest known word."""

from __future__ import annotations

import doctest
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.config import locate
from openai_compatible.config.locate import Lines, nearest

TEXT = '''# first
title = "x"
text = """
name = "not a setting"
[[providers]]
"""
one_line = """[[providers]]"""

[[providers]]
name = "a"
timeout.idle = 3

[providers.models.m]
id = "x"
  [ providers . models . "b.c" ]
  id = 'y'

[[providers]]
"name" = "b"
headers = { X = "1", Y = "2" }
[providers.models.m]
id = "z"
[routes.r]
fallback = [
  "name = b",
  "x/y",
]
description = \'\'\'
id = 1
\'\'\'
primary = "b"
'''
PLACES = [
    (["title"], 2),
    (["one_line"], 7),
    (["providers"], 9),
    (["providers", 0], 9),
    (["providers", 0, "name"], 10),
    (["providers", 0, "timeout", "idle"], 11),
    (["providers", 0, "timeout"], 11),
    (["providers", 0, "models", "m", "id"], 14),
    (["providers", 0, "models", "b.c", "id"], 16),
    (["providers", 0, "models", "b", "c", "id"], 16),
    (["providers", 1], 18),
    (["providers", 1, "name"], 19),
    (["providers", 1, "headers", "Y"], 20),
    (["providers", 1, "models", "m", "id"], 22),
    (["routes", "r", "fallback", 1], 24),
    (["routes", "r", "primary"], 31),
    (["providers", 1, "base_url"], 18),
    (["nothing", "of", "this"], 1),
    ([], 1),
]


def test_the_text_of_these_tests_is_toml() -> None:
    assert len(tomllib.loads(TEXT)["providers"]) == 2


@pytest.mark.parametrize(("path", "line"), PLACES, ids=str)
def test_a_setting_stands_on_its_line(path: list[Any], line: int) -> None:
    assert Lines(TEXT).of(path) == line


def test_nothing_is_on_the_first_line() -> None:
    assert Lines("").of(["providers"]) == 1


@given(st.text(max_size=200), st.lists(st.one_of(st.text(max_size=5), st.integers(0, 3)), max_size=3))
def test_any_text_has_a_line_for_any_path(text: str, path: list[Any]) -> None:
    assert 1 <= Lines(text).of(path) <= text.count("\n") + 1


def test_nearest_names_one_or_all() -> None:
    assert nearest("base_ulr", ["name", "base_url"]) == "Did you mean 'base_url'?"
    assert nearest("zzz", ["name", "base_url"]) == "Known: base_url, name."


def test_the_examples_of_the_docstrings_are_true() -> None:
    assert doctest.testmod(locate).failed == 0
