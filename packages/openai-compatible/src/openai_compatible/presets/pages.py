"""The page ``docs/presets/NAME.md`` of one preset, made of its row."""

from __future__ import annotations

from typing import Any

from openai_compatible.presets.pages_examples import (
    curl,
    environment,
    key_header,
    key_variable,
    langchain,
    llama_index,
    minimal_toml,
    whole_toml,
)
from openai_compatible.presets.pages_facts import as_toml, facts_that_differ, sentence
from openai_compatible.presets.pages_quirks import Quirk, quirks_of
from openai_compatible.presets.preset import Evidence, Kind, Preset
from openai_compatible.profiles.registry import profile

__all__ = ["KINDS", "key_in_words", "preset_page"]

KINDS: dict[Kind, str] = {
    "local": "server of one's own",
    "cloud": "service",
    "gateway": "gateway",
}
"""What a kind is called."""

_EMBEDDINGS = {True: "yes", False: "no", None: "not known"}


def preset_page(row: Preset, quirks: tuple[Quirk, ...]) -> str:
    """The page of one preset as Markdown.

    Args:
        row: The preset.
        quirks: The entries of ``docs/quirks.md``.

    >>> from openai_compatible.presets.registry import preset
    >>> preset_page(preset("groq"), ()).splitlines()[0]
    '# Groq'
    """
    parts = [
        f"# {row.display_name}",
        _table(row),
        "".join(f"- {note}\n" for note in row.notes).rstrip(),
        *_start(row),
        *_set_up(row),
        *_examples(row),
        *_connection(row),
        *_differences(row, quirks),
        "## Evidence",
        _seen(row),
        "[All presets](../presets.md). This page is made of the preset's row.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(row: Preset) -> str:
    tier = f"[{row.tier}](../presets.md#tiers), {row.date}"
    lines = [
        ("preset", f"`{row.name}`"),
        ("kind", KINDS[row.kind]),
        ("tier, date of the evidence", tier),
        ("base URL", f"`{row.base_url}`"),
        *(("also at", f"`{url}`") for url in row.other_base_urls),
        ("key", key_in_words(row)),
        ("dialect", "nothing known that differs" if row.profile is None else f"profile `{row.profile}`"),
        ("chat", _EMBEDDINGS[row.chat]),
        ("embeddings", _EMBEDDINGS[row.embeddings]),
        ("its documentation", f"<{row.docs}>"),
    ]
    if row.key_page:
        lines.insert(-1, ("where a key is made", f"<{row.key_page}>, as other programs name it"))
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in lines)])


def key_in_words(row: Preset) -> str:
    """Whether it wants a key, how that travels, and the variables for it.

    >>> from openai_compatible.presets.registry import preset
    >>> key_in_words(preset("portkey"))
    'required, in the header `x-portkey-api-key`; `PORTKEY_API_KEY`'
    """
    names = ", ".join(f"`{name}`" for name in row.api_key_env)
    said = {"required": "required", "optional": "optional", "none": "not looked at"}[row.key]
    if isinstance(row.auth, str):
        how = "" if row.auth == "bearer" else f", {row.auth}"
    else:
        how = f", in the {row.auth['style']} `{row.auth['name']}`"
    return said + how + (f"; {names}" if names else "")


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def _start(row: Preset) -> list[str]:
    if not row.start:
        return []
    said = "Run or read in: " + "; ".join(map(_evidence, row.start_evidence)) + "."
    if any("docker run" in text for text in row.start):
        said += " Images were not pulled; their versions are those of releases."
    return ["## Start the server", *(_block("console", text) for text in row.start), said]


def _set_up(row: Preset) -> list[str]:
    variables, key = environment(row), key_variable(row)
    parts = []
    if variables:
        when = "If it asks for a key:" if row.key == "optional" else ""
        if key is not None and row.key == "required" and not row.api_key_env:
            when = (
                f"No usual variable for its key is known; `{key}` is the one that its name stands for."
            )
        parts = [
            "## Environment",
            when,
            "POSIX shells:",
            _block("sh", "\n".join(f'export {name}="{value}"' for name, value in variables.items())),
            "PowerShell:",
            _block("powershell", "\n".join(f'$env:{n} = "{v}"' for n, v in variables.items())),
        ]
    return [
        *parts,
        "## Provider file",
        "The preset is a provider by itself, without a file. In "
        "[`providers.toml`](../configuration.md#the-file) more can be said of it:",
        _block("toml", minimal_toml(row)),
        "The same without the preset:",
        _block("toml", whole_toml(row)),
    ]


def _examples(row: Preset) -> list[str]:
    parts = ["## LangChain", *(_block("python", text) for text in langchain(row))]
    parts += ["## LlamaIndex", *(_block("python", text) for text in llama_index(row))]
    if row.embeddings is None:
        parts.append(
            "Whether it has embeddings is not known: "
            f'`OpenAICompatibleEmbeddings(model="{row.name}/EMBEDDING_MODEL")` tells.'
        )
    names = row.model_names or "Nothing is known about their form."
    return [*parts, "## Model names", f"{names} Ids are sent as they are written, never changed."]


def _connection(row: Preset) -> list[str]:
    return [
        "## Test the connection",
        _block(
            "console",
            f"openai-compatible providers test {row.name}\nopenai-compatible models {row.name}",
        ),
        "The least request, without this package:",
        _block("sh", curl(row)),
        f'With a key: `-H "{key_header(row)}"` besides.' if row.key == "optional" else "",
    ]


def _differences(row: Preset, quirks: tuple[Quirk, ...]) -> list[str]:
    facts = {} if row.profile is None else facts_that_differ(profile(row.profile))
    parts = ["## What it does differently"]
    if facts:
        parts.append("What its profile says, and how it would be written in `dialect`:")
        parts.append("\n".join(f"- {_fact(name, value)}" for name, value in facts.items()))
    else:
        parts.append("No fact of its dialect is known that differs from what an unknown server gets.")
    found = quirks_of(row, quirks)
    if found:
        parts.append("Entries of [the quirks](../quirks.md) whose record names it:")
        parts.append("\n".join(f"- [{one.id}](../quirks.md#{one.id}): {one.what}" for one in found))
    return parts


def _fact(name: str, value: Any) -> str:
    said = sentence(name, value)
    return said if value is None else f"{said} `{name} = {as_toml(value)}`"


def _seen(row: Preset) -> str:
    lines = [
        f"- {one.level} with {one.server} {one.version}, {one.date}: "
        f"[{one.evidence}](../../{one.evidence})"
        for one in row.tested
    ]
    return "\n".join([*lines, *(f"- {_evidence(one)}" for one in row.evidence)])


def _evidence(one: Evidence) -> str:
    source = f"<{one.source}>" if one.source.startswith("https://") else one.source
    return f"{source} ({one.date})"
