"""``demo``: a chain and an index on a real llama.cpp server."""

from __future__ import annotations

import contextlib
import io
import time

import typer

from openai_compatible.cli.options import Json
from openai_compatible.cli.screen import Screen

__all__ = ["demo"]

_NOT_INSTALLED = 3


def demo(as_json: Json = False) -> None:
    """Run the demo: LangChain and LlamaIndex on a llama.cpp server of its own (extra demo)."""
    from openai_compatible.demo.__main__ import main

    start = time.monotonic()
    with contextlib.redirect_stdout(io.StringIO()) if as_json else contextlib.nullcontext() as printed:
        code = main()
    Screen(as_json).json({
        "done": code == 0,
        "seconds": round(time.monotonic() - start, 3),
        "output": "" if printed is None else printed.getvalue(),
    })  # fmt: skip
    if code:
        raise typer.Exit(_NOT_INSTALLED)
