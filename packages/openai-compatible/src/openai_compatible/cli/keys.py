"""``keys``: where keys are. One is read from a hidden prompt or standard input, and never shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openai_compatible.cli.options import Json, Yes
from openai_compatible.cli.questions import Questions, confirmed, needed
from openai_compatible.cli.screen import Screen

if TYPE_CHECKING:
    from openai_compatible.config.concealed import Secret
    from openai_compatible.config.edit import ProviderFile
    from openai_compatible.config.provider import Provider

__all__ = ["app", "asked", "from_stdin", "store"]

app = typer.Typer(
    help="Keys: store one in the system's keyring, take it out, list where each comes from.",
    no_args_is_help=True,
)

Owner = Annotated[str, typer.Argument(metavar="PROVIDER", help="Name of a provider or preset.")]
Service = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Keyring service. Default: openai-compatible."),
]
Alias = Annotated[
    str | None, typer.Option("--model", "-m", metavar="ALIAS", help="The key of this model alone.")
]
_LONGEST = 65_536
"""Bytes of the line with the key."""

_SURPLUS = {"allow_extra_args": True}
"""Whatever else is there is likely the key, so it must not end in click's message."""


@app.command("set", context_settings=_SURPLUS)
def set_key(
    context: typer.Context,
    provider: Owner,
    service: Service = None,
    model: Alias = None,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the key from standard input: its first line.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Store a key in the system's keyring, and write into the file that it is there.

    It is stored with the origin of the provider (scheme, host, port), and goes to no other one: where
    the provider moves, set the key again.

    The key is asked for without being shown, or read from standard input; it is never an argument.
    """
    from openai_compatible.config.edit import edit
    from openai_compatible.config.key_store import keyring_name, saved_for

    _refuse_keys(provider, service, *context.args)
    screen = Screen(as_json)
    _check_known(provider, model)
    wanted, address = service or _service(model), _base_url(provider, model)
    key = asked(screen, f"Key of {provider}", stdin=stdin)
    store(
        *(wanted, provider, key),
        lambda: edit(lambda file: _name_keyring(file, provider, model, wanted)),
        base_url=address,
    )
    ring, host = keyring_name(), saved_for(wanted, provider)
    screen.json(
        {
            "provider": provider,
            "model": model,
            "source": f"keyring {wanted!r}",
            "keyring": ring,
            "origin": host,
        }
    )
    screen.line(
        f"The key of {_whose(provider, model)} for {host} is in the keyring ({ring}), "
        f"service {wanted!r}."
    )


@app.command("unset", context_settings=_SURPLUS)
def unset_key(
    context: typer.Context,
    provider: Owner,
    service: Service = None,
    model: Alias = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take a key out of the keyring, and what the file says of it."""
    from openai_compatible.config import key_store
    from openai_compatible.config.edit import edit
    from openai_compatible.config.misplaced import shown_name

    _refuse_keys(provider, service, *context.args)
    screen, told = Screen(as_json), dict[str, Any]()
    wanted = service or _written_service(provider, model) or _service(model)
    shown = shown_name(wanted)
    question = f"Take the key of {_whose(provider, model)} out of the keyring, service {shown!r}?"
    if not confirmed(screen, question, yes=yes):
        screen.line("Nothing was changed.")
        return
    removed = key_store.unset_key(wanted, provider)

    def change(file: ProviderFile) -> None:
        told["written"] = provider in file.names and _written(file, provider, model) == wanted
        if told["written"]:
            gone = {"api_key_keyring": None}
            file.patch(provider, gone if model is None else {"models": {model: gone}})

    edit(change)
    screen.json(
        {"provider": provider, "model": model, "removed": removed, "taken_from_file": told["written"]}
    )
    screen.line(
        f"The key of {_whose(provider, model)} is no longer in the keyring."
        if removed
        else f"The keyring held no key of {_whose(provider, model)}, service {shown!r}."
    )


@app.command("list")
def list_keys(as_json: Json = False) -> None:
    """Where the key of every provider comes from, and whether one is there. Never the key."""
    from openai_compatible.config.load import load_config

    screen, config = Screen(as_json), load_config()
    rows = [row for provider in config.providers for row in _rows(provider)]
    screen.json({"keys": rows})
    if not rows:
        screen.line("No provider is configured. Add one: openai-compatible providers add")
        return
    screen.table(
        ("provider", "model", "source", "state"),
        (
            (
                row["provider"],
                row["model"] or "-",
                f"{row['source']} ({row['mark']})" if row["mark"] else row["source"],
                row["state"],
            )
            for row in rows
        ),
    )


def store(
    service: str, provider: str, key: Secret, write: Callable[[], object], *, base_url: str
) -> None:
    """Keep a key for a server in the keyring and write what says so; both, or neither."""
    from openai_compatible.config import key_store

    before = key_store.read_entry(service, provider)
    key_store.set_key(service, provider, key, base_url=base_url)
    try:
        write()
    except BaseException:
        if before is None:
            key_store.unset_key(service, provider)
        else:
            key_store.restore_entry(service, provider, before)
        raise


def asked(screen: Screen, question: str, *, stdin: bool = False) -> Secret:
    """A key from standard input or a hidden prompt.

    Raises:
        typer.BadParameter: There is neither.
    """
    if stdin or not sys.stdin.isatty():
        return from_stdin()
    if not screen.interactive:
        raise needed("--stdin", "the key is missing")
    key = Questions(screen).secret(question)
    if not key:
        raise typer.Abort
    return key


def from_stdin() -> Secret:
    """The first line of standard input."""
    from openai_compatible.config.concealed import Secret

    raw = getattr(sys.stdin, "buffer", None)
    try:
        line = sys.stdin.readline() if raw is None else raw.readline(_LONGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise typer.BadParameter("standard input is no UTF-8 text", param_hint="--stdin") from None
    key = Secret(line.strip())
    if not key:
        raise typer.BadParameter(
            "standard input is empty; its first line is the key", param_hint="--stdin"
        )
    return key


def _refuse_keys(provider: str, service: str | None, *more: str) -> None:
    """A usage error for a key among the arguments. It is not repeated."""
    from openai_compatible.config.misplaced import looks_like_key

    if more or looks_like_key(provider) or looks_like_key(service or ""):
        raise typer.BadParameter(
            "a key does not belong on a command line, where other users and the shell's history see it. "
            "Give the provider's name alone; the key is asked for, or read from standard input. "
            "A key that was typed here should be replaced by a new one.",
            param_hint="arguments",
        )


def _check_known(provider: str, model: str | None) -> None:
    """Raise before a key is typed for nothing."""
    from openai_compatible.config.edit import ProviderFile, own_path
    from openai_compatible.config.whole import text_of
    from openai_compatible.errors import UnknownModelReferenceError
    from openai_compatible.presets.registry import presets

    file = ProviderFile(text_of(own_path()), own_path())
    if provider not in file.names and (model is not None or provider not in presets()):
        file.fields(provider)  # raises, and names the known ones
    if model is not None and model not in (file.fields(provider).get("models") or {}):
        raise UnknownModelReferenceError(
            f"provider {provider!r} has no model {model!r}",
            hint=f"Write it first: openai-compatible providers edit {provider} --set models.{model}=ID",
        )


def _base_url(provider: str, model: str | None) -> str:
    """Return where the key of a provider, or of one of its models, is sent.

    Raises:
        MissingKeyError: The address refers to a variable that is not set.
    """
    from openai_compatible.config.addition import loaded
    from openai_compatible.config.edit import ProviderFile, own_path
    from openai_compatible.config.whole import text_of

    file = ProviderFile(text_of(own_path()), own_path())
    table: dict[str, Any] = {"name": provider, "preset": provider}
    if provider in file.names:
        table = file.fields(provider)
    kept: dict[str, Any] = {
        name: table[name] for name in ("name", "preset", "base_url") if name in table
    }
    entry = (table.get("models") or {}).get(model)
    if isinstance(entry, dict) and "base_url" in entry:
        kept["models"] = {model: {"base_url": entry["base_url"]}}
    made = loaded(kept)
    own = made.models[model].base_url if model in made.models else None
    return own or made.base_url


def _name_keyring(file: ProviderFile, provider: str, model: str | None, service: str) -> None:
    """Say in the file that the key is in the keyring; a preset becomes a provider of its own there."""
    if provider not in file.names:
        file.add({"name": provider, "preset": provider, "api_key_keyring": service})
        return
    fields: dict[str, Any] = {"api_key_keyring": service}
    file.patch(provider, fields if model is None else {"models": {model: fields}})


def _service(model: str | None) -> str:
    from openai_compatible.config.key_store import SERVICE

    return SERVICE if model is None else f"{SERVICE}/{model}"


def _written_service(provider: str, model: str | None) -> str | None:
    from openai_compatible.config.edit import ProviderFile, own_path
    from openai_compatible.config.whole import text_of

    file = ProviderFile(text_of(own_path()), own_path())
    return _written(file, provider, model) if provider in file.names else None


def _written(file: ProviderFile, provider: str, model: str | None) -> str | None:
    """The keyring service that the file names."""
    table = file.fields(provider)
    if model is not None:
        models = table.get("models") or {}
        table = models[model] if isinstance(models.get(model), dict) else {}
    found = table.get("api_key_keyring")
    return found if isinstance(found, str) else None


def _whose(provider: str, model: str | None) -> str:
    return provider if model is None else f"{provider}/{model}"


def _rows(provider: Provider) -> list[dict[str, Any]]:
    """The provider, and those of its models that have a source of their own."""
    from openai_compatible.config.key_status import key_status, names_source

    rows: list[dict[str, Any]] = [
        {"provider": provider.name, "model": None, **key_status(provider).to_dict()}
    ]
    for alias, model in provider.models.items():
        if names_source(model):
            status = key_status(provider, model)
            rows.append({"provider": provider.name, "model": alias, **status.to_dict()})
    return rows
