"""The text of a TOML file cut at its table headers, so that one table can change and no other does.

::

    # my own machine          \\
    [[providers]]              > a section; its path is ("providers",), its number 0
    name = "local"            /
                              \\
    [providers.models.small]   > the next: ("providers", "models", "small"), also of number 0
    id = "qwen3-0.6b"         /

Comments directly above a header belong to its section, others to the section before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Section", "cut"]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\]|\\\Z)*?(?:"""(?:""?)?|\Z)|\'\'\'.*?(?:\'\'\'(?:\'\'?)?|\Z)'
    r'|"(?:\\.|[^"\\\n])*+(?:"|\\?)|\'[^\'\n]*+\'?|#[^\n]*|[\[\]{}\n]',
    re.DOTALL,
)


@dataclass(slots=True)
class Section:
    """A header, the settings under it, and the comments around it. The first one has no header."""

    path: tuple[str, ...]
    number: int
    """Of the entry of the outermost array of tables that it is in, from 0; -1 outside of one."""
    above: str
    """Comments directly above the header."""
    header: str
    body: str
    """From the line after the header to the last setting."""
    below: str
    """Blank lines and comments after that."""

    @property
    def text(self) -> str:
        """As it stands in the file."""
        return self.above + self.header + self.body + self.below


def cut(text: str) -> list[Section]:
    """The sections of a text that is TOML, in order; together they are the text.

    >>> [section.path for section in cut("a = 1\\n[b.c]\\nd = 2\\n")]
    [(), ('b', 'c')]
    """
    made = [Section((), -1, "", "", "", "")]
    numbers: dict[str, int] = {}
    for line in _statements(text):
        last = made[-1]
        if not line.lstrip().startswith("["):
            if line.strip() and not line.lstrip().startswith("#"):
                last.body += last.below + line
                last.below = ""
            else:
                last.below += line
            continue
        path, of_array = _path(line)
        if of_array and len(path) == 1:
            numbers[path[0]] = numbers.get(path[0], -1) + 1
        kept, above = _above(last.below)
        last.below = kept
        made.append(Section(path, numbers.get(path[0], -1), above, line, "", ""))
    return made


def _statements(text: str) -> Iterator[str]:
    """Lines, with those that one value goes over together."""
    depth = begin = 0
    for token in _TOKEN.finditer(text):
        if token[0] == "\n":
            if depth == 0:
                yield text[begin : token.end()]
                begin = token.end()
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    if begin < len(text):
        yield text[begin:]


def _path(header: str) -> tuple[tuple[str, ...], bool]:
    import tomllib

    found: Any = tomllib.loads(header)
    path: list[str] = []
    while isinstance(found, dict) and found:
        name = next(iter(found))
        path.append(name)
        found = found[name]
    return tuple(path), isinstance(found, list)


def _above(trivia: str) -> tuple[str, str]:
    """Trailing lines of a section, and those of them that stand directly above the next header."""
    lines = trivia.splitlines(keepends=True)
    begin = len(lines)
    while begin and lines[begin - 1].strip():
        begin -= 1
    return "".join(lines[:begin]), "".join(lines[begin:])
