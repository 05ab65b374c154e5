"""``models``: what servers say of their models, on the screen and in the provider file."""

from __future__ import annotations

import json
import os
import signal
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openai_compatible import load_config
from openai_compatible.testing.loopback import HANG, Loopback, event_stream, json_reply, loopback, routes

LISTED = {
    "data": [
        {
            "id": "qwen3-8b",
            "max_model_len": 32768,
            "capabilities": {"tools": True, "vision": False},
            "pricing": {"input": 0, "output": 1.5},
        },
        {"id": "org/bge-m3", "dimensions": 1024, "type": "embedding"},
        {"id": "bare"},
    ]
}
FILE = """\
# my servers
[[providers]]
name = "local"   # the box in the cellar
base_url = "{url}"

[providers.models.small]  # short name
id = "qwen3-8b"
context_window = 8192     # measured by hand
"""


@pytest.fixture
def lister() -> Iterator[Loopback]:
    with loopback(routes({"GET /v1/models": json_reply(LISTED)})) as running:
        yield running


def cells(out: str) -> list[list[str]]:
    """The rows of a table, split where at least two spaces are."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in out.splitlines()]


def test_S1_52_what_a_server_says_of_its_models_is_listed(
    configured: Any, cli: Any, lister: Loopback
) -> None:
    configured(local=lister.base_url)
    ran = cli("models", "local")
    head, first, second, third = cells(ran.out)
    assert ran.code == 0
    assert head[:4] == ["id", "kind", "context", "max output"]
    assert first[0] == "qwen3-8b"
    assert first[2] == "32768"
    assert third == ["bare", *"------"]
    assert "1024 dimensions" in " ".join(second)


def test_unknown_is_a_dash_free_is_zero_and_a_denial_has_a_no(
    configured: Any, cli: Any, lister: Loopback
) -> None:
    configured(local=lister.base_url)
    document = json.loads(cli("models", "local", "--json").out)
    (provider,) = document["providers"]
    first, _, bare = provider["models"]
    assert (first["id"], first["context_window"], first["max_output_tokens"]) == (
        "qwen3-8b",
        32768,
        None,
    )
    assert set(bare.values()) == {"bare", None}
    assert "raw" not in first
    row = cells(cli("models", "local", "-m", "qwen3-8b").out)[1]
    shown = {True: "tools", False: "no tools", None: ""}[first["tools"]]
    assert shown in " ".join(row)
    assert (first["image_inputs"] is False) == ("no images" in " ".join(row))


def test_all_that_are_enabled_are_asked_and_one_that_is_not_there_is_a_line(
    configured: Any, cli: Any, lister: Loopback
) -> None:
    with loopback(json_reply({})) as gone:
        pass
    off = '[[providers]]\nname = "off"\nbase_url = "http://127.0.0.1:1/v1"\nenabled = false\n'
    configured(off, local=lister.base_url, dead=gone.base_url)
    ran = cli("models")
    assert ran.code == 0
    assert [row[0] for row in cells(ran.out)] == ["provider", "local", "local", "local"]
    assert ran.err.startswith("error: dead: ")
    assert len(ran.err.splitlines()) == 1
    document = json.loads(cli("models", "--json").out)
    assert [one["name"] for one in document["providers"]] == ["local", "dead"]
    assert document["providers"][1]["error"]["type"] == "ConnectionFailedError"


def test_if_nobody_answers_the_code_is_the_first_error_s(configured: Any, cli: Any) -> None:
    with loopback(json_reply({"error": {"message": "Wrong key"}}, 401)) as server:
        configured(a=server.base_url, b=server.base_url)
        assert cli("models").code == 5
        assert cli("models", "a").code == 5


def test_without_a_provider_the_way_to_one_is_told(configured: Any, cli: Any) -> None:
    configured("")
    ran = cli("models")
    assert ran.code == 3
    assert "providers add" in ran.err
    assert cli("models", "nobody").code == 3


def test_what_a_server_calls_its_models_is_escaped(configured: Any, cli: Any) -> None:
    with loopback(json_reply({"data": [{"id": "\x1b]0;x\x07\nfake"}]})) as server:
        configured(local=server.base_url)
        out = cli("models", "local").out
    assert "\\x1b]0;x\\x07\\nfake" in out
    assert len(out.splitlines()) == 2


def test_a_server_without_models_is_told(configured: Any, cli: Any) -> None:
    with loopback(json_reply({"data": []})) as server:
        configured(local=server.base_url)
        ran = cli("models", "local")
    assert (ran.code, ran.out) == (0, "")
    assert "lists no models" in ran.err


def test_S1_53_models_are_written_into_the_file_and_its_comments_stay(
    configured: Any, cli: Any, lister: Loopback
) -> None:
    path: Path = configured(FILE.format(url=lister.base_url))
    ran = cli("models", "local", "--write")
    assert "added org/bge-m3, bare; changed small" in ran.err
    text = path.read_text()
    for kept in ("# my servers", "# the box in the cellar", "# short name", "# measured by hand"):
        assert kept in text
    (provider,) = load_config().providers
    assert set(provider.models) == {"small", "org/bge-m3", "bare"}
    assert provider.models["org/bge-m3"].dimensions == 1024
    assert provider.models["small"].context_window == 8192  # what is written by hand stays
    assert json.loads(cli("models", "local", "--write", "--json").out)["written"] == {
        "added": [],
        "changed": [],
    }
    assert path.read_text() == text


def test_S1_53_a_wrong_id_is_set_right_by_its_alias(configured: Any, cli: Any, lister: Loopback) -> None:
    path: Path = configured(FILE.format(url=lister.base_url).replace('"qwen3-8b"', '"qwen-3"'))
    assert cli("models", "local", "--write", "-m", "small=qwen3-8b").code == 0
    models = tomllib.loads(path.read_text())["providers"][0]["models"]
    assert list(models) == ["small"]
    assert models["small"]["id"] == "qwen3-8b"
    assert models["small"]["context_window"] == 8192


def test_the_models_that_are_named_are_written_alone(
    configured: Any, cli: Any, lister: Loopback
) -> None:
    configured(local=lister.base_url)
    document = json.loads(
        cli("models", "local", "--write", "-m", "bare", "-m", "big=qwen3-8b", "--json").out
    )
    assert document["written"]["added"] == ["bare", "big"]
    (provider,) = load_config().providers
    assert {alias: model.id for alias, model in provider.models.items()} == {
        "bare": "bare",
        "big": "qwen3-8b",
    }
    assert provider.models["big"].context_window == 32768


def test_a_model_that_nobody_lists_is_told_with_those_near(
    configured: Any, cli: Any, lister: Loopback
) -> None:
    path: Path = configured(local=lister.base_url)
    before = path.read_text()
    ran = cli("models", "local", "--write", "-m", "qwen-8b")
    assert (ran.code, ran.out) == (6, "")
    assert "no model 'qwen-8b' is listed. Near: qwen3-8b" in ran.err
    assert path.read_text() == before


def test_what_is_written_needs_a_provider_of_the_file(
    configured: Any, cli: Any, lister: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured("")
    assert cli("models", "--write").code == 2
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", lister.base_url)
    ran = cli("models", "env", "--write")
    assert ran.code == 3
    assert "has no provider 'env'" in ran.err


def test_a_server_that_hangs_is_given_up(configured: Any, cli: Any) -> None:
    from openai_compatible.testing.loopback import HANG, Reply

    with loopback(Reply(body=[HANG])) as server:
        configured(local=server.base_url)
        assert cli("models", "local", "--timeout", "0.3").code == 9


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("command", ["models", "status"])
def test_ctrl_c_waits_for_no_server(configured: Any, program: Any, command: str) -> None:
    with loopback(event_stream(HANG)) as one, loopback(event_stream(HANG)) as other:
        configured(one=one.base_url, other=other.base_url)
        process = program(command, "--timeout", "3600")
        assert one.wait_for_requests(1, timeout=60)
        assert other.wait_for_requests(1, timeout=60)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
