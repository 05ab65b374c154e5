"""Every extension point is documented and has a test that uses it."""

import inspect
from pathlib import Path

import pytest

from openai_compatible import hookspecs

TESTS = Path(__file__).parents[1]
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("openai_compatible_"))


def test_there_are_extension_points() -> None:
    assert HOOKS


@pytest.mark.parametrize("name", HOOKS)
def test_hook_is_exported_documented_and_typed(name: str) -> None:
    hook = getattr(hookspecs, name)
    assert name in hookspecs.__all__
    assert len((inspect.getdoc(hook) or "").split()) >= 10
    assert "return" in hook.__annotations__


@pytest.mark.parametrize("name", HOOKS)
def test_hook_is_used_by_a_test(name: str) -> None:
    users = [
        path
        for path in TESTS.rglob("*.py")
        if path != Path(__file__) and name in path.read_text("utf-8")
    ]
    assert users
