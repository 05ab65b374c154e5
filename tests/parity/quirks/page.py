"""``docs/quirks.md``, made of the fixtures: ``python3 tests/parity/quirks/page.py > docs/quirks.md``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "fixtures" / "quirks"
HEAD = """\
# What servers do differently, and how we answer

Each entry is a file of `tests/fixtures/quirks`, and its cases are run against a loopback server in
every way of asking: `Client` and `AsyncClient`, LangChain's four methods and LlamaIndex's four. This
page is made of those files. "Setting" is what you can say yourself; `dialect.x` is
`dialect={"x": ...}` of a model object, a provider or a model in `providers.toml`.
"""


def page() -> str:
    """The text of the page."""
    found = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))}
    return "\n".join([HEAD, *(_entry(name, facts) for name, facts in found.items())])


def _entry(name: str, facts: dict[str, Any]) -> str:
    lines = [f"## {name}", "", facts["what"], "", f"**Our answer:** {facts['answer']}", ""]
    if "setting" in facts:
        lines += [f"**Setting:** `{facts['setting']}`", ""]
    lines += [f"**Seen at:** {_plain('; '.join(facts['who']))}", ""]
    proved = [f"`{case['name']}`" for case in facts.get("case", ())]
    proved += [f"`{path}`" for path in facts.get("proof", ())]
    lines += [f"**Proved by:** {', '.join(proved)}", ""]
    lines += [f"**Evidence:** {_plain('; '.join(facts['evidence']))}", ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text of others, with nothing in it that Markdown would read as markup."""
    for sign in "\\`*_<>[]|":
        text = text.replace(sign, "\\" + sign)
    return text


if __name__ == "__main__":
    print(page(), end="")
