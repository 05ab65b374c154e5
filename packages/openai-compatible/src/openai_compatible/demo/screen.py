"""What the demo prints with: colours if ``rich`` is installed, plain text if not."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

__all__ = ["Screen"]

INDENT = "   "
LABEL = 15


class Screen:
    """Numbered parts, the code that ran, and what came of it."""

    def __init__(self) -> None:
        self.part_number = 0
        self._console = _console()
        self._bar, self._dot = _marks(sys.stdout.encoding)

    def title(self, text: str) -> None:
        """The first line of all."""
        self._line(text, style="bold")

    def part(self, name: str) -> None:
        """Start a numbered part."""
        self.part_number += 1
        self._line("")
        self._line(f"{self.part_number}  {name}", style="bold cyan")

    def text(self, text: str) -> None:
        """A plain sentence."""
        self._line(INDENT + text)

    def code(self, source: str) -> None:
        """The lines that are run next."""
        for line in source.strip("\n").splitlines():
            self._line(f"{INDENT}{self._bar} {line}", style="dim")

    def result(self, label: str, value: object) -> None:
        """One named outcome, always taken from a real answer."""
        self._line(f"{INDENT}{label:<{LABEL}}{value}", style="green")

    def pieces(self, label: str, pieces: Iterable[str]) -> str:
        """Print pieces as they arrive, a mark between them, and return the whole text."""
        self._write(f"{INDENT}{label:<{LABEL}}", style="green")
        whole = ""
        for piece in filter(None, pieces):
            self._write((self._dot if whole else "") + piece, style="green")
            whole += piece
        self._line("")
        return whole

    def end(self, text: str) -> None:
        """The last line of all."""
        self._line("")
        self._line(text, style="bold green")

    def _line(self, text: str, *, style: str | None = None) -> None:
        self._write(text + "\n", style=style)

    def _write(self, text: str, *, style: str | None = None) -> None:
        if self._console is None:
            sys.stdout.write(text)
        else:
            self._console.print(text, end="", style=style, markup=False, highlight=False, soft_wrap=True)
        sys.stdout.flush()


def _marks(encoding: str | None) -> tuple[str, str]:
    """What stands before a line of code and between pieces, as far as the terminal can show it.

    >>> _marks("ascii")
    ('|', '|')
    """
    try:
        "│·".encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return "|", "|"
    return "│", "·"


def _console() -> Any:
    """A rich console, or ``None`` where rich is not installed."""
    try:
        from rich.console import Console
    except ModuleNotFoundError:
        return None
    return Console()
