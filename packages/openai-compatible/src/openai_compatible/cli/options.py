"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Json", "Model", "Name", "OutputFile", "Yes"]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Name = Annotated[str, typer.Argument(metavar="PROVIDER", help="Name of a provider or preset.")]
Model = Annotated[str, typer.Option("--model", "-m", help="Model id or alias at the provider.")]
OutputFile = Annotated[Path | None, typer.Option("--output", "-o", help="Write into this file.")]
