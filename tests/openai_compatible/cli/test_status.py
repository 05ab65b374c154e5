"""``status``: the file, who answers, what is installed; and who is never asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.testing.loopback import HANG, Loopback, Reply, json_reply, loopback, routes

SECRET = "sk-canary-0123456789"


def rows(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in document["providers"]}


def test_S1_48_only_configured_hosts_are_asked(
    cli: Any, configured: Any, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the openai SDK's default or its variables, not a preset, not one that is switched off."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    configured("")
    ran = cli("status")
    assert ran.code == 0
    assert "No provider is configured" in ran.out
    configured("enabled = false", off=server.base_url)
    document = json.loads(cli("status", "--json").out)
    assert (rows(document)["off"]["enabled"], rows(document)["off"]["reachable"]) == (False, None)
    assert server.requests == []


def test_who_answers_and_who_does_not(configured: Any, cli: Any, server: Loopback) -> None:
    with loopback(json_reply({})) as gone:
        pass
    with (
        loopback(json_reply({"error": {"message": "Wrong key"}}, 401)) as locked,
        loopback(routes({})) as bare,
        loopback(Reply(body=[HANG])) as slow,
        loopback(Reply(headers={"content-type": "text/html"}, body=b"<html>\x1b[2J</html>")) as page,
    ):
        configured(
            local=server.base_url,
            gone=gone.base_url,
            locked=locked.base_url,
            bare=bare.base_url,
            slow=slow.base_url,
            page=page.base_url,
        )
        ran = cli("status", "--timeout", "0.5")
        document = json.loads(cli("status", "--json", "--timeout", "0.5").out)
        assert all(seen.method == "GET" for seen in (*bare.requests, *locked.requests))
    assert ran.code == 0
    found = {name: (row["reachable"], row["models"]) for name, row in rows(document).items()}
    assert found == {
        "local": (True, 5),
        "gone": (False, None),
        "locked": (True, None),
        "bare": (True, None),
        "slow": (False, None),
        "page": (True, None),
    }
    lines = {line.split()[0]: line for line in ran.out.splitlines() if line.strip()}
    assert "yes, 5 models" in lines["local"]
    assert "yes, HTTP 401" in lines["locked"]
    assert "yes, HTTP 404" in lines["bare"]
    assert "yes, unreadable" in lines["page"]
    assert lines["slow"].rstrip().endswith("no")
    assert "\x1b" not in ran.out + ran.err


def test_offline_asks_nobody(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    ran = cli("status", "--offline")
    assert "not asked" in ran.out
    assert server.requests == []


def test_keys_are_named_and_never_shown(
    configured: Any, cli: Any, server: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONE_KEY", SECRET)
    base = f'base_url = "{server.base_url}"\n'
    configured(
        f'allow_plain_keys = true\n[[providers]]\nname = "one"\n{base}api_key_env = "ONE_KEY"\n',
        f'[[providers]]\nname = "two"\n{base}api_key_env = "TWO_KEY"\n',
        f'[[providers]]\nname = "three"\n{base}api_key = "{SECRET}"\n',
        f'[[providers]]\nname = "four"\n{base}api_key_command = ["touch", "asked"]\n',
    )
    found = {name: row["key"] for name, row in rows(json.loads(cli("status", "--json").out)).items()}
    assert (found["one"]["source"], found["one"]["state"]) == ("$ONE_KEY", "set")
    assert (found["two"]["source"], found["two"]["state"]) == ("$TWO_KEY", "not set")
    assert found["three"]["state"] == "set"
    assert found["four"]["state"] == "not asked"
    for words in (["status"], ["status", "--json"]):
        ran = cli(*words)
        assert SECRET not in ran.out + ran.err
    assert "$TWO_KEY, not set" in cli("status", "--offline").out


def test_a_file_that_cannot_be_read_is_told_with_its_line(configured: Any, cli: Any) -> None:
    path: Path = configured('[[providers]]\nname = "a"\nbase_ulr = "http://127.0.0.1:9"\n')
    ran = cli("status")
    assert ran.code == 3
    assert f"{path} (invalid)" in ran.out
    assert f"{path}:3: " in ran.err
    assert "python" in ran.out
    ran = cli("status", "--json")
    document = json.loads(ran.out)
    assert (ran.code, document["file"]["valid"]) == (3, False)
    assert "base_url" in document["file"]["error"]["hint"]


def test_a_missing_file_is_no_error_unless_it_was_named(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = cli("status")
    assert ran.code == 3
    monkeypatch.delenv("OPENAI_COMPATIBLE_CONFIG")
    ran = cli("status")
    assert ran.code == 0
    assert "(does not exist)" in ran.out


def test_versions_and_plugins_are_told_without_an_import(configured: Any, cli: Any) -> None:
    configured("")
    document = json.loads(cli("status", "--json").out)
    assert set(document["versions"]) >= {"python", "openai", "langchain-core", "llama-index-core"}
    assert document["versions"]["openai"]
    assert document["plugins"]["loaded"] >= 0
