"""``explain``: the request, unsent."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from openai_compatible.testing.loopback import Loopback

SECRET = "sk-canary-0123456789"


def test_nothing_is_sent_and_no_key_is_shown(
    configured: Any, cli: Any, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_KEY", SECRET)
    configured('api_key_env = "LOCAL_KEY"', local=server.base_url)
    for words in ([], ["--json"], ["--curl"]):
        ran = cli("explain", "local/m", "Hello", "-H", f"X-Own: {SECRET}", *words)
        assert ran.code == 0
        assert SECRET not in ran.out + ran.err
    assert server.requests == []


def test_S3_47_the_smallest_request_has_a_model_and_messages(configured: Any, cli: Any) -> None:
    configured(local="http://127.0.0.1:9")
    document = json.loads(cli("explain", "local/m", "--json").out)
    assert document["body"] == {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
    assert document["url"] == "http://127.0.0.1:9/v1/chat/completions"


def test_it_is_the_request_that_chat_sends(configured: Any, cli: Any, server: Loopback) -> None:
    configured('max_retries = 0\n[providers.models.small]\nid = "qwen3"', local=server.base_url)
    options = ["--system", "Be short.", "--max-tokens", "5", "-p", "seed=1"]
    assert cli("chat", "local/small", "Hi", *options).code == 0
    told = json.loads(cli("explain", "local/small", "Hi", *options, "--stream", "--json").out)
    assert told["body"] == server.requests[0].json


def test_where_values_come_from_is_told(configured: Any, cli: Any) -> None:
    path = configured('default_model = "m"', local="http://127.0.0.1:9")
    out = cli("explain", "local").out
    assert f"base_url: {path}:3" in out
    assert "key       none" in out
    assert json.loads(cli("explain", "local", "--json").out)["origins"]


def test_curl_is_a_command_that_a_shell_takes(configured: Any, cli: Any) -> None:
    configured(local="http://127.0.0.1:9")
    out = cli("explain", "local/m", "it's", "--curl").out
    words = shlex.split(out.replace("\\\n", " "))
    assert words[:2] == ["curl", "http://127.0.0.1:9/v1/chat/completions"]
    assert "--compressed" in words  # the headers accept packed bytes
    assert json.loads(words[words.index("-d") + 1])["messages"][0]["content"] == "it's"


def test_an_unknown_name_is_an_error(configured: Any, cli: Any) -> None:
    configured(local="http://127.0.0.1:9")
    assert cli("explain", "nobody/m").code == 3
