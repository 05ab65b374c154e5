"""Every regular expression that text of a server or of a foreign file can reach takes linear time."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import openai_compatible

FLOOR = 0.003
"""Seconds of processor time for 8,000 characters that nobody notices, whatever their growth."""
SIZE = 2_000
ROOMS = ("wire", "plan", "probe", "transport", "config/importers", "urls.py", "errors.py")
RE_CALLS = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}
EXEMPT = {
    ("transport/logs.py", "_text"),  # names of query parameters in the user's own settings
    ("wire/marks.py", "__init__"),  # alternatives of the profile's literal marks
}

OUTSIDE = ("openai_compatible.testing", "openai_compatible.demo", "openai_compatible.cli")
"""Packages that read what their own user typed, or text of a test."""
FILLERS = tuple("_1aAZ \n\t.-:=/'\"\\<{[`$*(")
FILLERS += ("a_", "1a", "a ", " \n", "a.", "1.", "'a", '"a', "<a", "a=", "/a", ": ", "a-", "{a", "${")
FILLERS += ("1s", "\\a", "\r\n", "a,", "/*", "//", "[a", "(a", "<>", "ſ", "é ")


def find_modules() -> list[Any]:
    """Every module of the core package that text of a server or of a foreign file can reach."""
    names = (
        found.name for found in pkgutil.walk_packages(openai_compatible.__path__, "openai_compatible.")
    )
    return [importlib.import_module(name) for name in names if not name.startswith(OUTSIDE)]


def find_patterns(modules: list[Any]) -> dict[str, re.Pattern[str]]:
    """All patterns that stand in a module, also inside rows, by the name of their place."""
    found: dict[str, re.Pattern[str]] = {}
    seen: set[re.Pattern[str]] = set()
    for module in modules:
        for name, value in vars(module).items():
            for number, pattern in enumerate(_walk(value, set())):
                if pattern not in seen:
                    seen.add(pattern)
                    found[f"{module.__name__.removeprefix('openai_compatible.')}:{name}:{number}"] = (
                        pattern
                    )
    return found


def _walk(value: Any, seen: set[int]) -> Iterator[re.Pattern[str]]:
    if id(value) in seen or isinstance(value, type):
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(getattr(value, "compiled", None), re.Pattern):
        yield value.compiled
    elif isinstance(value, Mapping):
        for item in list(value.values()):
            yield from _walk(item, seen)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for item in list(value):
            yield from _walk(item, seen)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _walk(getattr(value, field.name, None), seen)


def attacks(pattern: re.Pattern[str], samples: int = 6) -> list[tuple[str, str, str]]:
    """Texts as (beginning, what is repeated, end): fillers, pieces of what the pattern looks for."""
    dice = random.Random(pattern.pattern)
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    pieces: dict[str, None] = {}
    for repeats in (1, 2):
        for _ in range(samples):
            sample = "".join(_sample(tree, dice, repeats))[:120]
            for part in (1.0, 0.75, 0.5, 0.25):
                pieces[sample[: max(1, int(len(sample) * part))]] = None
    found: dict[tuple[str, str, str], None] = {("", filler, ""): None for filler in FILLERS}
    for piece in list(filter(None, pieces))[:24]:
        found["", piece, ""] = None
        found["", piece + " ", ""] = None
        for filler in dice.sample(FILLERS, 6):
            found[piece, filler, ""] = None
        found[piece, piece[-1:] or "a", "\x00"] = None
    return list(found)


def _sample(tree: Any, dice: random.Random, repeats: int) -> Iterator[str]:
    """A text that the pattern fits, but for what looks ahead and behind."""
    for op, value in tree:
        if op is ops.LITERAL:
            yield chr(value)
        elif op is ops.NOT_LITERAL:
            yield "a" if value != ord("a") else "b"
        elif op is ops.ANY:
            yield "a"
        elif op is ops.IN:
            yield _member(value, dice)
        elif op is ops.BRANCH:
            yield from _sample(dice.choice(value[1]), dice, repeats)
        elif op is ops.SUBPATTERN:
            yield from _sample(value[3], dice, repeats)
        elif op is ops.ATOMIC_GROUP:
            yield from _sample(value, dice, repeats)
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            low, high, inner = value
            for _ in range(max(int(low), min(int(high), repeats))):
                yield from _sample(inner, dice, repeats)


def _member(items: Any, dice: random.Random) -> str:
    op, value = dice.choice(items)
    if op is ops.LITERAL:
        return chr(value)
    if op is ops.RANGE:
        return chr(dice.randint(*value))
    if op is ops.CATEGORY:
        return {ops.CATEGORY_DIGIT: "1", ops.CATEGORY_SPACE: " ", ops.CATEGORY_WORD: "a"}.get(value, ".")
    return next(sign for sign in "a1 ._-~\n" if not _is_in(sign, items[1:]))


def _is_in(sign: str, items: Any) -> bool:
    code = ord(sign)
    categories = {ops.CATEGORY_DIGIT: str.isdigit, ops.CATEGORY_SPACE: str.isspace}
    for op, value in items:
        if (op is ops.LITERAL and value == code) or (op is ops.RANGE and value[0] <= code <= value[1]):
            return True
        if op is ops.CATEGORY and categories.get(value, lambda s: s.isalnum() or s == "_")(sign):
            return True
    return False


def write(attack: tuple[str, str, str], size: int) -> str:
    """The text of an attack, of about that many characters."""
    head, repeated, tail = attack
    return head + repeated * (size // len(repeated)) + tail


def cpu_seconds(pattern: re.Pattern[str], text: str, times: int = 1) -> float:
    """Processor time of this thread for finding all matches, the best of several."""
    best = float("inf")
    for _ in range(times):
        start = time.thread_time()
        for _match in pattern.finditer(text):
            pass
        best = min(best, time.thread_time() - start)
    return best


PATTERNS = find_patterns(find_modules())


@pytest.mark.parametrize("name", PATTERNS)
def test_time_of_a_pattern_grows_with_the_length_of_the_text(name: str) -> None:
    pattern = PATTERNS[name]
    for attack in attacks(pattern):
        if cpu_seconds(pattern, write(attack, 4 * SIZE)) < FLOOR:
            continue
        # A machine under load: the best of several, and a second look at what seems bad.
        for times in (3, 9):
            one = cpu_seconds(pattern, write(attack, SIZE), times)
            four = cpu_seconds(pattern, write(attack, 4 * SIZE), times)
            if four < FLOOR or four < 8 * one:
                break
        else:
            pytest.fail(
                f"{pattern.pattern!r} on {attack!r}: {one:.4f} s, and {four:.4f} s for 4 times as much"
            )


def test_the_collection_sees_rows_of_patterns_and_patterns_of_rows() -> None:
    places = {name.rpartition(":")[0] for name in PATTERNS}
    assert {
        "wire.error_body:PARAMETERS",
        "wire.error_body:FIRST",
        "wire.redact:_SECRETS",
        "wire.adaptations:_BY_TEXT",
        "wire.retry_after:_AGAIN",
        "plan.structured:_BLAMES",
        "probe.key_verdict:_NAMED_HEADER",
        "config.assignments:_WORD",
    } <= places
    assert len(PATTERNS) > 120


def test_no_pattern_hides_in_a_function() -> None:
    root = Path(openai_compatible.__path__[0])
    hidden = []
    for room in ROOMS:
        path = root / room
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            inside = file.relative_to(root).as_posix()
            for function, line in _calls_in_functions(ast.parse(file.read_text("utf-8"))):
                if (inside, function) not in EXEMPT:
                    hidden.append(f"{inside}:{line} {function}")
    assert hidden == [], "make them constants of their module: what is hidden here is not measured"


def _calls_in_functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            of_re = (
                isinstance(called, ast.Attribute)
                and called.attr in RE_CALLS
                and isinstance(called.value, ast.Name)
                and called.value.id == "re"
            )
            if of_re or (isinstance(called, ast.Name) and called.id == "LazyPattern"):
                yield function.name, node.lineno


def test_names_of_re_are_not_imported_from_it() -> None:
    root = Path(openai_compatible.__path__[0])
    for file in root.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.module in ("re", "regex")), file
            if isinstance(node, ast.Import):
                assert all(name.asname is None or name.name != "re" for name in node.names), file
