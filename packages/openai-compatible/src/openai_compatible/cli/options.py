"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Headers",
    "Images",
    "Json",
    "MaxTokens",
    "Model",
    "Name",
    "OutputFile",
    "Params",
    "Reasoning",
    "Reference",
    "Seconds",
    "System",
    "Temperature",
    "ToolsFile",
    "Yes",
]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Trust = Annotated[bool, typer.Option("--trust", help="Accept what is sent to other hosts than its own.")]
Name = Annotated[str, typer.Argument(metavar="PROVIDER", help="Name of a provider or preset.")]
Model = Annotated[str, typer.Option("--model", "-m", help="Model id or alias at the provider.")]
OutputFile = Annotated[Path | None, typer.Option("--output", "-o", help="Write into this file.")]

Reference = Annotated[
    str,
    typer.Argument(
        metavar="PROVIDER/MODEL", help="Also an alias, a route, or a provider with a default model."
    ),
]
System = Annotated[str | None, typer.Option("--system", "-s", help="System message.")]
Temperature = Annotated[float | None, typer.Option("--temperature", "-t", help="Sampling temperature.")]
MaxTokens = Annotated[int | None, typer.Option("--max-tokens", help="Longest answer in tokens.")]
Images = Annotated[
    list[str] | None,
    typer.Option("--image", metavar="PATH_OR_URL", help="An image beside the prompt; repeatable."),
]
ToolsFile = Annotated[
    Path | None, typer.Option("--tools", help="JSON file with OpenAI tools. Calls are shown, not made.")
]
Reasoning = Annotated[
    str | None, typer.Option("--reasoning", metavar="LEVEL", help="on, off, or an effort such as low.")
]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--param", "-p", metavar="NAME=VALUE", help="Any further parameter, as in TOML; repeatable."
    ),
]
Headers = Annotated[
    list[str] | None,
    typer.Option("--header", "-H", metavar="NAME:VALUE", help="A further header; repeatable."),
]
Seconds = Annotated[
    float, typer.Option("--timeout", min=0.1, max=86_400, help="Seconds to wait for a server.")
]
