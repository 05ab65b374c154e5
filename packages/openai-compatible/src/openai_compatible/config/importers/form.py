"""What guides and forms show as lines with labels.

::

    Provider Name: vLLM Local
    Server URL: http://localhost:8000
    API Key: (leave empty)
    Model ID: meta-llama/Llama-2-7b-chat-hf
"""

from __future__ import annotations

import re

from pydantic import SecretStr

from openai_compatible.config.expansion import ForeignText
from openai_compatible.config.importers.azure import at_azure
from openai_compatible.config.importers.draft import Draft, Imported, Literal, host_of
from openai_compatible.config.written import escaped
from openai_compatible.errors import ConfigError

__all__ = ["read"]

_LINE = re.compile(r"^[ \t*-]*+([A-Za-z][A-Za-z _-]{0,60}+)\**+:\**+(.*)$", re.MULTILINE)
_REMARK = re.compile(r"\([^()]*\)$")
_LABELS = {
    **dict.fromkeys(("provider name", "name", "provider"), "name"),
    **dict.fromkeys(
        ("server url", "base url", "api base url", "url", "custom url", "target uri"), "url"
    ),
    **dict.fromkeys(("api key", "key"), "key"),
    **dict.fromkeys(("model id", "model", "model name"), "model"),
}


def read(text: str, source: str = "the form", *, keep_keys: bool = False) -> Imported:
    """One provider for each URL.

    Raises:
        ConfigError: No line has a URL, or it is none.
    """
    draft = Draft(source, keep_keys=keep_keys)
    forms: list[dict[str, str]] = [{}]
    for label, line in _LINE.findall(text):
        value = line.strip()
        field = _LABELS.get(label.strip().lower())
        if field is None:
            continue
        if field in forms[-1]:
            forms.append({})
        bare = _REMARK.sub("", value).strip().strip("`\"'")
        if bare != value.strip("`\"'") and bare:
            draft.note(f"{label}: read without its remark in brackets")
        forms[-1][field] = bare
    for form in forms:
        _provider(draft, form)
    return draft.imported()


def _provider(draft: Draft, form: dict[str, str]) -> None:
    address, name = form.get("url", ""), form.get("name", "")
    place = name or "the form"
    if not address:
        raise ConfigError(
            f"{draft.source}: {place} has no URL", hint='Write a line "Server URL: http://HOST:PORT/v1".'
        )
    key = Literal(SecretStr(form["key"]), f"{place}: API Key") if form.get("key") else None
    model = ForeignText(form.get("model", ""))
    fields = at_azure({"base_url": escaped(address), "default_model": model}, draft, place)
    draft.provider(name or host_of(address), fields, key, place=place)
