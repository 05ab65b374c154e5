"""``providers edit``, ``remove``, ``enable`` and ``disable``: changes to the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openai_compatible.cli.options import Json, Yes
from openai_compatible.cli.questions import Questions, confirmed, needed
from openai_compatible.cli.screen import Screen

if TYPE_CHECKING:
    from openai_compatible.config.edit import ProviderFile

__all__ = ["Configured", "disable", "edit", "enable", "remove"]

Configured = Annotated[str, typer.Argument(metavar="NAME", help="Name of a provider in the file.")]
Assigned = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="A value as in TOML: --set timeout.idle=30."),
]
Removed = Annotated[
    list[str] | None, typer.Option("--unset", metavar="FIELD", help="Take a field out of the file.")
]


def edit(
    name: Configured,
    assigned: Assigned = None,
    removed: Removed = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="ALIAS", help="Fields of this model are meant."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Change fields of a provider; without options open the file in $VISUAL or $EDITOR.

    A base URL of another host takes away what was given for the old one: key, headers, query and TLS
    settings. A new name is written into the routes too.
    """
    screen = Screen(as_json)
    if assigned or removed:
        return _patch(screen, name, assigned or [], removed or [], model)
    if not screen.interactive:
        raise needed("--set", "nothing says what to change")
    return _in_editor(screen, name)


def _patch(
    screen: Screen, name: str, assigned: list[str], removed: list[str], model: str | None
) -> None:
    from openai_compatible.config.assignments import change_of
    from openai_compatible.config.edit import edit as edit_file
    from openai_compatible.config.routes import rename
    from openai_compatible.config.shown import as_toml

    patch = change_of(assigned, removed, model=model)
    told: dict[str, Any] = {}

    def change(file: ProviderFile) -> None:
        before = file.fields(name)
        told["lost"] = list(file.patch(name, patch))
        told["name"] = str(patch.get("name") or name)
        told["routes"] = list(rename(file, name, told["name"])) if told["name"] != name else []
        told["fields"], told["keyring"] = file.fields(told["name"]), before.get("api_key_keyring")

    changed = edit_file(change)
    screen.json(
        {
            "provider": told["name"],
            "changed": changed,
            "taken_away": told["lost"],
            "routes": told["routes"],
            "toml": as_toml(told["fields"]),
        }
    )
    if not changed:
        screen.line(f"{name} is like that already.")
        return
    if told["lost"]:
        screen.note(f"Removed, because it belongs to the old address: {', '.join(told['lost'])}")
    for route in told["routes"]:
        screen.note(f"Route {route} leads to {told['name']} now.")
    if told["name"] != name and told["keyring"]:
        screen.note(
            f"Its key is in the keyring under the old name: openai-compatible keys set {told['name']}"
        )
    screen.line(as_toml(told["fields"]))


def _in_editor(screen: Screen, name: str) -> None:
    from openai_compatible.config.edit import own_path
    from openai_compatible.config.texts import edited
    from openai_compatible.config.whole import checked, current, replace
    from openai_compatible.errors import ConfigError

    path = own_path()
    before = current(path, name)
    text = before
    while True:
        text = edited(text)
        if text == before:
            screen.line("Nothing was changed.")
            return
        try:
            notes = checked(text, path)
            break
        except ConfigError as error:
            screen.error(error)
            if not Questions(screen).yes("Edit it again?", default=True):
                screen.note("Nothing was changed.")
                raise typer.Exit(3) from None
    replace(path, before, text)
    for note in notes:
        screen.note(note)
    screen.line(f"Written: {path}")


def remove(
    name: Configured,
    yes: Yes = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also take it out of the routes that lead to it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take a provider out of the file, with its models.

    Refused while a route leads to it, unless --force: then the route loses it, its first fallback moves
    up where it was the primary, and a route with nobody left goes too. A key in the keyring stays.
    """
    from openai_compatible.config.edit import ProviderFile, own_path
    from openai_compatible.config.edit import edit as edit_file
    from openai_compatible.config.misplaced import shown_name
    from openai_compatible.config.routes import leading_to, take_out
    from openai_compatible.config.whole import current
    from openai_compatible.errors import ConfigError

    screen, path, told = Screen(as_json), own_path(), dict[str, Any]()
    routes = leading_to(ProviderFile(current(path, name), path), name)
    if routes and not force:
        raise ConfigError(
            f"{name} is in {'the route' if len(routes) == 1 else 'the routes'} {', '.join(routes)}",
            hint="Use --force to take it out there too, or change the routes first.",
        )
    question = f"Remove {name}, also from {', '.join(routes)}?" if routes else f"Remove {name}?"
    if not confirmed(screen, question, yes=yes):
        screen.line("Nothing was changed.")
        return

    def change(file: ProviderFile) -> None:
        told["keyring"] = file.fields(name).get("api_key_keyring")
        told["routes"] = take_out(file, name)
        file.remove(name)

    edit_file(change, path)
    changed = {route: made is not None for route, made in told["routes"].items()}
    screen.json(
        {
            "removed": name,
            "file": str(path),
            "routes": {r: "kept" if k else "gone" for r, k in changed.items()},
        }
    )
    for route, kept in changed.items():
        screen.note(f"Route {route}: {'without it now' if kept else 'gone, nobody was left'}")
    if told["keyring"]:
        service = shown_name(str(told["keyring"]))
        screen.note(
            f"Its key is still in the keyring: openai-compatible keys unset {name} --service {service}"
        )
    screen.line(f"Removed {name}.")


def enable(name: Configured, as_json: Json = False) -> None:
    """Let requests go to a provider again."""
    _switch(Screen(as_json), name, True)


def disable(name: Configured, as_json: Json = False) -> None:
    """Keep a provider in the file, but send it nothing."""
    _switch(Screen(as_json), name, False)


def _switch(screen: Screen, name: str, enabled: bool) -> None:
    from openai_compatible.config.edit import edit as edit_file

    def change(file: ProviderFile) -> None:
        if file.fields(name).get("enabled", True) is not enabled:
            file.patch(name, {"enabled": enabled})

    changed = edit_file(change)
    screen.json({"provider": name, "enabled": enabled, "changed": changed})
    word = "enabled" if enabled else "disabled"
    screen.line(f"{name} is {word}{'' if changed else ' already'}.")
