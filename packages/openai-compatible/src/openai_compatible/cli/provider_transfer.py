"""``providers import`` and ``providers export``: from and to the files of other programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openai_compatible.cli.options import Json, OutputFile, Trust, Yes
from openai_compatible.cli.questions import confirmed
from openai_compatible.cli.screen import Screen, escaped

if TYPE_CHECKING:
    from openai_compatible.config.disclosures import Disclosure
    from openai_compatible.config.edit import ProviderFile
    from openai_compatible.config.transfer import Taken

__all__ = ["export_providers", "import_providers"]

_IMPORTED = "auto conduit continue environment form gptme librechat litellm llm opencode ponybunny"
_EXPORTED = "continue litellm llm opencode"

Format = Annotated[
    str, typer.Argument(metavar="FORMAT", help=f"One of: {', '.join(_IMPORTED.split())}.")
]
Target = Annotated[
    str, typer.Argument(metavar="FORMAT", help=f"One of: {', '.join(_EXPORTED.split())}.")
]
Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE...", help="- is standard input; environment needs none."),
]


def import_providers(
    form: Format,
    files: Files = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")
    ] = False,
    keep_keys: Annotated[
        bool,
        typer.Option("--keep-keys", help="Copy keys too; otherwise each becomes a variable's name."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace providers and routes of the same name.")
    ] = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Take over the providers of another program's configuration.

    A provider whose name you have is skipped unless --overwrite is given. The output lists what could
    not be carried over, and which variables and files are sent to which host. A file that sends a key
    of a known service or a secret of a cloud to another host, or that names a host by a variable,
    needs --trust.
    """
    from openai_compatible.cli.disclosed import refuse_untrusted, secret_folders
    from openai_compatible.config.disclosures import find_disclosures, hosts_by_source
    from openai_compatible.config.edit import ProviderFile, edit, own_path
    from openai_compatible.config.transfer import from_files, merge
    from openai_compatible.config.whole import text_of

    screen, path = Screen(as_json), own_path()
    found = from_files(form, files or [], keep_keys=keep_keys)
    taken: dict[str, Taken] = {}
    sent: list[Disclosure] = []

    def change(file: ProviderFile) -> None:
        mine = hosts_by_source(file.tables.values(), os.environ)
        for name, imported in found.items():
            taken[name] = merge(file, imported, overwrite=overwrite)
        new = [fields for one in taken.values() for fields in one.providers]
        sent[:] = find_disclosures(new, mine, secret_folders=secret_folders())
        if files and not trust and not dry_run:  # without a file it is the user's own environment
            refuse_untrusted(sent)

    if dry_run:
        change(ProviderFile(text_of(path), path))
    else:
        edit(change, path)
    _show(screen, path, taken, sent, dry_run=dry_run)
    if dry_run and files and not trust and any(one.refusal is not None for one in sent):
        screen.note("Without --dry-run this is refused, unless --trust is given.")


def _show(
    screen: Screen, path: Path, taken: dict[str, Taken], sent: list[Disclosure], *, dry_run: bool
) -> None:
    """What was taken over, and what it sends where."""
    from openai_compatible.cli.disclosed import show_disclosures, to_json

    screen.json(
        {
            "file": str(path),
            "written": not dry_run,
            "formats": [_as_json(name, one) for name, one in taken.items()],
            "sends": to_json(sent),
        }
    )
    for name, one in taken.items():
        _tell(screen, name, one, dry_run=dry_run)
    show_disclosures(screen, sent)
    if not dry_run and any(one.added or one.replaced for one in taken.values()):
        screen.line(f"Written: {path}. Try them: openai-compatible providers test --all")


def _as_json(form: str, taken: Taken) -> dict[str, object]:
    from openai_compatible.config.shown import masked

    return {
        "format": form,
        "added": taken.added,
        "replaced": taken.replaced,
        "skipped": taken.skipped,
        "routes": taken.routes,
        "skipped_routes": taken.skipped_routes,
        "providers": [masked(fields) for fields in taken.imported.providers],
        "notes": taken.notes,
    }


def _tell(screen: Screen, form: str, taken: Taken, *, dry_run: bool) -> None:
    from openai_compatible.config.shown import as_toml

    imported = taken.imported
    count = len(imported.providers)
    screen.line(f"{form}: {count} {'provider' if count == 1 else 'providers'}", style="bold")
    for fields in imported.providers:
        if fields["name"] not in taken.skipped:
            screen.line(f"\n{as_toml(fields)}")
    screen.line()
    words = ("would be added", "would be replaced") if dry_run else ("added", "replaced")
    for names, word in (
        (taken.added, words[0]),
        (taken.replaced, words[1]),
        (taken.routes, "taken as routes"),
    ):
        if names:
            screen.line(escaped(f"{', '.join(names)}: {word}", lines=False))
    models = {fields["name"]: ", ".join(fields.get("models", {})) for fields in imported.providers}
    for names, what in ((taken.skipped, "provider"), (taken.skipped_routes, "route")):
        for name in names:
            along = f", and with it {models[name]}" if what == "provider" and models.get(name) else ""
            told = f"{name}: skipped{along}; there is a {what} of that name (--overwrite replaces it)"
            screen.note(escaped(told, lines=False))
    for note in taken.notes:
        screen.note(f"note: {escaped(note, lines=False)}")


def export_providers(
    form: Target, output: OutputFile = None, yes: Yes = False, as_json: Json = False
) -> None:
    """Write the configuration as another program reads it. Keys are never written, only references."""
    from openai_compatible.config.load import load_config
    from openai_compatible.config.texts import is_there, write_text
    from openai_compatible.config.transfer import exported

    screen = Screen(as_json)
    text, notes = exported(form, load_config())
    if output is not None:
        there = is_there(output)
        if there and not confirmed(screen, f"Replace {output}?", yes=yes):
            screen.line("Nothing was written.")
            return
        write_text(output, text, replace=there)
    screen.json({"format": form, "file": str(output) if output else None, "text": text, "notes": notes})
    if output is None:
        screen.line(text, end="")
    else:
        screen.line(f"Written: {output}")
    for note in notes:
        screen.note(f"note: {escaped(note, lines=False)}")
