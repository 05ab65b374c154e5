"""The page ``docs/presets.md``, made of the rows."""

from __future__ import annotations

from openai_compatible.presets.preset import Kind, Preset
from openai_compatible.presets.registry import preset, presets
from openai_compatible.profiles.profile import FACTS
from openai_compatible.profiles.registry import GENERIC, profile

__all__ = ["LEFT_OUT", "page"]

LEFT_OUT: dict[str, str] = {
    "corporate-gateway": "Gateways of companies (APIM, Kong, Dataiku LLM Mesh ...) have no address, "
    "header or path in common: each is a provider of its own, with `base_url`, `auth`, `headers`.",
}
"""Services that are known of and have no preset, and why."""

_KINDS: dict[Kind, str] = {
    "local": "Servers of one's own",
    "cloud": "Services",
    "gateway": "Gateways",
}

_HEAD = """\
# Presets

Services that are known by name. A preset says where a service lives, how its key travels and which
dialect it speaks ([profile](plugins.md)). `${VARIABLE}` in an address stands for what is yours: an
account, a region, a resource. Of the variables named for a key the first is recommended; the others are
what further programs use.

How well a row is known is its *tier*:

| tier | meaning |
|---|---|
| verified | the tests run against the real server |
| replayed | the tests replay what the real server sent |
| documented | its documentation or its own source says so |
| reported | other programs, threads or general knowledge say so; nothing of its own was read |

This page is made of the rows in `openai_compatible/presets/`; what a profile holds can be seen in
`openai_compatible/profiles/`. What stands under *Seen in* was read, in full or in part; a link to a
documentation that is not among it only says where to look.
"""


def page() -> str:
    """The page as Markdown.

    >>> page().startswith("# Presets")
    True
    """
    rows = [preset(name) for name in presets()]
    parts = [_HEAD]
    for kind, title in _KINDS.items():
        those = [row for row in rows if row.kind == kind]
        lines = [
            f"| [`{r.name}`](#{r.name}) | {r.display_name} | `{r.base_url}` | {r.tier} |" for r in those
        ]
        parts.append(
            "\n".join([f"## {title}", "", "| preset | service | base URL | tier |", "|---|---|---|---|"])
        )
        parts[-1] += "\n" + "\n".join(lines) + "\n"
        parts += [_section(row) for row in those]
    parts.append("## Without a preset\n\n" + "".join(f"- `{n}`: {why}\n" for n, why in LEFT_OUT.items()))
    return "\n".join(parts)


def _section(row: Preset) -> str:
    lines = [f"### {row.name}", "", f"{row.display_name}, {row.tier}. [Documentation]({row.docs})", ""]
    lines.append(f"- base URL: `{row.base_url}`")
    lines += [f"- also: `{url}`" for url in row.other_base_urls]
    lines.append(f"- key: {_key(row)}")
    if row.headers:
        lines.append("- headers: " + _pairs(dict(row.headers)))
    if row.query:
        lines.append("- query: " + _pairs(dict(row.query)))
    lines.append(f"- profile: {_profile(row)}")
    lines += [f"- {note}" for note in row.notes]
    seen = "; ".join(f"{_source(one.source)} ({one.date})" for one in row.evidence)
    return "\n".join([*lines, "", f"Seen in: {seen}", ""])


def _key(row: Preset) -> str:
    names = ", ".join(f"`{name}`" for name in row.api_key_env)
    said = {"required": "required", "optional": "optional", "none": "not looked at"}[row.key]
    if isinstance(row.auth, str):
        how = "" if row.auth == "bearer" else f", {row.auth}"
    else:
        how = f", in the {row.auth['style']} `{row.auth['name']}`"
    return said + how + (f"; {names}" if names else "")


def _pairs(given: dict[str, str]) -> str:
    return ", ".join(f"`{name}: {value}`" for name, value in given.items())


def _profile(row: Preset) -> str:
    if row.profile is None:
        return "none: nothing is known that differs"
    facts = profile(row.profile)
    said = [f"`{f} = {_toml(v)}`" for f in FACTS if (v := getattr(facts, f)) != getattr(GENERIC, f)]
    return f"`{row.profile}`" + (f": {', '.join(said)}" if said else "")


def _toml(value: object) -> str:
    """A fact's value as it would be written in ``dialect``; ``None`` has no such form."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _source(text: str) -> str:
    return f"<{text}>" if text.startswith("https://") else text
