"""Provider files that somebody else can write: what in them acts with the rights of the reader.

Judged is the very file that was opened, so a folder that others may write adds nothing: a file put there
by somebody else belongs to somebody else. Windows has no such modes and is not judged.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError

__all__ = ["refuse_untrusted"]

_POWERFUL = {
    "api_key_command": "runs a program (api_key_command)",
    "proxy": "sends requests through a proxy (proxy)",
    "api_key_file": "sends the content of a file (api_key_file)",
}
"""Fields of a provider or model that act with the reader's rights, and what they do."""
_TLS = {
    "ca_bundle": "says whom to trust (tls.ca_bundle)",
    "client_cert": "sends a certificate of yours (tls.client_cert)",
}


def refuse_untrusted(path: Path, found: os.stat_result | None, providers: Iterable[Provider]) -> None:
    """Refuse a file that others may write, or that another user owns, if it acts for its reader.

    Args:
        path: The file.
        found: Its state when it was opened; ``None`` where systems have no owners and modes.
        providers: What was read from it.

    Raises:
        ConfigError: It names a program, a proxy, a key file or TLS files. The hint ends that.
    """
    if found is None or os.name != "posix":
        return
    fault = _fault(path, found)
    if fault is None:
        return
    for provider in providers:
        for what in _powers(provider):
            raise ConfigError(f"{path}: {fault[0]}, and {what}, which is refused", hint=fault[1])


def _fault(path: Path, found: os.stat_result) -> tuple[str, str] | None:
    """Say who besides the reader and root may change the file, and how that is ended."""
    shown = shlex.quote(str(path.resolve()))
    me = os.geteuid()
    if found.st_uid not in (0, me):
        return (
            f"this file belongs to another user ({_user(found.st_uid)})",
            f"Read it, and if it is right, make it yours: sudo chown {me} {shown}",
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o022:
        who = "everybody" if mode & 0o002 else "its group"
        return (
            f"{who} may write this file (mode {mode:04o})",
            f"Read it, and if it is right, run: chmod go-w {shown}",
        )
    return None


def _user(number: int) -> str:
    import pwd

    try:
        return f"{pwd.getpwuid(number).pw_name}, uid {number}"
    except KeyError:
        return f"uid {number}"


def _powers(provider: Provider) -> Iterator[str]:
    """What a provider of the file does with the reader's rights; not what a variable said."""
    named = f"provider {provider.name!r}"
    yield from _of_table(provider, _POWERFUL, named, provider, "")
    yield from _of_table(provider.tls, _TLS, named, provider, "tls.")
    if not provider.tls.verify and not provider.origin("tls.verify").startswith("$"):
        yield f"{named} does not check who answers (tls.verify)"
    for alias, model in provider.models.items():
        whose = f"model {alias!r} of provider {provider.name!r}"
        yield from _of_table(model, _POWERFUL, whose, provider, f"models.{alias}.")


def _of_table(
    table: object, fields: Mapping[str, str], whose: str, provider: Provider, place: str
) -> Iterator[str]:
    for field, does in fields.items():
        given = getattr(table, field, None)
        if given and not provider.origin(f"{place}{field}").startswith("$"):
            yield f"{whose} {does}"
