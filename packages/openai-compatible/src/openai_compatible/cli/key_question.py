"""The question where a key is. What is typed goes into the keyring, never into the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openai_compatible.cli.questions import Questions
from openai_compatible.cli.screen import Screen
from openai_compatible.errors import ConfigError

if TYPE_CHECKING:
    from openai_compatible.config.concealed import Secret
    from openai_compatible.presets.preset import Preset

__all__ = ["ask_key", "may_want_key"]

_PLACES = (
    "none is needed",
    "in a variable",
    "type it now (hidden), to be kept in the system's keyring",
    "in the keyring already",
    "in a file",
    "a program prints it",
)


def may_want_key(fields: Mapping[str, Any]) -> bool:
    """Whether nothing says yet where the key is, and the server may look at one."""
    from openai_compatible.config.secrecy import SOURCES

    auth = fields.get("auth")
    if auth == "none" or (isinstance(auth, Mapping) and auth.get("style") == "none"):
        return False
    row = _preset(fields)
    return not any(name in fields for name in SOURCES) and (row is None or row.key != "none")


def ask_key(
    screen: Screen, ask: Questions, fields: Mapping[str, Any]
) -> tuple[dict[str, Any], Secret | None]:
    """Ask until a source is named.

    Returns:
        The fields with that source and no other, and a key that was typed.
    """
    from openai_compatible.config.key_store import keyring_name
    from openai_compatible.config.secrecy import SOURCES

    bare = {name: value for name, value in fields.items() if name not in SOURCES}
    if bare.get("auth") == "none":
        del bare["auth"]
    while True:
        screen.line("Where is the key?")
        row = _preset(bare)
        required = row is not None and row.key == "required"
        chosen = ask.choice("Number", _PLACES, default=2 if required else 1)
        try:
            if chosen == 3:
                keyring_name()  # where there is none, nobody types a key for nothing
                key = ask.secret("Key")
                if key:
                    return bare, key
                continue
            return {**bare, **_source(ask, chosen, bare, required)}, None
        except ConfigError as error:
            screen.error(error)


def _source(ask: Questions, chosen: int, fields: Mapping[str, Any], required: bool) -> dict[str, Any]:
    """The field that says where the key is."""
    from openai_compatible.config.addition import usual_variable
    from openai_compatible.config.assignments import words_of
    from openai_compatible.config.key_store import SERVICE

    if chosen == 2:
        return {"api_key_env": _variable(ask.text("Variable", usual_variable(fields)))}
    if chosen == 4:
        return {"api_key_keyring": ask.text("Keyring service", SERVICE)}
    if chosen == 5:
        return {"api_key_file": ask.text("File")}
    if chosen == 6:
        return {"api_key_command": words_of(ask.text("Command"))}
    return {"auth": "none"} if required else {}


def _variable(text: str) -> str:
    from openai_compatible.config.misplaced import shown_variable

    name = text.removeprefix("$")
    if shown_variable(name) == "$***":
        raise ConfigError("that is no name of a variable", hint="A key itself is typed under 3.")
    return name


def _preset(fields: Mapping[str, Any]) -> Preset | None:
    from openai_compatible.presets.registry import preset

    return preset(fields["preset"]) if "preset" in fields else None
