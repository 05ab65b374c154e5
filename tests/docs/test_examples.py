"""Every Python and TOML example of the documentation runs, in the order of its page.

The examples speak to ``http://127.0.0.1:8000``; here that is the scripted server. A TOML block
with providers becomes the configuration file of the blocks after it. Blocks of one page share
their names. What is not to be run is marked ``text`` or ``console``. Pages of presets have tests of
their own, in ``test_preset_pages.py``.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from openai_compatible.testing.scripted import scripted

pytestmark = [
    pytest.mark.docs,
    # LlamaIndex's agents look through every member of theirs, those that pydantic gives up as well.
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
]

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / "README.md", *(ROOT / "packages").glob("*/README.md"), *(ROOT / "docs").rglob("*.md")],
    key=str,
)
FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WITH_EXAMPLES = [page for page in PAGES if page.parent != ROOT / "docs" / "presets"]
NOT_RUN = {"console", "text", "json", "http", "nginx", "caddyfile"}
SERVER = "http://127.0.0.1:8000"


class Block(NamedTuple):
    language: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in FENCE.finditer(text)]


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Examples may configure logging: of the process, which the next test is in."""
    yield
    logging.getLogger("openai_compatible").setLevel(logging.NOTSET)


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_example_of_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = tmp_path / "providers.toml"
    names: dict[str, object] = {"__name__": "__example__"}
    with scripted() as server:
        for block in blocks(page):
            text = block.text.replace(SERVER, server.url)
            if block.language == "toml":
                if {"providers", "routes"} & tomllib.loads(text).keys():
                    config.write_text(text, encoding="utf-8")
                    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(config))
            elif block.language == "python":
                exec(compile("\n" * (block.line - 1) + text, str(page), "exec"), names)
            else:
                assert block.language in NOT_RUN, f"line {block.line}: say what the block is"


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken


def anchors(page: Path) -> set[str]:
    """What a page's headings are called in links, as GitHub makes it of them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = [
        re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in re.findall(r"^#+ (.*)$", text, re.M)
    ]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_to_a_part_of_a_page_lead_to_a_heading() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}#{part}"
        for page in PAGES
        for target, part in re.findall(r"\]\(([^)#\s]*)#([^)]*)\)", page.read_text(encoding="utf-8"))
        if "://" not in target and part not in anchors(page.parent / target if target else page)
    ]
    assert not broken
