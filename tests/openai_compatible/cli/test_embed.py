"""``embed``: texts in, vectors out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_compatible.testing.loopback import Loopback, json_reply, loopback


def test_texts_and_what_their_vectors_look_like(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    ran = cli("embed", "local/m", "one text", "x" * 60, "--dimensions", "8")
    assert ran.code == 0
    head, first, second = ran.out.splitlines()
    assert head.split() == ["text", "dimensions", "vector"]
    assert first.startswith("one text ")
    assert " 8 " in first
    assert first.count("0.") + first.count("1.") == 4
    assert first.rstrip().endswith("...")
    assert second.startswith("x" * 37 + "...")
    assert ran.err.startswith("2 texts, 3 tokens, ")


def test_json_holds_the_vectors(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    ran = cli("embed", "local/m", "a", "b", "--dimensions", "3", "--json")
    document = json.loads(ran.out)
    assert (document["dimensions"], [len(vector) for vector in document["vectors"]]) == (3, [3, 3])
    assert document["record"]["provider"] == "local"
    assert ran.err == ""


@pytest.mark.parametrize("words", [[], ["-"]])
def test_lines_of_standard_input_are_texts(
    words: list[str], configured: Any, cli: Any, server: Loopback
) -> None:
    configured(local=server.base_url)
    assert cli("embed", "local/m", *words, stdin="Grüße\r\n\n  \nb".encode()).code == 0
    assert server.requests[0].json["input"] == ["Grüße", "b"]


def test_without_a_text_nothing_is_sent(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    assert cli("embed", "local/m").code == 2
    assert server.requests == []


def test_the_task_is_said_as_the_model_wants_it_said(
    configured: Any, cli: Any, server: Loopback
) -> None:
    configured(
        '[providers.models.e]\nid = "e5"\nquery_prefix = "query: "\ndocument_prefix = "passage: "\n',
        local=server.base_url,
    )
    for task in ("query", "document"):
        assert cli("embed", "local/e", "a", "--task", task).code == 0
    assert cli("embed", "local/e", "a").code == 0
    assert [seen.json["input"] for seen in server.requests] == [["query: a"], ["passage: a"], ["a"]]
    assert cli("embed", "local/e", "a", "--task", "other").code == 2


def test_further_parameters_and_headers_are_sent(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    assert cli("embed", "local/m", "a", "-p", "truncate=true", "-H", "X-Team: search").code == 0
    assert server.requests[0].json["truncate"] is True
    assert server.requests[0].headers["x-team"] == "search"


def test_errors_have_their_codes(configured: Any, cli: Any) -> None:
    with loopback(json_reply({"error": {"message": "No embeddings \x1b[2J"}}, 404)) as server:
        configured(local=server.base_url)
        ran = cli("embed", "local/m", "a")
    assert (ran.code, ran.out) == (6, "")
    assert "\x1b" not in ran.err
