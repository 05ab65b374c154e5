"""Quirks as test data: one TOML file for each entry of the catalogue, with one case or more.

See ``tests/fixtures/README.md`` for the keys. A case is a server (what it answers, what it refuses),
a call, and what must come of it: the same in every way of asking.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.testing.loopback import Reply, Seen

FOLDER = Path(__file__).parents[2] / "fixtures" / "quirks"
PLAIN = '{"choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}'


@dataclass(frozen=True)
class Quirk:
    """One entry of the catalogue."""

    id: str
    facts: dict[str, Any]

    @property
    def cases(self) -> list[Case]:
        return [Case(self, case) for case in self.facts.get("case", ())]


@dataclass(frozen=True)
class Case:
    """One server's behaviour, a call, and what must come of it."""

    quirk: Quirk
    facts: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.quirk.id}/{self.facts['name']}"

    @property
    def kind(self) -> str:
        return str(self.facts.get("kind", "chat"))

    @property
    def expect(self) -> dict[str, Any]:
        found: dict[str, Any] = self.facts["expect"]
        return found

    @property
    def ask(self) -> dict[str, Any]:
        return dict(self.facts.get("ask", {}))

    def only(self, way: str) -> bool:
        """Whether this way of asking is among those the case is for."""
        ways = self.facts.get("only")
        return ways is None or any(way.startswith(one) for one in ways)

    def provider(self, url: str) -> dict[str, Any]:
        """Provider fields; ``{url}`` in the base URL is the server's origin."""
        fields = {"base_url": "{url}/v1", "max_retries": 0, **self.facts.get("provider", {})}
        fields["base_url"] = fields["base_url"].replace("{url}", url)
        return fields


@functools.cache
def all_quirks() -> tuple[Quirk, ...]:
    return tuple(
        Quirk(file.stem, tomllib.loads(file.read_text(encoding="utf-8")))
        for file in sorted(FOLDER.glob("*.toml"))
    )


def cases(*kinds: str) -> list[Case]:
    return [case for quirk in all_quirks() for case in quirk.cases if case.kind in kinds]


def values_at(body: Any, path: str) -> list[Any]:
    """Values under a dotted path; ``*`` is every entry of a list: ``messages.*.name``."""
    head, _, rest = path.partition(".")
    if isinstance(body, list):
        entries = body if head == "*" else body[int(head) : int(head) + 1] or []
    elif isinstance(body, Mapping):
        entries = [body[head]] if head in body else []
    else:
        entries = []
    return entries if not rest else [found for entry in entries for found in values_at(entry, rest)]


def _refused(rule: dict[str, Any], seen: Seen) -> bool:
    if "path" in rule and seen.path != rule["path"]:
        return False
    if "when" not in rule:
        return True
    found = values_at(seen.json, rule["when"])
    if "equals" in rule:
        return rule["equals"] in found
    if "missing" in rule:
        return not found
    return bool(found)


def _reply(facts: Mapping[str, Any], body: str) -> Reply:
    start = body.lstrip("\ufeff \t\r\n")
    guessed = "application/json" if start[:1] in ("{", "[") else "text/event-stream"
    headers = {"content-type": guessed, **facts.get("headers", {})}
    framing = {"body": body.encode("utf-8", "surrogateescape")}
    return Reply(facts.get("status", 200), headers, **framing)


def server(case: Case) -> Any:
    """What answers: refusals first, in their order, then the reply."""

    def app(seen: Seen) -> Reply:
        for rule in case.facts.get("refuse", ()):
            if _refused(rule, seen):
                return _reply({"status": 400, **rule}, rule["body"])
        body = case.facts.get("reply", PLAIN)
        if "stream_reply" in case.facts and isinstance(seen.json, dict) and seen.json.get("stream"):
            body = case.facts["stream_reply"]
        return _reply(case.facts, body)

    return app


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("quirks")
    if "case" in metafunc.fixturenames and mark is not None:
        chosen = cases(*mark.args)
        metafunc.parametrize("case", chosen, ids=[case.name for case in chosen])


@pytest.fixture(scope="session")
def serve() -> Callable[[Case], Any]:
    """``serve(case)`` is what answers as the case's server does."""
    return server


@pytest.fixture(scope="session")
def found() -> Callable[[Any, str], list[Any]]:
    """``found(body, path)``: the values under a dotted path."""
    return values_at


@pytest.fixture(scope="session")
def quirks() -> tuple[Quirk, ...]:
    """Every entry."""
    return all_quirks()
