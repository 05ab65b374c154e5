"""For messages about a TOML file: on which line a setting stands, and what may have been meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

__all__ = ["Lines", "nearest"]

_WORD = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_WORD}(?:\s*\.\s*{_WORD})*"
_HEADER = re.compile(rf"\A\s*(\[\[?)\s*({_DOTTED})\s*\]")
_SETTING = re.compile(rf"\A\s*({_DOTTED})\s*=\s*(.*)")
_QUOTES = re.compile(r"\"\"\"|'''")

_DEPTH = 50
"""Words of a path that are told apart: a line of dots may have a million."""

Path = tuple[str | int, ...]


class Lines:
    """Line numbers (from 1) of the settings in a TOML text that can be read.

    Tables of an array are told apart by their position.

    >>> Lines('[[providers]]\\nname = "a"\\n[[providers]]\\nname = "b"').of(["providers", 1, "name"])
    4
    """

    def __init__(self, text: str) -> None:
        self._at: dict[str, int] = {}
        self._arrays: dict[Path, int] = {}
        table: Path = ()
        until = ""
        for number, line in enumerate(text.split("\n"), 1):
            if until:  # inside a text of several lines
                until = "" if until in line else until
                continue
            if header := _HEADER.match(line):
                table = self._table(_words(header[2]), header[1] == "[[")
                self._note(table, number)
            elif setting := _SETTING.match(line):
                self._note((*table, *_words(setting[1])), number)
                until = _open(setting[2])

    def _note(self, path: Path, number: int) -> None:
        """A setting, and what it is in, unless an earlier line is known."""
        for end in range(1, min(len(path), _DEPTH) + 1):
            self._at.setdefault(_text(path[:end]), number)

    def _table(self, words: Sequence[str], of_array: bool) -> Path:
        """The path of a table, with the positions of the arrays on the way."""
        path: Path = ()
        for word in words[:-1]:
            path = (*path, word)
            if path in self._arrays:
                path = (*path, self._arrays[path])
        path = (*path, words[-1])
        if of_array:
            self._arrays[path] = self._arrays.get(path, -1) + 1
        return (*path, self._arrays[path]) if path in self._arrays else path

    def of(self, path: Sequence[str | int]) -> int:
        """The line of a setting; of what it is in, where it has none of its own; 1 for nothing known."""
        text = _text(path)
        while text and text not in self._at:
            text = text.rpartition(".")[0]
        return self._at.get(text, 1)


def _text(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))


def _words(dotted: str) -> list[str]:
    return [word.strip("\"'") for word in re.findall(_WORD, dotted)]


def _open(value: str) -> str:
    """The quotes that a value opens and does not close on its line."""
    opened = _QUOTES.match(value)
    return opened[0] if opened is not None and opened[0] not in value[3:] else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence with the known word that is nearest, or with all of them.

    >>> nearest("base_ulr", ["name", "base_url"])
    "Did you mean 'base_url'?"
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names)}."
