"""Words that stand where a key must stand: sent as they are, and no secret anywhere."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import pytest
from pydantic import SecretStr

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import Client, Model, Provider, explain, load_config
from openai_compatible.config.keys import PLACEHOLDERS, is_placeholder, key_source
from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.testing.loopback import Seen, json_reply, loopback

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = json_reply({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})

FROM_THE_GUIDES = [
    "not-required",
    "ollama",
    "not-needed",
    "EMPTY",
    "lm-studio",
    "sk-no-key-required",
    "none",
]


@pytest.mark.parametrize("key", FROM_THE_GUIDES)
def test_s1_50_placeholders_are_no_secrets(key: str) -> None:
    assert is_placeholder(key)


@pytest.mark.parametrize("key", ["Empty", " EMPTY\n", "not_needed", "NOT NEEDED", "No-Key", "N/A", "-"])
def test_placeholders_are_known_in_any_spelling(key: str) -> None:
    assert is_placeholder(key)


@pytest.mark.parametrize("key", sorted(PLACEHOLDERS))
def test_every_placeholder_is_in_the_form_it_is_compared_in(key: str) -> None:
    assert is_placeholder(key)


@pytest.mark.parametrize("key", ["", "sk-4711", "tb_x", "gsk_x", "empty-handed", "ollama-key", "none1"])
def test_s1_37_keys_are_no_placeholders(key: str) -> None:
    assert not is_placeholder(key)


@pytest.mark.parametrize("key", FROM_THE_GUIDES)
def test_s0_36_a_placeholder_is_sent_as_it_is(key: str) -> None:
    with loopback(ANSWER) as server, Client(base_url=server.base_url, model="m", api_key=key) as client:
        client.chat(HELLO)
        assert server.requests[0].headers["authorization"] == f"Bearer {key}"


def test_s2_42_no_server_needs_a_placeholder() -> None:
    with loopback(ANSWER) as server, Client(base_url=server.base_url, model="m") as client:
        client.chat(HELLO)
        assert "authorization" not in server.requests[0].headers


def test_s1_50_a_placeholder_is_not_masked() -> None:
    shown = explain(Client(base_url="http://127.0.0.1:9", model="m", api_key="EMPTY"), "hello")
    assert shown.headers["Authorization"] == "Bearer EMPTY"
    shown = explain(Client(base_url="http://127.0.0.1:9", model="m", api_key="sk-4711"), "hello")
    assert shown.headers["Authorization"] == "Bearer ***"


def test_s1_50_a_word_of_the_server_that_is_a_placeholder_stays_in_its_error() -> None:
    def app(seen: Seen) -> object:
        return json_reply({"error": {"message": "no such model in ollama: not-needed"}}, 400)

    for key in ("ollama", "not-needed"):
        with loopback(app) as server:  # type: ignore[arg-type]
            with Client(base_url=server.base_url, model="m", api_key=key) as client:
                with pytest.raises(OpenAICompatibleError, match="in ollama: not-needed"):
                    client.chat(HELLO)


def test_s1_50_nothing_warns_of_a_placeholder_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "providers.toml"
    (tmp_path / ".git").mkdir()
    file.write_text(
        '[[providers]]\nname = "lab"\nbase_url = "http://127.0.0.1:9"\napi_key = "EMPTY"\n'
        'models.m = { api_key = "not-needed" }\n'
    )
    file.chmod(0o666)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load_config(file).providers) == 1


@pytest.mark.parametrize("key", ["EMPTY", SecretStr("EMPTY")])
def test_a_placeholder_travels_in_pickles(key: str | SecretStr) -> None:
    with loopback(ANSWER) as server:
        lab = Provider(
            name="lab", base_url=server.base_url, api_key=key, models={"n": Model(api_key=key)}
        )
        for client in (Client(lab, model="m"), Client(lab, model="n")):
            with pickle.loads(pickle.dumps(client)) as again:
                again.chat(HELLO)
        source = pickle.loads(pickle.dumps(key_source(lab)))
        assert source.get() == "EMPTY"
        chat = ChatOpenAICompatible(model="m", base_url=server.base_url, api_key=key)
        llm = OpenAICompatible(model="m", base_url=server.base_url, api_key=key)
        for one, act in ((chat, "invoke"), (llm, "complete")):
            again = pickle.loads(pickle.dumps(one))
            getattr(again, act)("hello")
            again.close()
        assert [seen.headers["authorization"] for seen in server.requests] == ["Bearer EMPTY"] * 4
