"""What is computed at the first use holds no lock meanwhile."""

from __future__ import annotations

import ast
import threading
from pathlib import Path

import openai_compatible
from openai_compatible.lazy_attribute import lazy_attribute


class Slow:
    def __init__(self) -> None:
        self.started = threading.Event()
        self.go_on = threading.Event()
        self.is_child = False
        self.times = 0

    @lazy_attribute
    def value(self) -> int:
        """The value."""
        self.times += 1
        if not self.is_child:
            self.started.set()
            self.go_on.wait(20)
        return 5


def test_it_is_computed_once() -> None:
    slow = Slow()
    slow.is_child = True
    assert [slow.value, slow.value, slow.times] == [5, 5, 1]
    assert Slow.value.__doc__ == "The value."


def test_another_user_does_not_wait_for_the_first_one() -> None:
    """A forked child is such a user: in it the first one never ends."""
    slow = Slow()
    first = threading.Thread(target=lambda: slow.value)
    first.start()
    assert slow.started.wait(20)
    slow.is_child = True
    found: list[int] = []
    other = threading.Thread(target=lambda: found.append(slow.value), daemon=True)
    other.start()
    other.join(10)
    slow.go_on.set()
    first.join(20)
    assert found == [5]


def test_no_module_of_ours_uses_the_one_with_a_lock() -> None:
    name = "cached_property"
    packages = Path(openai_compatible.__file__).parents[3]
    modules = list(packages.glob("*/src/**/*.py"))
    assert modules
    found = [
        f"{path.name}:{node.lineno}"
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and any(one.name == name for one in node.names))
        or (isinstance(node, ast.Attribute) and node.attr == name)
    ]
    assert found == []
