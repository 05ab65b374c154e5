"""What commands ask at a terminal. Text of servers is escaped, and nobody is asked where nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from openai_compatible.cli.screen import Screen, escaped

if TYPE_CHECKING:
    from openai_compatible.config.concealed import Secret

__all__ = ["Questions", "confirmed", "needed"]


def needed(option: str, what: str) -> typer.BadParameter:
    """The error for a value that is missing where nobody can be asked."""
    return typer.BadParameter(f"{what}, and without a terminal nobody can be asked", param_hint=option)


def confirmed(screen: Screen, question: str, *, yes: bool) -> bool:
    """Whether something that cannot be undone is wanted; ``--yes`` says so beforehand."""
    if yes:
        return True
    if not screen.interactive:
        raise needed("--yes", "this has to be confirmed")
    return Questions(screen).yes(question)


class Questions:
    """Asks somebody at the terminal. Ctrl-C and the end of input end the command."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def text(self, question: str, default: str = "") -> str:
        """A line of text; Enter alone is the default, shown unless it is empty."""
        shown = escaped(default, lines=False)
        answer = typer.prompt(escaped(question), default=shown, show_default=bool(default))
        return default if answer == shown else str(answer).strip()

    def secret(self, question: str) -> Secret:
        """A line that is not shown while it is typed."""
        from openai_compatible.config.concealed import Secret

        answer = typer.prompt(
            f"{escaped(question)} (hidden)", default="", show_default=False, hide_input=True
        )
        return Secret(str(answer).strip())

    def yes(self, question: str, default: bool = False) -> bool:
        """Yes or no."""
        return bool(typer.confirm(escaped(question), default=default))

    def choice(self, question: str, options: Sequence[str], default: int = 1) -> int:
        """The number of an option, from 1; ``default`` 0 must be chosen."""
        width = len(str(len(options)))
        for number, option in enumerate(options, 1):
            self._screen.line(f"  {number:>{width}}  {escaped(option, lines=False)}")
        while True:
            answer = self.text(question, str(default) if default else "")
            if answer.isascii() and answer.isdecimal() and 1 <= int(answer) <= len(options):
                return int(answer)
            self._screen.line(f"Type a number from 1 to {len(options)}.")
