"""``providers add``: from an address to a provider that works and is written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openai_compatible.cli.options import Json, Seconds, Trust
from openai_compatible.cli.questions import Questions
from openai_compatible.cli.screen import Screen

if TYPE_CHECKING:
    from openai_compatible.cli.provider_draft import Draft

__all__ = ["add"]

_KEY_SOURCES = ("api_key_env", "api_key_keyring", "api_key_file", "api_key_command")

Text = str | None
Many = list[str] | None

What = Annotated[
    Text, typer.Argument(metavar="PRESET_OR_URL", help="For example ollama, or localhost:8000.")
]
NewName = Annotated[
    Text, typer.Option("--name", help="What to call it. 'My vLLM Server' becomes my-vllm-server.")
]
Url = Annotated[Text, typer.Option("--base-url", metavar="URL", help="Where the API is.")]
Service = Annotated[Text, typer.Option("--preset", metavar="NAME", help="Known service that it is.")]
Dialect = Annotated[Text, typer.Option("--profile", metavar="NAME", help="Dialect that it speaks.")]
KeyVariable = Annotated[
    Text, typer.Option("--api-key-env", metavar="VARIABLE", help="Variable that holds the key.")
]
KeyRing = Annotated[
    Text, typer.Option("--api-key-keyring", metavar="SERVICE", help="Keyring service that holds it.")
]
KeyFile = Annotated[
    Text, typer.Option("--api-key-file", metavar="PATH", help="File whose first line is the key.")
]
KeyCommand = Annotated[
    Text,
    typer.Option(
        "--api-key-command", metavar="COMMAND", help="Program that prints it: 'op read op://x/y'."
    ),
]
KeyStdin = Annotated[
    bool, typer.Option("--api-key-stdin", help="Read the key from standard input into the keyring.")
]
Header = Annotated[Many, typer.Option("--header", metavar="NAME=VALUE", help="A header; repeatable.")]
Models = Annotated[
    Many, typer.Option("--model", "-m", metavar="[ALIAS=]ID", help="A model; repeatable.")
]
Default = Annotated[
    Text,
    typer.Option("--default-model", metavar="MODEL", help="Meant where the provider alone is named."),
]
Priority = Annotated[int | None, typer.Option("--priority", help="1 is the highest, 3 the default.")]
Assigned = Annotated[
    Many, typer.Option("--set", metavar="FIELD=VALUE", help="Any other field, as in TOML; repeatable.")
]
Untested = Annotated[bool, typer.Option("--no-test", help="Write it without trying it.")]
Sure = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; write it even if the test fails.")]


def add(  # noqa: PLR0913 - options
    what: What = None,
    *,
    name: NewName = None,
    base_url: Url = None,
    preset: Service = None,
    profile: Dialect = None,
    api_key_env: KeyVariable = None,
    api_key_keyring: KeyRing = None,
    api_key_file: KeyFile = None,
    api_key_command: KeyCommand = None,
    api_key_stdin: KeyStdin = False,
    header: Header = None,
    model: Models = None,
    default_model: Default = None,
    priority: Priority = None,
    assigned: Assigned = None,
    no_test: Untested = False,
    timeout: Seconds = 10.0,
    yes: Sure = False,
    trust: Trust = False,
    as_json: Json = False,
) -> int:
    """Add a provider: asks for what is missing, tests it in stages, writes what worked.

    Without a terminal, or with --yes, nothing is asked. Without a terminal a test that fails writes
    nothing, unless --no-test or --yes says so; the exit code is that of the stage that failed.
    """
    from openai_compatible import plugins
    from openai_compatible.cli.provider_draft import Draft

    plugins.load()  # their presets and profiles
    screen = Screen(as_json)
    words = {
        "base_url": base_url,
        "preset": preset,
        "profile": profile,
        "default_model": default_model,
        "priority": priority,
        "api_key_env": api_key_env,
        "api_key_keyring": api_key_keyring,
        "api_key_file": api_key_file,
        "api_key_command": None if api_key_command is None else _words(api_key_command),
    }
    fields = _fields(what, words, header or [], model or [], assigned or [])
    if sum(one in fields for one in _KEY_SOURCES) + api_key_stdin > 1:
        raise typer.BadParameter("a key has one source", param_hint="--api-key-...")
    draft = Draft(screen, fields, ask=Questions(screen) if screen.interactive and not yes else None)
    draft.name = name or ""
    draft.timeout = timeout
    draft.trust = trust
    if api_key_stdin:
        from openai_compatible.cli.keys import from_stdin

        draft.key = from_stdin()
    return _added(draft, test=not no_test, yes=yes)


def _added(draft: Draft, *, test: bool, yes: bool) -> int:
    """Complete a draft, test it and write it; the exit code."""
    draft.complete()
    draft.refuse_untrusted()
    report = draft.tested() if test else None
    failed = draft.code if report is not None and not report.ok and not draft.accepted else 0
    written = not failed or yes
    if written:
        draft.write()
    draft.show(report, written=written)
    return 0 if written else failed


def _fields(
    what: str | None, words: Mapping[str, Any], header: list[str], model: list[str], assigned: list[str]
) -> dict[str, Any]:
    """Fields of the provider that the options say."""
    from openai_compatible.config.addition import address
    from openai_compatible.config.assignments import change_of, refuse_key
    from openai_compatible.config.change import merged

    fields = {key: value for key, value in words.items() if value is not None}
    for key in ("api_key_env", "api_key_file", "api_key_keyring"):
        refuse_key([key], fields.get(key))
    if what is not None:
        for key, value in address(what).items():
            if key in fields:
                raise typer.BadParameter(f"{key} is given twice", param_hint="PRESET_OR_URL")
            fields[key] = value
    for text in header:
        key, value = _header(text)
        refuse_key(["headers", key], value)
        fields.setdefault("headers", {})[key] = value
    for text in model:
        alias, _, wire_id = text.partition("=")
        if not alias:
            raise typer.BadParameter("a model is written ID or ALIAS=ID", param_hint="--model")
        fields.setdefault("models", {})[alias] = {"id": wire_id or alias}
        if len(model) == 1:  # the only one is meant where the provider alone is named
            fields.setdefault("default_model", alias)
    return dict(merged(fields, change_of(assigned)))


def _words(command: str) -> list[str]:
    """Program and arguments, as a shell would take them apart. They are not repeated."""
    from openai_compatible.config.assignments import words_of
    from openai_compatible.errors import ConfigError

    try:
        return words_of(command)
    except ConfigError as error:
        raise typer.BadParameter(error.message, param_hint="--api-key-command") from None


def _header(text: str) -> tuple[str, str]:
    """``NAME=VALUE`` or ``NAME: VALUE``; the value is not repeated where it is neither."""
    cut = min((at for at in (text.find("="), text.find(":")) if at > 0), default=0)
    if not cut:
        raise typer.BadParameter("a header is written NAME=VALUE", param_hint="--header")
    return text[:cut].strip(), text[cut + 1 :].strip()
