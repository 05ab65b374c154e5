"""What would be sent is told without sending it, and without a key."""

from __future__ import annotations

import json

import pytest

from openai_compatible import (
    AsyncClient,
    ChatRequest,
    Client,
    ConfigError,
    EmbeddingsRequest,
    Provider,
    explain,
)
from openai_compatible.testing.loopback import json_reply, loopback

KEY = "sk-canary-0123456789"
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}


def provider(**fields: object) -> Provider:
    return Provider(**{"name": "here", "base_url": "http://127.0.0.1:9/v1", **fields})


def test_what_is_explained_is_what_is_sent() -> None:
    with loopback(json_reply(ANSWER)) as server:
        client = Client(base_url=server.base_url, model="m", api_key=KEY, headers={"X-Team": "a"})
        asked = ChatRequest("m", [{"role": "developer", "content": "x"}], sampling={"stop": "a"})
        told = explain(client, asked)
        assert server.requests == []
        client.chat(asked)
        sent = server.requests[0]
    assert sent.json == told.body
    assert told.url == f"{server.base_url}/chat/completions"
    assert told.dialect["system_role"] == "system"
    assert {name.lower() for name in told.headers} <= sent.headers.keys()


def test_streams_and_embeddings_are_explained() -> None:
    client = AsyncClient(provider(), model="m")
    assert explain(client, "Hi", stream=True).body["stream_options"] == {"include_usage": True}
    told = explain(client, EmbeddingsRequest("e", ["a", "b"]))
    assert (told.url, told.body["input"]) == ("http://127.0.0.1:9/v1/embeddings", ["a", "b"])


@pytest.mark.parametrize(
    ("auth", "shown"),
    [
        ("bearer", "Authorization: Bearer ***"),
        ({"style": "header", "name": "X-Key"}, "X-Key: ***"),
        ({"style": "basic", "username": "ann"}, "Authorization: Basic ***"),
        ({"style": "query"}, "key=***"),
    ],
)
def test_keys_are_masked_in_every_style(auth: object, shown: str) -> None:
    told = explain(
        Client(provider(auth=auth, api_key=KEY, headers={"X-Own": KEY}, query={"q": KEY}), model="m"),
        "Hi",
    )
    for text in (str(told), repr(told), told.curl(), json.dumps(told.to_dict())):
        assert KEY not in text
    assert shown in str(told)


def test_a_key_from_the_environment_is_a_variable_in_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HERE_KEY", KEY)
    told = explain(Client(provider(api_key_env="HERE_KEY"), model="m"), "it's")
    assert told.key == "$HERE_KEY"
    assert '-H "Authorization: Bearer $HERE_KEY"' in told.curl()
    assert told.curl().startswith("curl http://127.0.0.1:9/v1/chat/completions")


def test_the_variable_of_the_key_stands_in_the_header_of_the_key_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HERE_KEY", KEY)
    auth = {"style": "header", "name": "X-Key", "prefix": 'of "$(id)" '}
    fields = {"api_key_env": "HERE_KEY", "headers": {"X-Own": KEY}, "auth": auth}
    lines = explain(Client(provider(**fields), model="m"), "Hi").curl().splitlines()
    assert "  -H 'X-Own: ***' \\" in lines
    assert """  -H 'X-Key: of "$(id)" '"$HERE_KEY" \\""" in lines
    basic = provider(api_key_env="HERE_KEY", auth={"style": "basic", "username": "ann"})
    assert "'Authorization: Basic ***'" in explain(Client(basic, model="m"), "Hi").curl()


def test_a_secret_in_the_body_is_masked_by_its_name() -> None:
    body = {"metadata": {"api_key": KEY, "user": "ann"}, "access_token": KEY, "token": 5}
    told = explain(Client(provider(extra_body=body), model="m"), "Hi")
    for text in (str(told), told.curl(), json.dumps(told.to_dict())):
        assert KEY not in text
    assert told.body["metadata"] == {"api_key": "***", "user": "ann"}
    assert told.body["token"] == 5


def test_fallbacks_and_facts_are_named() -> None:
    other = Provider(name="there", base_url="http://127.0.0.1:8", default_model="n")
    mine = provider(dialect={"max_tokens_field": "max_completion_tokens"})
    told = explain(Client(mine, model="m", fallbacks=[other]), "Hi", max_tokens=3)
    assert told.fallbacks == ("there/n",)
    assert "max_tokens_field='max_completion_tokens'" in str(told)
    assert "then      there/n" in str(told)


def test_what_sends_nothing_cannot_be_explained() -> None:
    with pytest.raises(ConfigError, match="explained"):
        explain(object(), "Hi")
