"""``providers``: what is configured."""

from __future__ import annotations

from typing import Any

import typer

from openai_compatible.cli.options import Json
from openai_compatible.cli.screen import Screen

__all__ = ["app"]

app = typer.Typer(help="Configured servers: list, show, add, change, test.", no_args_is_help=True)


@app.command("list")
def list_providers(as_json: Json = False) -> None:
    """Name, base URL, key source and default model of every configured provider."""
    from openai_compatible.config.load import load_config

    screen, config = Screen(as_json), load_config()
    rows = [_row(provider) for provider in config.providers]
    screen.json({"file": str(config.source) if config.source else None, "providers": rows})
    if not rows:
        screen.line("No provider is configured. Add one: openai-compatible providers add")
        return
    columns = ("name", "base_url", "key", "default_model", "priority", "enabled")
    screen.table(columns, ([_cell(row[column]) for column in columns] for row in rows))
    screen.line(f"{len(rows)} {'provider' if len(rows) == 1 else 'providers'}", style="dim")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else value


def _row(provider: Any) -> dict[str, Any]:
    from openai_compatible.config.keys import key_source

    return {
        "name": provider.name,
        "display_name": provider.display_name,
        "base_url": provider.base_url,
        "preset": provider.preset,
        "profile": provider.profile,
        "key": key_source(provider).describe(),
        "default_model": provider.default_model,
        "priority": provider.priority,
        "enabled": provider.enabled,
        "models": list(provider.models),
    }
