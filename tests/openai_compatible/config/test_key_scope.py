"""Where a key goes that several could get: a model's own, its provider's, a preset's."""

from __future__ import annotations

import pytest

from openai_compatible import Client, Model, Provider
from openai_compatible.config.keys import key_source
from openai_compatible.errors import ConfigError
from openai_compatible.testing.loopback import Loopback, json_reply, loopback

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = json_reply({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})
ELSEWHERE = "https://models.example.com/m/v1"


def sent(server: Loopback) -> list[str | None]:
    return [seen.headers.get("authorization") for seen in server.requests]


def test_s4_05_the_key_of_the_connection_serves_models_with_endpoints_of_their_own() -> None:
    with loopback(ANSWER) as first, loopback(ANSWER) as second:
        lab = Provider(
            name="lab",
            base_url=first.base_url,
            api_key="of-lab",
            models={"m": Model(), "own": Model(base_url=second.base_url)},
        )
        for model in ("m", "own"):
            with Client(lab, model=model) as client:
                client.chat(HELLO)
        assert sent(first) == ["Bearer of-lab"]
        assert sent(second) == ["Bearer of-lab"]


def test_s4_06_a_key_of_the_endpoint_wins_over_that_of_the_connection() -> None:
    with loopback(ANSWER) as first, loopback(ANSWER) as second:
        lab = Provider(
            name="lab",
            base_url=first.base_url,
            api_key="of-lab",
            models={"own": Model(base_url=second.base_url, api_key="of-model")},
        )
        with Client(lab, model="own") as client:
            client.chat(HELLO)
        assert not first.requests
        assert sent(second) == ["Bearer of-model"]


def test_s4_05_the_convention_of_a_provider_counts_for_its_models(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LAB_API_KEY", "by-name")
    lab = Provider(name="lab", base_url="https://lab.example.com")
    assert key_source(lab, Model(base_url=ELSEWHERE)).get() == "by-name"


@pytest.mark.parametrize("fields", [{"preset": "groq"}, {"preset": "groq", "name": "mine"}])
def test_s1_59_the_key_of_a_preset_does_not_follow_a_model_to_another_host(
    fields: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "of-groq")
    groq = Provider(**fields)  # type: ignore[arg-type]
    assert key_source(groq).get() == "of-groq"
    assert key_source(groq, Model()).get() == "of-groq"
    assert key_source(groq, Model(base_url="https://api.groq.com/v2")).get() == "of-groq"
    assert key_source(groq, Model(base_url=ELSEWHERE)).get() is None
    assert key_source(groq, Model(base_url=ELSEWHERE, api_key="own")).get() == "own"


def test_a_key_that_was_named_beside_a_preset_serves_all_of_its_models(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "of-groq")
    named = Provider(preset="groq", api_key_env="GROQ_API_KEY")  # type: ignore[call-arg]
    assert key_source(named, Model(base_url=ELSEWHERE)).get() == "of-groq"


def test_openais_key_does_not_follow_a_model_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of-openai")
    own = Provider(name="openai", base_url="https://api.openai.com/v1")
    assert key_source(own).get() == "of-openai"
    assert key_source(own, Model(base_url=ELSEWHERE)).get() is None


def test_s1_58_a_preset_with_another_base_url_loses_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "of-groq")
    with loopback(ANSWER) as server:
        for provider in (
            Provider(preset="groq", base_url=server.base_url),  # type: ignore[call-arg]
            Provider(preset="groq").changed(base_url=server.base_url),  # type: ignore[call-arg]
        ):
            with Client(provider, model="m") as client:
                client.chat(HELLO)
        assert sent(server) == [None, None]


def test_s1_59_two_servers_get_each_its_own_key() -> None:
    with loopback(ANSWER) as first, loopback(ANSWER) as second:
        for server, key in ((first, "k-8000"), (second, "k-9000")):
            with Client(base_url=server.base_url, model="m", api_key=key) as client:
                client.chat(HELLO)
        assert [sent(first), sent(second)] == [["Bearer k-8000"], ["Bearer k-9000"]]


def test_a_models_base_url_holds_nothing_that_may_be_a_key() -> None:
    own = Model(base_url="https://r.example.com/d?api-version=2024-10-21")
    assert own.base_url is not None
    with pytest.raises(ConfigError, match='parameter .code. may be a key.* name = "code"') as caught:
        Model(base_url="https://r.example.com/d?code=s3cret&api-version=1")
    assert "s3cret" not in str(caught.value)


def test_a_key_of_a_model_travels_in_the_query_of_its_own_endpoint() -> None:
    with loopback(ANSWER) as server:
        lab = Provider(
            name="lab",
            base_url="https://lab.example.com",
            auth={"style": "query", "name": "code"},  # type: ignore[arg-type]
            models={"m": Model(base_url=f"{server.url}/d?api-version=1", api_key="s3cret")},
        )
        with Client(lab, model="m") as client:
            client.chat(HELLO)
        assert server.requests[0].query == {"api-version": "1", "code": "s3cret"}
