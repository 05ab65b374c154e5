"""The page ``docs/provider-file.md``: every key of the provider file, made of its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from openai_compatible.config.migration import __doc__ as _versions
from openai_compatible.config.schema import schema

__all__ = ["page"]

_HEAD = """\
# The provider file, key by key

`providers.toml`; what it is for and where it lives is told in [configuration.md](configuration.md). This
page is made of the classes that read the file, as is its JSON Schema: `openai-compatible schema >
providers.schema.json` writes it, and with `#:schema ./providers.schema.json` as the first line of the
file editors with Taplo (Even Better TOML) complete and check what you type.

A key that is not on this page is an error that names the file, the line and the nearest key that is.

| key | type | meaning |
|---|---|---|
| `version` | integer | of the words of this file, see [below](#versions) |
| `allow_plain_keys` | true, false | keys themselves are meant to be in this file, whoever may read it |
| `providers` | tables | `[[providers]]`, one for each server |
| `routes` | tables | `[routes.NAME]`, lists of references |
"""

_TITLES = {
    "Provider": "`[[providers]]`",
    "Model": "`[providers.models.ALIAS]`",
    "Route": "`[routes.NAME]`",
    "Auth": "`auth`",
    "Timeouts": "`timeout`",
    "ResponseLimits": "`response_limits`",
    "Tls": "`tls`",
    "RateLimit": "`rate_limit`",
}


def page() -> str:
    """The page as Markdown.

    >>> page().startswith("# The provider file")
    True
    """
    defined = schema()["$defs"]
    parts = [_HEAD]
    for name, title in _TITLES.items():
        made = defined[name]
        rows = [_row(key, field) for key, field in made["properties"].items()]
        lines = [f"## {title}", "", made["description"], "", "| key | type | default | meaning |"]
        parts.append("\n".join([*lines, "|---|---|---|---|", *rows, ""]))
    parts.append(f"## Versions\n\n{_table(_versions or '')}")
    return "\n".join(parts)


def _row(key: str, field: Mapping[str, Any]) -> str:
    default = field.get("default")
    shown = "" if default is None else f"`{json.dumps(default)}`"
    meaning = field.get("description", "").replace("|", "\\|")
    return f"| `{key}` | {_type(field)} | {shown} | {meaning} |"


def _type(field: Mapping[str, Any]) -> str:
    """A type in words; a table of its own is linked by name."""
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(one) for one in field["anyOf"]))
    if "$ref" in field:
        title = _TITLES[field["$ref"].rpartition("/")[2]].strip("`")
        return f"table `{title}`"
    if "enum" in field:
        return ", ".join(f"`{one}`" for one in field["enum"])
    kind = field.get("type", "any")
    if kind == "array":
        return f"list of {_type(field['items'])}"
    if kind == "object":
        inner = field.get("additionalProperties")
        return f"table of {_type(inner)}" if isinstance(inner, Mapping) else "table"
    return {"string": "text", "boolean": "true, false"}.get(kind, str(kind))


def _table(doc: str) -> str:
    """The table and the sentences of a docstring as Markdown."""
    rows, rest = [], []
    for line in doc.strip().split("\n\n", 1)[1].splitlines():
        if line.startswith("="):
            continue
        number, _, text = line.partition(" ")
        if number == "version":
            rows += ["| version | what is new |", "|---|---|"]
        elif number.isdigit():
            rows.append(f"| {number} | {text.strip().replace('``', '`')} |")
        elif line:
            rest.append(line.replace("``", "`"))
    return "\n".join([*rows, "", *rest, ""])
