"""The tree of commands, and what happens to their errors."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from openai_compatible import __version__
from openai_compatible.cli import keys, providers
from openai_compatible.cli.chat import chat
from openai_compatible.cli.config_notice import announce_file
from openai_compatible.cli.demo import demo
from openai_compatible.cli.embed import embed
from openai_compatible.cli.exit_codes import INTERRUPTED, ROWS, USAGE, exit_code
from openai_compatible.cli.explain import explain
from openai_compatible.cli.models import models
from openai_compatible.cli.plugins import plugins
from openai_compatible.cli.schema import schema
from openai_compatible.cli.screen import Screen, escaped, tolerant
from openai_compatible.cli.status import status
from openai_compatible.errors import ConfigError, OpenAICompatibleError

__all__ = ["app", "run"]

_CODES = "\n\n".join(f"{row.code}: {row.meaning}" for row in ROWS)

app = typer.Typer(
    name="openai-compatible",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # its tracebacks show locals
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Exit codes:\n\n{_CODES}",
)
app.add_typer(providers.app, name="providers")
app.add_typer(keys.app, name="keys")
for command in (models, chat, embed, explain, status, schema, plugins, demo):
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="The provider file, instead of $OPENAI_COMPATIBLE_CONFIG or the user's own."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Any OpenAI-compatible server, from LangChain, LlamaIndex or plain Python, configured once."""
    if config is not None:
        os.environ["OPENAI_COMPATIBLE_CONFIG"] = str(config)
    if os.environ.get("OPENAI_COMPATIBLE_CONFIG") and context.invoked_subcommand not in _WITHOUT_FILE:
        announce_file(Path(os.environ["OPENAI_COMPATIBLE_CONFIG"]))


_WITHOUT_FILE = ("demo", "plugins", "schema")
"""Commands that read no provider file."""


def run(words: Sequence[str]) -> int:
    """Run one command.

    Args:
        words: The command line without the program's name.

    Returns:
        The exit code, see ``cli/exit_codes.py``. Errors are printed, never raised.
    """
    _usable_streams()
    screen = Screen("--json" in words)
    command = typer.main.get_command(app)
    with warnings.catch_warnings():
        warnings.showwarning = _warned(screen)
        try:
            code = command.main(args=list(words), prog_name="openai-compatible", standalone_mode=False)
            sys.stdout.flush()
        except OpenAICompatibleError as error:
            screen.error(error)
            return exit_code(error)
        except KeyboardInterrupt:
            return INTERRUPTED
        except (BrokenPipeError, SystemExit):  # the reader, such as head, has seen enough: typer exits
            _write_no_more()
            return 0
        except OSError as error:
            if error.errno not in _FULL:
                raise
            _write_no_more()
            with contextlib.suppress(OSError):
                Screen().error(ConfigError(f"cannot write the output: {error.strerror}"))
            return 1
        except Exception as error:  # noqa: BLE001 - what is not click's is raised again
            return _usage(screen, error)
    return code if isinstance(code, int) else 0


_FULL = (errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC))
"""Errors of writing to a file: the disk is full, a limit is reached, the disk is broken."""


def _write_no_more() -> None:
    """Whatever else goes to standard output, also at the end of the process, is lost."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usable_streams() -> None:
    """Closed streams are empty ones, and no character is too much for a terminal."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - as long as we run
        elif mode == "w":
            tolerant(getattr(sys, name))


def _usage(screen: Screen, error: Exception) -> int:
    """The code of an error of click's, which knows how to show itself; others are raised."""
    if type(error).__name__ == "Abort":
        return INTERRUPTED
    show = getattr(error, "show", None)
    if show is None:
        raise error
    if screen.as_json:
        screen.json({"error": {"type": "UsageError", "message": getattr(error, "message", str(error))}})
    else:
        text = io.StringIO()
        show(file=text)  # it repeats what was typed, which may come from anywhere
        screen.note(text.getvalue().rstrip("\n"))
    return int(getattr(error, "exit_code", USAGE))


def _warned(screen: Screen) -> Any:
    def show(message: Warning | str, *_: object, **__: object) -> None:
        screen.note(f"warning: {escaped(message)}", style="yellow")

    return show
