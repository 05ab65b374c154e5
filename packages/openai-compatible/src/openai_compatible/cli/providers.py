"""``providers``: what is configured, and the commands that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openai_compatible.cli import provider_add, provider_edit, provider_test, provider_transfer
from openai_compatible.cli.options import Json, Name
from openai_compatible.cli.screen import Screen

if TYPE_CHECKING:
    from openai_compatible.config.provider import Provider
    from openai_compatible.presets.preset import Preset

__all__ = ["app"]

_COLUMNS = ("name", "base_url", "key", "default_model", "priority", "enabled")

app = typer.Typer(help="Configured servers: list, show, add, change, test.", no_args_is_help=True)


@app.command("list")
def list_providers(as_json: Json = False) -> None:
    """Name, base URL, key source and default model of every configured provider."""
    from openai_compatible.config.load import load_config

    screen, config = Screen(as_json), load_config()
    rows = [_row(provider) for provider in config.providers]
    screen.json({"file": _file(config), "count": len(rows), "providers": rows})
    if not rows:
        screen.line("No provider is configured. Add one: openai-compatible providers add")
        return
    screen.table(_COLUMNS, map(_cells, config.providers))
    screen.line(f"{len(rows)} {'provider' if len(rows) == 1 else 'providers'}", style="dim")


@app.command("show")
def show(name: Name, as_json: Json = False) -> None:
    """Every setting of one provider or preset, and where each value comes from."""
    from openai_compatible.config.key_status import key_status, names_source
    from openai_compatible.config.load import load_config, make_provider
    from openai_compatible.config.shown import settings
    from openai_compatible.urls import base_url, join

    screen = Screen(as_json)
    provider = make_provider(provider=name, config=load_config())
    found, requests = list(settings(provider)), join(base_url(provider.base_url).url, "chat/completions")
    keys = {
        alias: key_status(provider, model)
        for alias, model in provider.models.items()
        if names_source(model)
    }
    screen.json(
        {
            **_row(provider),
            "requests": requests,
            "model_keys": {alias: status.to_dict() for alias, status in keys.items()},
            "settings": {one.field: {"value": one.value, "origin": one.origin} for one in found},
        }
    )
    screen.line(f"{provider.name}: chat requests go to {requests}")
    screen.line(f"key: {key_status(provider)}")
    for alias, status in keys.items():
        screen.line(f"key of {alias}: {status}")
    screen.line()
    screen.table(
        ("setting", "value", "from"), ([one.field, _cell(one.value), one.origin] for one in found)
    )


@app.command("presets")
def list_presets(
    text: Annotated[
        str, typer.Argument(help="A preset's name shows it; other text is looked for.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Services known by name: tier, base URL and key variable."""
    from openai_compatible import plugins
    from openai_compatible.errors import ConfigError
    from openai_compatible.presets.registry import preset, presets

    plugins.load()  # they may have presets
    screen = Screen(as_json)
    if text in presets():
        return _show_preset(screen, preset(text))
    word = text.lower()
    found = [row for row in map(preset, presets()) if _mentions(row, word)]
    if not found:
        try:
            preset(text)
        except ConfigError as error:
            raise ConfigError(f"no preset mentions {text!r}", hint=error.hint) from None
    screen.json({"count": len(found), "presets": [_preset(row) for row in found]})
    columns = ("name", "service", "kind", "tier", "base URL", "key")
    screen.table(
        columns,
        (
            (row.name, row.display_name, row.kind, row.tier, row.base_url, _preset_key(row))
            for row in found
        ),
    )
    screen.line(f"{len(found)} {'preset' if len(found) == 1 else 'presets'}", style="dim")
    return None


def _show_preset(screen: Screen, row: Preset) -> None:
    fields = _preset(row)
    screen.json({"preset": fields})
    screen.table(
        ("field", "value"),
        (
            (name, _cell(value))
            for name, value in fields.items()
            if value and name not in ("notes", "evidence")
        ),
    )
    for note in row.notes:
        screen.line(f"- {note}")
    screen.line(f"\nAdd it: openai-compatible providers add {row.name}")


def _mentions(row: Preset, word: str) -> bool:
    return any(word in text.lower() for text in (row.name, row.display_name, row.base_url))


def _preset(row: Preset) -> dict[str, Any]:
    """A row as plain JSON values."""
    return {
        "name": row.name,
        "display_name": row.display_name,
        "kind": row.kind,
        "tier": row.tier,
        "base_url": row.base_url,
        "other_base_urls": list(row.other_base_urls),
        "key": row.key,
        "api_key_env": list(row.api_key_env),
        "auth": row.auth if isinstance(row.auth, str) else dict(row.auth),
        "profile": row.profile,
        "variables": list(row.variables),
        "local_port": row.local_port,
        "docs": row.docs,
        "notes": list(row.notes),
        "evidence": [{"source": one.source, "date": one.date} for one in row.evidence],
    }


def _preset_key(row: Preset) -> str:
    if row.key == "none":
        return "none"
    named = f"${row.api_key_env[0]}" if row.api_key_env else ""
    return named or "required" if row.key == "required" else f"{named} (optional)".strip()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None or value in ({}, "") else value


def _file(config: Any) -> str | None:
    return str(config.source) if config.source else None


def _row(provider: Provider) -> dict[str, Any]:
    """A provider in a list, as plain JSON values."""
    from openai_compatible.config.key_status import key_status
    from openai_compatible.config.shown import masked

    return {
        "name": provider.name,
        "display_name": provider.display_name,
        "base_url": masked({"base_url": provider.base_url})["base_url"],
        "preset": provider.preset,
        "profile": provider.profile,
        "key": key_status(provider).to_dict(),
        "default_model": provider.default_model,
        "priority": provider.priority,
        "enabled": provider.enabled,
        "models": list(provider.models),
    }


def _cells(provider: Provider) -> list[object]:
    """The same as :func:`_row` for people, without what is seldom asked for."""
    from openai_compatible.config.key_status import key_status

    row = _row(provider)
    row["key"] = key_status(provider)
    return [_cell(row[column]) for column in _COLUMNS]


for command, name in (
    (provider_add.add, "add"),
    (provider_edit.edit, "edit"),
    (provider_edit.remove, "remove"),
    (provider_edit.enable, "enable"),
    (provider_edit.disable, "disable"),
    (provider_test.check_providers, "test"),
    (provider_transfer.import_providers, "import"),
    (provider_transfer.export_providers, "export"),
):
    app.command(name)(command)
