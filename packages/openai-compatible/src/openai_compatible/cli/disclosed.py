"""Show which variables, files, programs and keyring entries go to which host, and ask for consent."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from openai_compatible.errors import ConfigError
from openai_compatible.wire.plain import one_line, quoted

if TYPE_CHECKING:
    from openai_compatible.cli.screen import Screen
    from openai_compatible.config.disclosures import Disclosure

__all__ = ["describe", "refuse_untrusted", "secret_folders", "show_disclosures", "to_json"]

_MOST = 200
"""Lines of an error; the count says how many there are."""

_WHAT = {
    "variable": "${name}",
    "file": "the file {name}",
    "command": "what the program {name} prints",
    "keyring": "the keyring entry {name}",
}


def secret_folders() -> tuple[str, ...]:
    """Folders whose files an import may name as keys, beside those of containers."""
    from openai_compatible.config.load import default_path

    return (str(default_path().parent),)


def describe(one: Disclosure) -> str:
    """One line about one disclosure, with all texts escaped.

    >>> from openai_compatible.config.disclosures import Disclosure
    >>> describe(Disclosure("lab", "api_key_env", "variable", "LAB_KEY", "lab:8000"))
    'lab: $LAB_KEY goes to lab:8000 (api_key_env)'
    """
    what = _WHAT[one.kind].replace("{name}", quoted(one.name))
    when = "" if one.is_explicit else ", if it is set"
    refusal = f"; {one.refusal}" if one.refusal else ""
    place = one_line(one.field)
    return f"{one_line(one.provider)}: {what} goes to {one_line(one.host)} ({place}{when}{refusal})"


def to_json(found: Sequence[Disclosure]) -> list[dict[str, Any]]:
    """The same as plain JSON values."""
    return [
        {
            "provider": one.provider,
            "field": one.field,
            "kind": one.kind,
            "name": one.name,
            "host": one.host,
            "if_set": not one.is_explicit,
            "refused_because": one.refusal,
        }
        for one in found
        if _is_worth_a_line(one)
    ]


def show_disclosures(screen: Screen, found: Sequence[Disclosure], *, note: bool = False) -> None:
    """Print one line for each; nothing where nothing is sent.

    Args:
        screen: Where to print.
        found: What is sent.
        note: To standard error.
    """
    lines = [describe(one) for one in found if _is_worth_a_line(one)]
    if lines:
        show = screen.note if note else screen.line
        show("\n".join(["What is sent where:", *(f"  {line}" for line in lines)]))


def refuse_untrusted(found: Sequence[Disclosure]) -> None:
    """Refuse what needs the user's consent.

    Raises:
        ConfigError: Something does; the message lists it.
    """
    lines = [describe(one) for one in found if one.refusal is not None]
    if not lines:
        return
    more = f"; and {len(lines) - _MOST} more" if len(lines) > _MOST else ""
    listed = "; ".join(lines[:_MOST])  # one line: errors escape line breaks
    raise ConfigError(
        f"this would send variables, files or keys to hosts that they do not belong to: {listed}{more}",
        hint="Nothing was written. If you mean all of that, repeat the command with --trust.",
    )


def _is_worth_a_line(one: Disclosure) -> bool:
    """Whether it is sent as things are: a variable that counts by a name alone has to be set."""
    return one.is_explicit or one.refusal is not None or bool(os.environ.get(one.name))
