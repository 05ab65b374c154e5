"""Regular expressions of the package, and texts that are hard for them."""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from re import _constants as ops
from re import _parser as parser
from typing import Any

import openai_compatible

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
