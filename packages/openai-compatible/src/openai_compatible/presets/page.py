"""The page ``docs/presets.md``, made of the rows: the table of all, and what was tested."""

from __future__ import annotations

from openai_compatible.presets.pages import KINDS, key_in_words
from openai_compatible.presets.registry import preset, presets

__all__ = ["LEFT_OUT", "page"]

LEFT_OUT: dict[str, str] = {
    "corporate-gateway": "Gateways of companies (APIM, Kong, Dataiku LLM Mesh ...) have no address, "
    "header or path in common: each is a provider of its own, with `base_url`, `auth`, `headers`.",
}
"""Services that are known of and have no preset, and why."""

_HEAD = """\
# Presets

Services that are known by name. A preset says where a service lives, how its key travels and which
dialect it speaks ([profile](plugins.md)); it is a provider by itself (`model="groq/MODEL"`), and
`preset = "groq"` in [the provider file](configuration.md#presets) makes one of it. Each has a page: how
the server is started or where the key is made, configuration, examples for both frameworks, quirks.

`${VARIABLE}` in an address stands for what is yours: an account, a region, a resource. Of the variables
named for a key the first is recommended; the others are what further programs use.

## Tiers

How well a row is known is its *tier*, with the date of the newest evidence for it:

| tier | meaning |
|---|---|
| verified | the tests run against the real server |
| replayed | the tests replay what the real server sent |
| documented | its documentation or its own source says so |
| reported | other programs, threads or general knowledge say so; nothing of its own was read |

What stands under *Evidence* on a page was read, in full or in part; a link to a documentation that is
not among it only says where to look.
"""

_TESTED = """\
## Tested with

What the tests ran against (`verified`), and whose recorded answers they replay (`replayed`). The servers
run a tiny scripted model: what is tested is how they wrap it, not what models say.
"""

_FOOT = """\
## How these pages are made

This page and those in `docs/presets/` are made of the rows in `openai_compatible/presets/` and of
[the quirks](quirks.md). After a change of either:

```console
OPENAI_COMPATIBLE_ACCEPT_SNAPSHOT=1 pytest tests/openai_compatible/presets
```

The examples of every page are run by the tests, against a server on loopback.
"""


def page() -> str:
    """The page as Markdown.

    >>> page().startswith("# Presets")
    True
    """
    left_out = "## Without a preset\n\n" + "".join(f"- `{n}`: {why}\n" for n, why in LEFT_OUT.items())
    return "\n".join([_HEAD, _all(), _TESTED, _tested(), left_out, _FOOT])


def _all() -> str:
    """One table of all, servers of one's own first."""
    rows = sorted(map(preset, presets()), key=lambda row: (list(KINDS).index(row.kind), row.name))
    lines = [
        "| preset | service | kind | base URL | key | tier | date |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| [`{row.name}`](presets/{row.name}.md) | {row.display_name} | {KINDS[row.kind]} | "
        f"`{row.base_url}` | {key_in_words(row)} | {row.tier} | {row.date} |"
        for row in rows
    ]
    return "\n".join(["## All presets", "", *lines, ""])


def _tested() -> str:
    lines = ["| preset | server | version | date | level | evidence |", "|---|---|---|---|---|---|"]
    lines += [
        f"| [`{row.name}`](presets/{row.name}.md) | {one.server} | {one.version} | {one.date} | "
        f"{one.level} | [{one.evidence}](../{one.evidence}) |"
        for row in map(preset, presets())
        for one in row.tested
    ]
    return "\n".join([*lines, ""])
