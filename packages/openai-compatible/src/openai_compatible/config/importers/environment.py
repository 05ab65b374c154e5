"""Variables of the openai SDK, from the environment or from a ``.env`` file.

``OPENAI_BASE_URL`` (or the older ``OPENAI_API_BASE``) and ``OPENAI_API_KEY`` belong to OpenAI and are
never read by this package on its own; importing them is asking for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from openai_compatible.config.expansion import ForeignText
from openai_compatible.config.importers.draft import Draft, Imported, Key, Reference, host_of
from openai_compatible.config.keys import conventional_variable
from openai_compatible.config.written import escaped, is_placeholder
from openai_compatible.presets.registry import preset, presets

__all__ = ["read", "read_text"]

_NAME = re.compile(r"(?:export\s++|set\s++|\$env:)?([A-Za-z_]\w*+)")
_COMMENT = re.compile(r"\s[#;]")
_QUOTED = re.compile(r"""^(["'])(.*?)\1(?:\s*[#;].*)?$""")


def read_text(text: str, source: str = ".env", *, keep_keys: bool = False) -> Imported:
    """Variables in a ``.env`` file, or in lines of a shell: ``export NAME="value"``."""
    found: dict[str, str] = {}
    for line in text.removeprefix("\ufeff").split("\n"):
        left, equals, right = line.partition("=")
        name = _NAME.fullmatch(left.strip())
        if not equals or name is None:
            continue
        value = right.strip()
        quoted = _QUOTED.match(value)
        found[name[1]] = quoted[2] if quoted else _COMMENT.split(value, maxsplit=1)[0].strip()
    return read(found, source, keep_keys=keep_keys)


def read(
    environ: Mapping[str, str], source: str = "the environment", *, keep_keys: bool = False
) -> Imported:
    """The provider that the variables describe; none where they say nothing.

    The key stays where it is, in its variable, whatever ``keep_keys`` says.

    Raises:
        ConfigError: The base URL is none.

    >>> read({"OPENAI_BASE_URL": "http://localhost:8000/v1"}).providers
    [{'name': 'localhost-8000', 'base_url': 'http://localhost:8000/v1'}]
    """
    draft = Draft(source, keep_keys=keep_keys)
    for stem in ("OPENAI_COMPATIBLE", "OPENAI"):
        _provider(draft, environ, stem)
    for name in presets():
        row = preset(name)
        for variable in row.api_key_env if name != "openai" else ():
            if environ.get(variable, "").strip() and row.key == "required":
                draft.note(f"{variable}: nothing to import, the preset {name!r} takes it as it is")
    if not draft.providers and not draft.notes:
        draft.note(f"{source}: neither OPENAI_BASE_URL nor OPENAI_API_KEY is set")
    return draft.imported()


def _provider(draft: Draft, environ: Mapping[str, str], stem: str) -> None:
    place = f"{stem}_BASE_URL"
    address = environ.get(place, "").strip()
    if not address and stem == "OPENAI":
        place = "OPENAI_API_BASE"
        address = environ.get(place, "").strip()
    variable, model = f"{stem}_API_KEY", environ.get(f"{stem}_MODEL", "").strip()
    text = environ.get(variable, "").strip()
    key: Key = Reference(variable) if text and not is_placeholder(text) else None
    if text and key is None:
        draft.note(f"{variable}: a word for 'no key', and none is needed")
    if not address:
        if key is not None and stem == "OPENAI":
            draft.provider(
                "openai", {"preset": "openai", "default_model": ForeignText(model)}, place=variable
            )
        return
    host = host_of(address)
    name = "openai" if host == "api.openai.com" else host or "server"
    made = draft.provider(
        name, {"base_url": escaped(address), "default_model": ForeignText(model)}, key, place=place
    )
    if key is not None and variable != conventional_variable(made["name"]):
        draft.note(f"{variable}: it is sent to {host} from now on, because it was imported for it")
    for extra in (f"{stem}_ORG_ID", f"{stem}_PROJECT_ID", f"{stem}_ORGANIZATION"):
        if environ.get(extra, "").strip():
            draft.note(f"{extra}: not carried over; write it into headers if the server wants it")
