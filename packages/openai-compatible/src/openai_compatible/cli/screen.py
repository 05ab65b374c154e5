"""What commands print with. Text of servers never reaches the terminal as it came.

Text goes to standard output, notes and errors to standard error; with ``--json`` standard output holds
one JSON document and nothing else. Colours only on a terminal; no character outside ASCII is needed.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.wire.plain import escaped

__all__ = ["Screen", "error_fields", "escaped", "tolerant"]

_WIDE = 10_000
"""Columns where nobody looks at a terminal: nothing is cut or wrapped."""


def error_fields(error: BaseException) -> dict[str, Any]:
    """An error as plain JSON values."""
    if not isinstance(error, OpenAICompatibleError):
        return {"type": type(error).__name__, "message": str(error)}
    named = ("provider", "model", "status_code", "code", "param", "retry_after", "request_id", "hint")
    found = {name: getattr(error, name) for name in named if getattr(error, name) is not None}
    return {"type": type(error).__name__, "message": error.message, **found, "text": str(error)}


class Screen:
    """Prints for people, or one JSON document for programs."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self._consoles: dict[bool, Any] = {}

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked: input and output are a terminal."""
        return not self.as_json and sys.stdin.isatty() and sys.stdout.isatty()

    def line(self, text: object = "", *, style: str = "", end: str = "\n") -> None:
        """One line for people; with ``--json`` nothing."""
        if not self.as_json:
            self._print(False, escaped(text), style, end)

    def piece(self, text: str, *, error: bool = False, style: str = "") -> None:
        """A piece of a text as it comes, its tabs and line breaks kept; with ``--json`` nothing.

        Args:
            text: From anywhere; it is escaped character by character, so it may be cut anywhere.
            error: To standard error.
            style: Where there are styles.
        """
        if self.as_json:
            return
        console = self._console(error)
        if style and console.color_system is not None:
            self._print(error, escaped(text), style, "")
            return
        console.file.write(escaped(text))
        console.file.flush()

    def styled(self, *, error: bool = False) -> bool:
        """Whether that stream shows styles: a terminal that is not dumb."""
        return self._console(error).color_system is not None

    def note(self, text: object, *, style: str = "") -> None:
        """A line beside the result, to standard error; with ``--json`` nothing."""
        if not self.as_json:
            self._print(True, escaped(text), style, "\n")

    def error(self, error: BaseException) -> None:
        """An error; with ``--json`` as ``{"error": {...}}``."""
        if self.as_json:
            self.json({"error": error_fields(error)})
        else:
            self._print(True, escaped(f"error: {error}"), "red", "\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows for people: plain columns, the head in bold; with ``--json`` nothing."""
        if self.as_json:
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for row in rows:
            table.add_row(*(Text(escaped(cell, lines=False), overflow="fold") for cell in row))
        self._console(False).print(table)

    def json(self, value: Any) -> None:
        """The result for programs; without ``--json`` nothing."""
        if self.as_json:
            try:
                text = json.dumps(value, indent=2, allow_nan=False)
            except ValueError:
                text = json.dumps(_finite(value), indent=2)
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def _print(self, error: bool, text: str, style: str, end: str) -> None:
        self._console(error).print(
            text,
            style=style or None,
            end=end,
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=True,
        )

    def _console(self, error: bool) -> Any:
        found = self._consoles.get(error)
        if found is None:
            from rich.console import Console

            stream = sys.stderr if error else sys.stdout
            tolerant(stream)
            width = None if stream.isatty() else _WIDE
            found = self._consoles[error] = Console(file=stream, width=width, soft_wrap=True)
        return found


def _finite(value: Any) -> Any:
    """A value in which null stands for numbers that JSON has not: some servers send NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def tolerant(stream: TextIO) -> None:
    """Characters that a terminal's encoding lacks are written as ``\\uXXXX`` instead of an error."""
    change = getattr(stream, "reconfigure", None)
    if change is not None:
        change(errors="backslashreplace")
