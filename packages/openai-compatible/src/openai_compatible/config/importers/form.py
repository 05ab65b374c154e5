"""What guides and forms show as lines with labels.

::

    Provider Name: vLLM Local
    Server URL: http://localhost:8000
    API Key: (leave empty)
    Model ID: meta-llama/Llama-2-7b-chat-hf
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import SecretStr

from openai_compatible.config.expansion import ForeignText
from openai_compatible.config.importers.azure import at_azure
from openai_compatible.config.importers.draft import Draft, Imported, Literal, host_of
from openai_compatible.config.written import escaped
from openai_compatible.errors import ConfigError

__all__ = ["read"]

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
    for label, field, value in _fields(text):
        if field in forms[-1]:
            forms.append({})
        bare = _without_remark(value).strip().strip("`\"'")
        if bare != value.strip("`\"'") and bare:
            draft.note(f"{label}: read without its remark in brackets")
        forms[-1][field] = bare
    for form in forms:
        _provider(draft, form)
    return draft.imported()


def _fields(text: str) -> Iterator[tuple[str, str, str]]:
    """Labels, fields and values; a value may stand on the line after its label."""
    waiting: tuple[str, str] | None = None
    for line in text.split("\n"):
        left, colon, right = line.partition(":")
        label = left.strip(" \t\r\f\v*-")
        field = _LABELS.get(label.lower()) if colon else None
        value = right.lstrip("*").strip()
        if field is not None:
            if value:
                yield label, field, value
            waiting = None if value else (label, field)
        elif waiting is not None and line.strip():
            yield (*waiting, line.strip())
            waiting = None


def _without_remark(value: str) -> str:
    """A value without the remark in brackets at its end."""
    at = value.rfind("(")
    is_remark = value.endswith(")") and at >= 0 and value.find(")", at) == len(value) - 1
    return value[:at].rstrip() if is_remark else value


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
